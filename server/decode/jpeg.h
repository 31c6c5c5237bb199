/*
 * JPEG pictures are decoded by threads while the next bytes are read: the one encoding that is both
 * slow and without a memory of what came before. libturbojpeg lives here alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/frame.h"

struct jpeg;

/* Starts the threads: before the sandbox forbids it. 0 or -errno. */
int jpeg_create(struct jpeg **ret_jpeg);
struct jpeg *jpeg_destroy(struct jpeg *jpeg);

/* Takes the bytes (malloc), also on failure; the pixels are painted into `pixels` (rows of
 * `stride_px`, at the rectangle's place) at the latest when jpeg_wait returns. False: one of those
 * before was bad. */
bool jpeg_decode(struct jpeg *jpeg, uint8_t *bytes, size_t size_bytes,
                 const struct frame_rectangle *rectangle, uint32_t *pixels, uint32_t stride_px);

/* Is somebody painting there? */
bool jpeg_is_at_work(struct jpeg *jpeg, const struct frame_rectangle *rectangle);

/* Until all is painted. False when any was no JPEG of its rectangle's size. */
bool jpeg_wait(struct jpeg *jpeg);
