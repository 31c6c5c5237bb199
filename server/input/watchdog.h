/*
 * The parent of the process that holds the devices. It opens nothing, kills its child when that has
 * not given a heartbeat for TIME_WATCHDOG (TIME_WATCHDOG_IDLE while nothing is held), and starts it
 * again, at most three times in TIME_WATCHDOG_WINDOW. Descriptors that were open before (the link)
 * live on in it, so a new child goes on with them.
 */
#pragma once

/* Runs in the child; its result is the child's exit status: 0 means that all is done, anything else
 * that it is to be started again. */
typedef int (*watchdog_work)(void *context, int heartbeat_fd);

/* Returns, in the parent, when the child has ended with 0 or by SIGTERM or SIGINT to the parent
 * (0), or when it cannot be kept alive (1). */
int watchdog_run(watchdog_work work, void *context);
