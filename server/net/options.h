/* Options of hotdesk-server: server.conf and what the command line overrides. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "server/net/vnc_wish.h"

enum pointer_option { POINTER_AUTO, POINTER_COUNTS };

struct server_options {
    char listen[CONFIG_TEXT_ROOM]; /* an IP address, or empty: all */
    int32_t port;                  /* 0: any that is free */
    char name[CONFIG_TEXT_ROOM];   /* empty: the host name */
    char input[CONFIG_TEXT_ROOM];  /* auto, none or a path */
    char use_group[CONFIG_TEXT_ROOM];
    char own_group[CONFIG_TEXT_ROOM];
    char seat[CONFIG_TEXT_ROOM];          /* empty: none is watched */
    struct config_section quality, scale; /* of targets, by name; "*": all others */
    int32_t pointer;                      /* enum pointer_option */
    struct vnc_sections vnc;
    char vnc_password_file[CONFIG_TEXT_ROOM];
    int32_t log_level;              /* enum log_level */
    char decoder[CONFIG_TEXT_ROOM]; /* no option: empty, or a test's stand-in for hotdesk-decode */
};

extern const struct config_option server_option_table[];
extern const size_t server_option_count;

/* What the table cannot say. 0 or -EINVAL with a sentence. */
int server_options_check(const struct server_options *options, char ret_error[ERROR_ROOM]);
