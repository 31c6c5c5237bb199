/* hotdesk-agent's options: agent.conf, and what the command line says over it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "agent/inject/inject.h"
#include "common/config.h"
#include "common/log.h"

struct options {       /* what agent.conf holds; parsed into by offset */
    int32_t injector;  /* enum inject_kind */
    int32_t screen;    /* enum source_kind */
    int32_t log_level; /* enum log_level */
    char record_file[CONFIG_TEXT_ROOM];
    char display[CONFIG_TEXT_ROOM];
    char monitor[CONFIG_TEXT_ROOM];
    char layout[CONFIG_TEXT_ROOM];
    struct config_section rights;
};

enum options_verb {
    VERB_RUN,
    VERB_PAIR,
    VERB_JOIN,
    VERB_FORGET,
    VERB_STATUS,
    VERB_PAUSE,
    VERB_RESUME,
    VERB_PRINT_CONFIG,
    VERB_DONE
};

struct command_line {
    enum options_verb verb;
    const char *server; /* of pair: HOST[:PORT] */
    bool exit_after_pairing;
    const char *config_path;            /* NULL: the usual place */
    const char *injector, *record_file; /* said over the file; NULL: not */
    struct options options;
};

/* 0; or the exit status with which to end: said on stderr already. VERB_DONE: all that was asked
 * for
 * (--help, --version, --check-config) is printed. */
int options_read(int argc, char **argv, struct command_line *ret_line);
/* Reads the configuration again: 0, or -EINVAL with a sentence; ret_options is untouched then.
 * *ret_changes compares with line->options. */
int options_reload(const struct command_line *line, struct options *ret_options,
                   struct config_changes *ret_changes, char ret_error[ERROR_ROOM]);
void options_print_config(const struct options *options, FILE *out);
