/* The window's `watch` connection: keeps a status for title and on-screen display, and asks how the
 * target that is shown does. */
#pragma once

#include <stdint.h>

#include "server/viewer/client.h"
#include "server/viewer/options.h"
#include "server/viewer/osd_words.h"
#include "server/viewer/status.h"

struct watcher {
    struct client *client; /* NULL: not connected */
    uint64_t retry_us;
    struct status status;
    uint16_t asks_about; /* the target whose figures are asked for; 0: none */
    uint64_t ask_us;     /* the next time */
    struct osd_figures figures;
    struct osd_slow slow;
};

void watcher_init(struct watcher *watcher);
void watcher_finish(struct watcher *watcher);
void watcher_tick(struct watcher *watcher, uint64_t now_us);
/* Of the target that is shown (0: none) figures are asked for, if the options or status want some,
 * and put into the facts. */
void watcher_show(struct watcher *watcher, const struct viewer_options *options, uint16_t number,
                  struct osd_facts *facts, uint64_t now_us);
void watcher_receive(struct watcher *watcher, uint64_t now_us);
/* A request on its connection, with its newline: nobody waits for the answer. */
void watcher_say(struct watcher *watcher, const char *line);
uint64_t watcher_deadline_us(const struct watcher *watcher); /* UINT64_MAX: none */
int watcher_fd(const struct watcher *watcher);               /* -1: none */
