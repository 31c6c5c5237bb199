/* Reads parts of an X screen: through shared memory (MIT-SHM), else through the connection. */
#pragma once

#include <X11/Xlib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/area.h"

struct ximage;

/* For areas of up to width_px x height_px, of the root window's depth. 0 or -ENOMEM. The segment
 * has mode 0600 and goes away with the two processes that have it attached. */
int ximage_create(Display *xlib, int width_px, int height_px, struct ximage **ret_image);
struct ximage *ximage_destroy(struct ximage *image); /* NULL ok; before the display is closed */
bool ximage_is_shared(const struct ximage *image);
int ximage_bits(const struct ximage *image); /* of one pixel */

/* NULL: the X server refused, as when the screen became smaller meanwhile. The bytes are valid
 * until the next call, and may be written to. */
uint8_t *ximage_read(struct ximage *image, const struct area *area, size_t *ret_stride_bytes);
