/* A screen that paints itself: a square that walks over a pattern, for tests and measurements. */
#pragma once

#include "agent/screen/source.h"

#define PATTERN_WIDTH_PX  640
#define PATTERN_HEIGHT_PX 480

/* 0 or -ENOMEM. */
int pattern_open(uv_loop_t *loop, const struct source_handlers *handlers, void *context,
                 struct source **ret_source);
