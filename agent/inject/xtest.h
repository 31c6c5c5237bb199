/* Types into an X display through the XTEST extension, on a connection of its own. See FACTS of X
 * in xtest.c. */
#pragma once

#include "agent/inject/inject.h"

/* As injector_open. -EOPNOTSUPP: the display has no XTEST; -EXDEV: it is Xwayland, which shows half
 * of a desktop. */
int xtest_open(uv_loop_t *loop, const struct inject_settings *settings,
               const struct injector_events *events, void *context, struct injector **ret_injector,
               char ret_why[MESSAGE_REASON_ROOM]);
