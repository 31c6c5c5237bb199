/*
 * Places of what is shown, in pixels, to those that an injector takes. Pure.
 */
#pragma once

#include "agent/desktop.h"
#include "protocol/report.h"

/* For the pixels of an X display. */
void places_to_root(struct report *report, const struct desktop_place *place);
/* For a device whose field, 0..REPORT_FIELD_SPAN, the X server lays over all of the root window. */
void places_to_span(struct report *report, const struct desktop_place *place);
