/* The program `hotdesk`: a client of the control socket (docs/control.md). Its commands stand in
 * main.c's table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum exit_code {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1, /* or failed */
    EXIT_USAGE = 2,
    EXIT_NO_SERVER = 3,
    EXIT_NOT_ALLOWED = 4,
    EXIT_TIMEOUT = 5, /* of wait */
};

struct arguments {
    const char *socket_path; /* NULL: the usual places */
    const char *word;        /* what the command is about: a target; NULL when it takes none */
    const char *second;      /* behind the word: a file, a name or a number */
    char **words;            /* the word and all that stand behind it */
    int word_count;
    const char *name;                                     /* --name */
    const char *image, *still, *timeout, *tolerance, *at; /* of wait */
    const char *port;                                     /* -p */
    const char *address;                                  /* --address */
    bool dry_run;                                         /* --dry-run */
    bool json;                                            /* --json */
    bool watch;                                           /* --watch */
    bool wall;                                            /* --wall */
};

/* Each prints what it has to say, errors to stderr, and returns an enum exit_code. */
int cli_list(const struct arguments *arguments);
int cli_status(const struct arguments *arguments);
int cli_devices(const struct arguments *arguments);
int cli_switch(const struct arguments *arguments);
int cli_switcher(const struct arguments *arguments);
int cli_lock(const struct arguments *arguments);
int cli_osd(const struct arguments *arguments);
int cli_scan(const struct arguments *arguments);
int cli_forget(const struct arguments *arguments);
int cli_rename(const struct arguments *arguments);
int cli_order(const struct arguments *arguments);
int cli_monitor(const struct arguments *arguments);
int cli_reload(const struct arguments *arguments);
int cli_vnc(const struct arguments *arguments);
int cli_watch(const struct arguments *arguments);
int cli_type(const struct arguments *arguments);
int cli_wait(const struct arguments *arguments);
int cli_send(const struct arguments *arguments);
int cli_screenshot(const struct arguments *arguments);
int cli_view(const struct arguments *arguments);
int cli_pair(const struct arguments *arguments);
int cli_add(const struct arguments *arguments);
