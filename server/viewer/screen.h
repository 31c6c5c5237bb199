/*
 * The windows that show and send nothing: full screen while a target is active (its keys are those
 * that hotdesk-input has grabbed), and a window that watches one target.
 */
#pragma once

#include "server/viewer/options.h"

/* Until end_fd is readable or the window is closed. `target` NULL: whichever is active, full
 * screen, and no window while it is `local`; `monitor` NULL: on that of the options. A `target`
 * with a `monitor` covers that one, while it is there. 0 or -errno. */
int screen_run(const char *target, const char *monitor, const struct viewer_options *options,
               int end_fd);
