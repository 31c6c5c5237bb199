#include "server/viewer/watcher.h"

#include <stdio.h>
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
    watcher->asks_about = 0;
}

static void send_request(struct watcher *watcher, uint64_t now_us)
{
    char request[64];
    int size = snprintf(request, sizeof request, "{\"verb\": \"figures\", \"target\": %u}\n",
                        watcher->asks_about);
    watcher->ask_us = now_us + time_us(TIME_OSD_FIGURES);
    if (!client_send(watcher->client, request, (size_t)size))
        lose(watcher, now_us);
}

static void ask(struct watcher *watcher, uint16_t number, uint64_t now_us)
{
    if (!watcher->client || number != watcher->asks_about) {
        watcher->asks_about = watcher->client ? number : 0;
        watcher->ask_us = now_us;
        watcher->figures = (struct osd_figures){0};
        watcher->slow = (struct osd_slow){0};
    }
    if (watcher->asks_about != 0 && now_us >= watcher->ask_us)
        send_request(watcher, now_us);
}

void watcher_show(struct watcher *watcher, const struct viewer_options *options, uint16_t number,
                  struct osd_facts *facts, uint64_t now_us)
{
    bool is_wanted = options->osd && (options->osd_link || watcher->status.shows_stats);
    ask(watcher, is_wanted ? number : 0, now_us);
    facts->slow = options->osd_link ? &watcher->slow : NULL;
    facts->figures = &watcher->figures;
}

static void take_line(struct watcher *watcher, const char *line, uint64_t now_us)
{
    if (status_line(&watcher->status, line, now_us) || !osd_figures_line(&watcher->figures, line))
        return;
    osd_slow_note(&watcher->slow, &watcher->figures, now_us);
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
        take_line(watcher, line, now_us);
    if (error < 0)
        lose(watcher, now_us);
}

void watcher_say(struct watcher *watcher, const char *line)
{
    if (watcher->client)
        client_send(watcher->client, line, strlen(line));
}

uint64_t watcher_deadline_us(const struct watcher *watcher)
{
    if (!watcher->client)
        return watcher->retry_us;
    return watcher->asks_about != 0 ? watcher->ask_us : UINT64_MAX;
}

int watcher_fd(const struct watcher *watcher)
{
    return watcher->client ? client_fd(watcher->client) : -1;
}
