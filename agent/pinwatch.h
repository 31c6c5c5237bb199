/* Watches STATE/agent: a pairing or a `forget` in another process is taken up by the agent that
 * runs. */
#pragma once

#include <uv.h>

#include "agent/pin.h"

struct pinwatch;

/* `changed` gets the pin (NULL: not paired) at start, from within, and whenever its file was
 * written, with something new in it or not. */
int pinwatch_create(uv_loop_t *loop, const char *directory,
                    void (*changed)(void *context, const struct pin *pin), void *context,
                    struct pinwatch **ret_watch);
struct pinwatch *pinwatch_destroy(struct pinwatch *watch); /* NULL ok */
