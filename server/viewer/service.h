/*
 * The viewer without a window, a service of the user's graphical session: tells hotdesk-server when
 * the screen is locked, keeps it from locking while a target is in use, and tells the user of
 * switches. The active target's picture is shown by a process of its own (helper.h).
 */
#pragma once

#include "server/viewer/options.h"

/* Until end_fd is readable. `config_path` is handed on to the window's process; NULL: the usual
 * place. 0 or -errno. */
int service_run(const struct viewer_options *options, const char *config_path, int end_fd);
