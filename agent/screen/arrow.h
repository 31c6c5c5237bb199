/* A plain arrow, for a pointer whose shape cannot be read. Pure. */
#pragma once

#include "agent/screen/source.h"

void arrow_get(struct shape *ret_shape);
