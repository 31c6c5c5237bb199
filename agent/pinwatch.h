/* Watches STATE/agent: a pairing, a `forget`, `pause` or `resume` in another process is taken up by
 * the agent that runs. */
#pragma once

#include <uv.h>

#include "agent/pin.h"

struct pinwatch;

struct pinwatch_handlers {
    /* At start, from within and before the pin, and whenever it changed. */
    void (*paused)(void *context, bool is_paused);
    /* The pin (NULL: not paired) at start, from within, and whenever its file was written, with
     * something new in it or not. */
    void (*changed)(void *context, const struct pin *pin);
};

int pinwatch_create(uv_loop_t *loop, const char *directory,
                    const struct pinwatch_handlers *handlers, void *context,
                    struct pinwatch **ret_watch);
/* Looks again whether it is paused. */
void pinwatch_look(struct pinwatch *watch);
struct pinwatch *pinwatch_destroy(struct pinwatch *watch); /* NULL ok */
