/*
 * hotdesk-viewer's window: an SDL window that is the server's keyboard and mouse, and shows the
 * active target. Runs until it is
 * closed or the program is asked to end.
 */
#pragma once

#include "server/viewer/options.h"

struct hotkey_rules;

/* `rules` of its hotkeys. 0, or -errno when the window could not be opened (logged). `end_fd`:
 * readable when it is to end. */
int window_run(const struct hotkey_rules *rules, const struct viewer_options *options, int end_fd);
