/* The table of verbs of docs/control.md, each with its class and handler. */
#pragma once

#include <stddef.h>

#include "server/control/control.h"

extern const struct control_verb verbs_table[]; /* context: struct server */
extern const size_t verbs_count;
