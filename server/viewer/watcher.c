#include "server/viewer/watcher.h"

#include <string.h>

#include "common/times.h"

void watcher_init(struct watcher *watcher)
{
    *watcher = (struct watcher){0};
    status_init(&watcher->status);
}

void watcher_finish(struct watcher *watcher)
{
    watcher->client = client_destroy(watcher->client);
}

static void lose(struct watcher *watcher, uint64_t now_us)
{
    watcher_finish(watcher);
    watcher->retry_us = now_us + time_us(TIME_VIEWER_RETRY);
    status_init(&watcher->status);
}

void watcher_tick(struct watcher *watcher, uint64_t now_us)
{
    static const char REQUEST[] = "{\"verb\": \"watch\"}\n";
    if (watcher->client || now_us < watcher->retry_us)
        return;
    if (client_connect(&watcher->client) < 0 ||
        !client_send(watcher->client, REQUEST, sizeof REQUEST - 1))
        lose(watcher, now_us);
}

void watcher_receive(struct watcher *watcher, uint64_t now_us)
{
    if (!watcher->client)
        return;
    int error = client_receive(watcher->client);
    const char *line;
    while ((line = client_take_line(watcher->client)))
        status_line(&watcher->status, line, now_us);
    if (error < 0)
        lose(watcher, now_us);
}

uint64_t watcher_deadline_us(const struct watcher *watcher)
{
    return watcher->client ? UINT64_MAX : watcher->retry_us;
}

int watcher_fd(const struct watcher *watcher)
{
    return watcher->client ? client_fd(watcher->client) : -1;
}
