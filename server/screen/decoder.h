/*
 * One hotdesk-decode: started with a socket for RFB, one for frame messages and the picture file,
 * and nothing else (docs/security.md); sealed in before it is given a byte; killed when it does
 * what it must not.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "protocol/frame.h"

struct decoder;

/* All come from the loop; each may call decoder_stop. */
struct decoder_handlers {
    /* It is shut in: the target's bytes may flow. */
    void (*ready)(void *context);
    /* SIZE, DAMAGE, CURSOR, BELL or CURRENT, checked against the picture's size. */
    void (*message)(void *context, const struct frame_message *message);
    /* It ended, or did what it must not; what is left to do is decoder_stop. */
    void (*stopped)(void *context, const char *why);
};

/* 0 or -errno. */
int decoder_start(uv_loop_t *loop, const char *program, const struct decoder_handlers *handlers,
                  void *context, struct decoder **ret_decoder);
/* Kills it; no handler is called any more. Freed by the loop, once it is dead. NULL ok. */
struct decoder *decoder_stop(struct decoder *decoder);

void decoder_look(struct decoder *decoder, enum frame_look look);
/* Our end of its RFB socket, and the picture file; both live until decoder_stop. */
int decoder_stream_fd(const struct decoder *decoder);
int decoder_file_fd(const struct decoder *decoder);
/* 0, 0: no picture yet. */
struct frame_size decoder_size(const struct decoder *decoder);
