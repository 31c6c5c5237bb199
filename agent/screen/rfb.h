/*
 * The RFB server's side of a screen connection: handshake, requests in, rectangles out. Bytes come
 * by rfb_received and go out by `send`; it knows no descriptor of the network and no clock.
 *
 * libvncserver lives here alone. It never listens: it has one end of a socketpair, and is given
 * whole messages only and room for all that it writes, so it never waits (FACTS: a full socket
 * stops its loop for up to 20 s).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/moves.h"
#include "agent/screen/picture.h"
#include "agent/screen/request.h"
#include "agent/screen/source.h"

struct rfb;

struct rfb_handlers {
    void (*send)(void *context, const void *bytes, size_t size_bytes); /* in order; to the peer */
    void (*request)(void *context, const struct request *request);
};

/* The pixels are read whenever rectangles are written. 0 or -errno. */
int rfb_create(const struct picture *picture, const struct rfb_handlers *handlers, void *context,
               struct rfb **ret_rfb);
struct rfb *rfb_destroy(struct rfb *rfb); /* NULL ok; not from within a handler */

/* Says the version: first of all. */
void rfb_start(struct rfb *rfb);
/* How many bytes were used. *ret_why is set, to a static sentence, when the peer is none that a
 * screen can be shown to: then close the connection. */
size_t rfb_received(struct rfb *rfb, const uint8_t *bytes, size_t size_bytes, const char **ret_why);
/* Another picture from here on; the last one may be gone already. 0 or -errno. */
int rfb_set_picture(struct rfb *rfb, const struct picture *picture);

/* One update: begin, any of the others, end. `end` sends it with a Fence of this number, and tells
 * its size. */
void rfb_begin(struct rfb *rfb);
void rfb_put_size(struct rfb *rfb, bool extended);
void rfb_put_shape(struct rfb *rfb, const struct shape *shape, bool alpha);
void rfb_put_copy(struct rfb *rfb, const struct move *move);
void rfb_put_tight(struct rfb *rfb, const struct area *area); /* lossless */
void rfb_put_raw(struct rfb *rfb, const struct area *area);
/* Tight's JPEG: such a rectangle uses none of the zlib streams, which are libvncserver's. */
void rfb_put_jpeg(struct rfb *rfb, const struct area *area, const uint8_t *jpeg, size_t size_bytes);
/* Of a thumbnail of this size: beside the picture. */
void rfb_put_thumbnail(struct rfb *rfb, const struct picture *thumbnail, const struct area *area,
                       const uint8_t *jpeg, size_t size_bytes);
size_t rfb_update_bytes(const struct rfb *rfb); /* so far */
/* What is there so far goes out already: the other side can decode it meanwhile. */
void rfb_flush(struct rfb *rfb);
/* 0; -errno: memory ran out, or libvncserver failed: close the connection. */
int rfb_end(struct rfb *rfb, uint32_t fence_number, size_t *ret_bytes);
/* Of the peer's Fence. */
void rfb_answer_fence(struct rfb *rfb, const struct request *request);
/* ContinuousUpdates are known here; also says that they ended. */
void rfb_say_end_of_updates(struct rfb *rfb);
/* A Fence of ours without an update. */
void rfb_ask_fence(struct rfb *rfb, uint32_t number);
/* The number in an answer to ours; false: it is none. */
bool rfb_fence_number(const struct request *request, uint32_t *ret_number);
