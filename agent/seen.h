/*
 * A console that controls or watches this computer is seen here: by a notice on the desktop, a line
 * of `hotdesk-agent status`, and the log. Never what it types.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "agent/pin.h"
#include "agent/single.h"
#include "agent/visit.h"

struct seen;

/* `told`: the line of status, when it changed. 0 or -errno. */
int seen_create(uv_loop_t *loop, void (*told)(void *context, const char *line), void *context,
                struct seen **ret_seen);
/* Takes the notice away. The loop must run once more. NULL ok. */
struct seen *seen_destroy(struct seen *seen);

/* Whose console it is from now on. */
void seen_set_server(struct seen *seen, const struct pin *pin);
void seen_controls(struct seen *seen, bool on);
/* It ends now, for good: the owner does not allow it any more. */
void seen_end(struct seen *seen);
void seen_watches(struct seen *seen, bool on);
