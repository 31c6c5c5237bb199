/*
 * Configuration files, from one table of options a program. Parsing is pure: text in, values or the
 * first error out, as "FILE:LINE: OPTION: what is wrong". libConfuse reads the syntax, strictly:
 * one `option = value` a line, each option once, # comments; values with blanks in quotes, "with \"
 * escapes" or 'without'; nothing is expanded. A section is `name { "key" = "value" }`, in one line
 * or with each entry and the closing brace in lines of their own; each key once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/identity.h" /* ERROR_ROOM */
#include "protocol/limits.h"

#define CONFIG_TEXT_ROOM  256
#define CONFIG_ENTRY_ROOM 96 /* of a key, and of its value */

enum config_type {
    CONFIG_TEXT,    /* char[CONFIG_TEXT_ROOM] */
    CONFIG_NUMBER,  /* int32_t, min..max */
    CONFIG_BOOL,    /* bool; on/off, yes/no, true/false */
    CONFIG_CHOICE,  /* int32_t, index into choices */
    CONFIG_SECTION, /* struct config_section; its default is empty */
};

struct config_entry {
    char key[CONFIG_ENTRY_ROOM];
    char text[CONFIG_ENTRY_ROOM];
    unsigned line; /* that gave it */
};

struct config_section {
    size_t count;
    struct config_entry entries[CONFIG_ENTRIES_MAX]; /* in the order of the file */
};

struct config_option {
    const char *name;
    enum config_type type;
    int32_t min, max;
    const char *const *choices; /* ends in NULL */
    const char *default_text;   /* as it would stand in a file, without quotes */
    const char *help;           /* a sentence, for --print-config and the manual */
    size_t offset;              /* of the value in the program's struct */
    /* CONFIG_TEXT (key is NULL) and each entry of CONFIG_SECTION; may be NULL. False with a
     * sentence in ret_why. */
    bool (*check)(const char *key, const char *text, char *ret_why, size_t room_bytes);
    bool at_start; /* counts when the program starts, not when it reloads its file */
};

/* Names of options, with ", " between them. */
#define CONFIG_NAMES_ROOM 128
struct config_changes {
    char now[CONFIG_NAMES_ROOM];
    char at_start[CONFIG_NAMES_ROOM]; /* that have to wait for the next start */
};

/* Fills ret_values with defaults. Asserts that the table is sound. */
void config_defaults(const struct config_option *options, size_t count, void *ret_values);
/* 0, or -EINVAL with a sentence in ret_error; ret_values is untouched then. */
int config_parse(const struct config_option *options, size_t count, const char *file_name,
                 const char *text, void *ret_values, char ret_error[ERROR_ROOM]);
/* Reads `path`; a missing file is the defaults unless must_exist. */
int config_load(const struct config_option *options, size_t count, const char *path,
                bool must_exist, void *ret_values, char ret_error[ERROR_ROOM]);
/* Which options have other values in `after` than in `before`. */
void config_compare(const struct config_option *options, size_t count, const void *before,
                    const void *after, struct config_changes *ret_changes);
/* Every option with its help as a comment, in a form that config_parse reads back. */
void config_print(const struct config_option *options, size_t count, const void *values, FILE *out);
