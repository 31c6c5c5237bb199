/* Names of targets: [a-z0-9][a-z0-9-]{0,31}, never a word of the command line, never a number.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NAME_ROOM 33

bool name_is_valid(const char *name, const char **ret_why);
/* Makes any text a valid name, and leaves one as it is: lower case, other characters to '-', cut;
 * "target" when nothing is left, "NAME-pc" when it is a reserved word or a number. */
void name_make_valid(const char *text, char ret_name[NAME_ROOM]);
/* NAME, or NAME-2, NAME-3 ... (cut to fit) until `taken` says no. */
void name_make_unique(const char *name, bool (*taken)(void *context, const char *name),
                      void *context, char ret_name[NAME_ROOM]);
