/*
 * Names of keys and mouse buttons, as a configuration has them: "F1", "LeftCtrl", "Ctrl" (either
 * side), "KP3", "Mouse8" (X11's number of a button), "Key183" (any code of
 * <linux/input-event-codes.h>). Capital or small letters alike. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of the names after the other, without letters, digits and those with a number; NULL after the
 * last. */
const char *keyname_at(size_t index);

/* *ret_other is the other side's code where either will do, else 0. False: no such key. */
bool keyname_parse(const char *name, uint16_t *ret_code, uint16_t *ret_other);
