/* The screen of an X11 desktop: DAMAGE tells what changed, MIT-SHM reads it, XFixes the pointer. */
#pragma once

#include "agent/screen/source.h"

/* As source_open; the settings' texts outlive the source. */
int x11_open(uv_loop_t *loop, const struct source_settings *settings,
             const struct source_handlers *handlers, void *context, struct source **ret_source,
             char ret_why[MESSAGE_REASON_ROOM]);
