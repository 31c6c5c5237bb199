/*
 * Tight rectangles of one or two colours (rfbproto, "Tight Encoding": fill, and the palette filter
 * with one bit a pixel): a glyph, a line of text. Many times quicker than libvncserver, which looks
 * for areas of one colour first. The zlib stream is one that libvncserver leaves alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/picture.h"

struct mono;

int mono_create(struct mono **ret_mono);      /* 0 or -ENOMEM */
struct mono *mono_destroy(struct mono *mono); /* NULL ok */

/* What follows the head of a rectangle of that encoding, valid until the next call; 0: it has more
 * colours or is too large, and nothing was done. -EIO: the stream is broken. */
int mono_encode(struct mono *mono, const struct picture *picture, const struct area *area,
                const uint8_t **ret_bytes, size_t *ret_size_bytes);

/* A length of at most 22 bits as the Tight encoding has it: groups of 7, from the lowest on. The
 * bytes written. */
size_t tight_write_length(size_t size_bytes, uint8_t ret_bytes[3]);
