/*
 * The pointer of the active target: places across a source's field become pixels of the target's
 * root window. Raw counts (EV_REL) pass as they are. Pure.
 */
#pragma once

#include <stdint.h>

#include "protocol/report.h"

/* 0..REPORT_FIELD_SPAN across a field `size_px` wide: 0..size_px - 1. Values outside are taken to
 * the border. */
int32_t pointer_scale(int32_t field_value, uint16_t size_px);

/* Scales ABS_X and ABS_Y of `report` in place; leaves them as they are when the size is not known
 * (0): an agent that knows no screen takes places across its whole desktop. */
void pointer_to_target(struct report *report, uint16_t width_px, uint16_t height_px);
