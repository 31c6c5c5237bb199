/* Thumbnails (protocol/thumbnail.h): beside the picture, and painted as JPEG alone. */
#pragma once

#include <stdbool.h>

#include "protocol/frame.h"

struct decoder;

bool thumbnail_read(struct decoder *decoder, const struct frame_rectangle *rectangle);
