/* The command line and the configuration of hotdesk-input. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/config.h"
#include "common/identity.h" /* ERROR_ROOM */
#include "common/log.h"
#include "server/hotkey/hotkey_config.h"

enum settings_action {
    SETTINGS_RUN,
    SETTINGS_LIST,
    SETTINGS_PRINT_CONFIG,
    SETTINGS_CHECK_CONFIG,
    SETTINGS_HELP,
    SETTINGS_VERSION,
};

struct settings {
    enum settings_action action;
    const char *config_path; /* NULL: the default one, which may be missing */
    int link_fd;             /* -1: not given */
    const char *listen_path; /* NULL: not given */
    const char *server_user; /* NULL: not given */
};

struct settings_values { /* of the configuration */
    struct hotkey_config hotkeys;
    struct config_section devices;
    char send_keys[CONFIG_TEXT_ROOM];
    int32_t log_level;
};

/* 0, or -EINVAL with a sentence in ret_error. Texts point into argv. */
int settings_parse(int argc, char **argv, struct settings *ret_settings,
                   char ret_error[ERROR_ROOM]);
/* 0 or -errno with a sentence in ret_error. */
int settings_load(const struct settings *settings, struct settings_values *ret_values,
                  char ret_error[ERROR_ROOM]);
void settings_print_config(const struct settings_values *values, FILE *out);
void settings_print_help(FILE *out);
/* Of chords that work, but not as one would like. */
void settings_print_warnings(const struct settings *settings, const struct settings_values *values,
                             FILE *out);
void settings_compare(const struct settings_values *before, const struct settings_values *after,
                      struct config_changes *ret_changes);
enum log_level settings_log_level(const struct settings_values *values);
