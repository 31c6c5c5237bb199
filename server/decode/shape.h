/* The pointer's shape: RichCursor (RFC 6143, 7.8.1) and Cursor With Alpha (rfbproto, "Cursor With
 * Alpha Pseudo-encoding"). `rectangle` has the hot spot as its place. */
#pragma once

#include <stdbool.h>

#include "server/decode/picture.h"
#include "server/decode/source.h"

bool shape_read_rich(struct source *source, struct picture *picture,
                     const struct frame_rectangle *rectangle);
bool shape_read_alpha(struct source *source, struct picture *picture,
                      const struct frame_rectangle *rectangle);
