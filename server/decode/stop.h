/* Why the decoder ends: the first reason is kept, and told to hotdesk-server at the end. */
#pragma once

#include <stdbool.h>

#include "protocol/frame.h"

struct stop {
    char why[FRAME_TEXT_ROOM]; /* "": no reason yet */
};

/* Always false, so that what fails can return it. */
bool stop_because(struct stop *stop, const char *format, ...) __attribute__((format(printf, 2, 3)));
