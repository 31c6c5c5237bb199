/*
 * The process that holds the devices: the core of an input source (server/hotkey/grab.h) between
 * the devices of this computer and the link to hotdesk-server.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct reload;

struct worker_plan {
    struct reload *reload; /* the configuration; a worker that is started again reads it anew */
    int link_fd;
    bool listening; /* link_fd is a listening socket; else its end ends the worker */
    uid_t allowed;  /* one more user who may be the server */
};

/* Runs until the link has ended (0), SIGTERM or SIGINT came (0), or it cannot go on. SIGHUP:
 * the configuration is read again. For
 * the watchdog: `context` is a struct worker_plan. */
int worker_run(void *context, int heartbeat_fd);
