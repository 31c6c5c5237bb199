/*
 * The option `send-keys` of input.conf: keys of this computer (common/keyset.h, key_is_own) that go
 * to the other computers all the same. Pure.
 *
 * Names (server/hotkey/keyname.h) with blanks between them: "Sleep BrightnessUp Key247".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/keyset.h"

/* For the table of options: see common/config.h. */
bool sent_keys_check(const char *key, const char *text, char *ret_why, size_t room_bytes);

/* Of a text that was checked. */
void sent_keys_parse(const char *text, struct keyset *ret_keys);
