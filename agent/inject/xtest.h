/* Types into an X display through the XTEST extension, on a connection of its own. See FACTS of X
 * in xtest.c. */
#pragma once

#include "agent/inject/inject.h"

int xtest_open(uv_loop_t *loop, const struct inject_settings *settings,
               const struct injector_events *events, void *context, struct injector **ret_injector,
               char ret_why[MESSAGE_REASON_ROOM]);
