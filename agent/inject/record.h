/*
 * An injector that writes what it is given to a file: for tests, never for use, since it keeps
 * typed keys.
 *
 * One line an event, appended, flushed at each report; MICROSECONDS is CLOCK_MONOTONIC:
 *   MICROSECONDS enter | leave
 *   MICROSECONDS key CODE 1|0
 *   MICROSECONDS rel X Y
 *   MICROSECONDS abs X Y
 *   MICROSECONDS wheel VERTICAL HORIZONTAL      (1/120 of a notch)
 * Texts are typed in the layout of the settings, else in the American one.
 * It has a screen of 1920x1080 and the three locks, which their keys turn on and off.
 */
#pragma once

#include "agent/inject/inject.h"

int record_open(uv_loop_t *loop, const struct inject_settings *settings,
                const struct injector_events *events, void *context, struct injector **ret_injector,
                char ret_why[MESSAGE_REASON_ROOM]);
