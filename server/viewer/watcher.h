/* The window's `watch` connection: keeps a status for the title. */
#pragma once

#include <stdint.h>

#include "server/viewer/client.h"
#include "server/viewer/status.h"

struct watcher {
    struct client *client; /* NULL: not connected */
    uint64_t retry_us;
    struct status status;
};

void watcher_init(struct watcher *watcher);
void watcher_finish(struct watcher *watcher);
void watcher_tick(struct watcher *watcher, uint64_t now_us);
void watcher_receive(struct watcher *watcher, uint64_t now_us);
uint64_t watcher_deadline_us(const struct watcher *watcher); /* UINT64_MAX: none */
int watcher_fd(const struct watcher *watcher);               /* -1: none */
