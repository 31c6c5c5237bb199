/* Asks for a pairing code. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "common/code.h"

/* Reads a line from `in`. A person (`asks`) is told of a typing error and asked again, until he
 * ends the input; anything else has one line. 0; -EINVAL: mistyped; -ENODATA: nothing came. Said on
 * `out` already. */
int prompt_code(FILE *in, FILE *out, bool asks, struct code *ret_code);
