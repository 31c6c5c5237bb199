/*
 * What is pressed on this computer by us, so that letting go is exact. Pure.
 *
 * Every report passes here before it is typed: a press of what is down and a release of what is up
 * are taken out. So a key that was lifted because the server fell silent stays up until it is
 * pressed again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/keyset.h"
#include "protocol/report.h"

struct held {
    struct keyset down;
};

void held_clear(struct held *held);

/* Takes note of the keys in `report` and fills ret_report with what is to be typed: the same
 * without the events that change nothing. Both may be the same object. */
void held_filter(struct held *held, const struct report *report, struct report *ret_report);

/* Takes keys out of `held` and fills ret_report with their releases, as many as one report has room
 * for, keys before modifiers. Without `modifiers_too` Shift, Ctrl, Alt, Meta stay. False when there
 * was nothing to lift: call it until then. */
bool held_lift(struct held *held, bool modifiers_too, struct report *ret_report);

bool held_is_empty(const struct held *held);
/* Anything down that is no modifier: what repeats, drags or acts. */
bool held_has_acting(const struct held *held);
