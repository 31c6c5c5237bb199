/*
 * One screen connection and the decoder that its bytes are given to: from the welcome until either
 * ends. How it is looked at, and whether what the file has is new, is kept here; the rest of a
 * target's picture is in `screen`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "protocol/frame.h"
#include "server/target/channel.h"

struct showing;
struct screen_view;

/* All come from the loop; each may call showing_end. */
struct showing_handlers {
    /* The picture's file is there. */
    void (*ready)(void *context);
    /* Of the decoder, without a number. CURRENT comes once after each showing_look. */
    void (*told)(void *context, const struct frame_message *message);
    /* Its agent has no thumbnails and is looked at for one: showing_wake then. */
    void (*rests)(void *context, uint64_t until_us);
    /* A fault is the decoder's. What is left to do is showing_end. */
    void (*ended)(void *context, bool is_fault, const char *why);
};

/* Takes over `channel`. 0 or -errno. */
int showing_begin(uv_loop_t *loop, const char *program, struct channel *channel, bool can_thumbnail,
                  enum frame_look look, const struct showing_handlers *handlers, void *context,
                  struct showing **ret_showing);
/* Nothing is called any more. NULL ok. */
struct showing *showing_end(struct showing *showing);

void showing_look(struct showing *showing, enum frame_look look);
/* The rest is over, should it rest. NULL ok. */
void showing_wake(struct showing *showing);
bool showing_is_running(const struct showing *showing);
uint64_t showing_began_us(const struct showing *showing);
/* What its agent has sent. NULL ok. */
uint64_t showing_bytes(const struct showing *showing);
/* 0, 0: no picture yet. NULL ok. */
struct frame_size showing_size(const struct showing *showing);
/* Adds what it knows. NULL ok. */
void showing_add_view(const struct showing *showing, struct screen_view *view);
