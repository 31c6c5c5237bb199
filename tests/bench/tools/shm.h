/* Images in memory that is shared with the X server. */
#pragma once

#include <X11/Xlib.h>
#include <X11/extensions/XShm.h>

struct shm {
    XImage *image; /* NULL: could not be made, or not of 32 bits a pixel */
    XShmSegmentInfo segment;
};

void shm_make(Display *x, unsigned width_px, unsigned height_px, struct shm *ret_shm);
