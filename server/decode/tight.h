/*
 * The Tight encoding: JPEG by threads (jpeg.h), all else by libvncclient, which lives here alone.
 *
 * The library never sees the connection: it plays a record (its "vncrec" mode) that is made for it,
 * one update of one rectangle at a time. So what it is given was checked before, and it decodes
 * nothing that was not asked for; whatever else it can, above all its handshake and its thirty
 * encodings, is out of a target's reach.
 */
#pragma once

#include <stdbool.h>

#include "server/decode/jpeg.h"
#include "server/decode/picture.h"
#include "server/decode/source.h"

struct tight;

int tight_create(struct source *source, struct jpeg *jpeg, struct tight **ret_tight);
struct tight *tight_destroy(struct tight *tight);

/* Decodes what follows the rectangle's header into the picture; JPEG is done once jpeg_wait says
 * so. The rectangle is inside of the picture. */
bool tight_decode(struct tight *tight, const struct picture *picture,
                  const struct frame_rectangle *rectangle);
