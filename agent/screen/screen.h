/*
 * This computer's screen, for who looks at it from the console: a thread of its own with the
 * source, the screen connection and all encoding. The main loop, which types, never waits for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "agent/pin.h"
#include "agent/screen/source.h"
#include "common/identity.h"

struct screen;

/* Called on the loop of screen_create. */
struct screen_handlers {
    /* There is a screen, and how it is read; or why there is none. When it changed. */
    void (*told)(void *context, bool has_screen, const char *reason);
    /* Where the pointer is, after screen_moved. */
    void (*pointed)(void *context, uint16_t x_px, uint16_t y_px);
    /* What `status` tells of it, when that changed: at most each TIME_SCREEN_COUNT while somebody
     * looks. */
    void (*seen)(void *context, const char *text);
    /* How it is sent, while somebody looks, each TIME_SCREEN_COUNT. */
    void (*figured)(void *context, const struct message_screen_figures *figures);
    /* Somebody looks, or nobody any more; each look is told, also one that is over already. */
    void (*looked)(void *context, bool looks);
};

/* `settings` with its texts, `identity` and `handlers` outlive it. 0 or -errno. */
int screen_create(uv_loop_t *loop, const struct source_settings *settings,
                  const struct identity *identity, const struct screen_handlers *handlers,
                  void *context, struct screen **ret_screen);
/* Waits until its thread has ended, which is soon: it waits for nobody. NULL ok. */
struct screen *screen_destroy(struct screen *screen);

/* Dials a screen connection to this server, in the place of one that is there; as soon as there is
 * a screen. */
void screen_connect(struct screen *screen, const struct pin *pin, uint32_t number);
void screen_disconnect(struct screen *screen);
/* How it is sent from now on, by this connection and later ones. */
void screen_wish(struct screen *screen, const struct message_screen_wish *wish);
/* The pointer may have been moved: where it is then is told, at most each TIME_POINTER_LOOK. */
void screen_moved(struct screen *screen);
/* From now on this monitor, "": all of them. */
void screen_show(struct screen *screen, const char *monitor);
