/* hotdesk-input --list: the devices of this computer, taken or not, and why. */
#pragma once

#include <stdio.h>

#include "common/config.h"
#include "common/keyset.h"

/* 0 or -errno. Opens no device: it needs no rights. */
int list_print(const struct config_section *rules, const struct keyset *sent, FILE *out);
