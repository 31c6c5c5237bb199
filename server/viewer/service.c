#include "server/viewer/service.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "server/viewer/client.h"
#include "server/viewer/desktop.h"
#include "server/viewer/helpers.h"
#include "server/viewer/loop.h"
#include "server/viewer/news.h"
#include "server/viewer/xsession.h"

#define LOG_MODULE "session"

struct service {
    const struct viewer_options *options;
    struct client *client; /* NULL: not connected */
    uint64_t retry_us;
    bool told_no_server, told_failed;
    struct desktop *desktop; /* NULL: none */
    struct xsession *x;      /* NULL: none */
    bool locked;
    struct helpers helpers;
    uint64_t awake_until_us; /* the desktop keeps the screen on; 0: it does not */
};

/* --- the server --- */

static const char *locked_by(const struct service *service)
{
    const char *name = service->desktop ? desktop_locked_by(service->desktop) : NULL;
    return name || !service->x ? name : xsession_locked_by(service->x);
}

static bool report(struct service *service)
{
    const char *name = locked_by(service);
    json_t *request =
        json_pack("{s:s, s:b, s:s?}", "verb", "session", "locked", name != NULL, "why", name);
    char line[512];
    size_t length = json_dumpb(request, line, sizeof line - 1, 0);
    json_decref(request);
    if (length == 0 || length > sizeof line - 1)
        return false;
    line[length++] = '\n';
    return client_send(service->client, line, length);
}

static void set_awake(struct service *service, bool on, uint64_t now_us)
{
    service->awake_until_us = on ? now_us + time_us(TIME_IDLE_INHIBIT) : 0;
    if (service->desktop)
        desktop_inhibit_idle(service->desktop, on);
}

static void lose_server(struct service *service, uint64_t now_us)
{
    service->client = client_destroy(service->client);
    service->retry_us = now_us + time_us(TIME_VIEWER_RETRY);
    set_awake(service, false, now_us);
    if (!service->told_no_server)
        log_info("hotdesk-server is not running; waiting for it");
    service->told_no_server = true;
}

static void connect_server(struct service *service, uint64_t now_us)
{
    static const char WATCH[] = "{\"verb\": \"watch\"}\n";
    if (service->client || now_us < service->retry_us)
        return;
    if (client_connect(&service->client) < 0 ||
        !client_send(service->client, WATCH, sizeof WATCH - 1) || !report(service))
        lose_server(service, now_us);
}

/* --- what it tells --- */

static void tell(struct service *service, bool is_trouble, const char *summary, const char *text)
{
    int32_t least = is_trouble ? VIEWER_TELL_REFUSED : VIEWER_TELL_ALL;
    if (service->locked)
        return; /* names of computers are nothing for a locked screen */
    if (service->options->notice >= least && service->desktop)
        desktop_notify(service->desktop, summary, text);
    if (service->options->beep >= least && service->x)
        xsession_beep(service->x);
}

static void used_remotely(struct service *service, uint64_t now_us)
{
    if (service->locked)
        return;
    set_awake(service, true, now_us);
    if (service->x)
        xsession_keep_awake(service->x);
}

static void handle_line(struct service *service, const char *line, uint64_t now_us)
{
    struct news news;
    news_read(line, &news);
    switch (news.type) {
    case NEWS_ACTIVE:
        service->told_no_server = false;
        log_info("connected to hotdesk-server");
        break;
    case NEWS_SWITCHED:
        if (news.number == 0)
            set_awake(service, false, now_us);
        tell(service, news.is_unasked, "Keyboard", news.text);
        break;
    case NEWS_REFUSED:
        tell(service, true, "Not switched", news.text);
        break;
    case NEWS_ACTIVITY:
        used_remotely(service, now_us);
        break;
    case NEWS_FAILED:
        if (!service->told_failed)
            log_warning("hotdesk-server: %s: a locked screen may not bring the keyboard home",
                        news.text);
        service->told_failed = true;
        break;
    case NEWS_NONE:
        break;
    }
}

static void hear_server(struct service *service, uint64_t now_us)
{
    if (!service->client)
        return;
    int error = client_receive(service->client);
    const char *line;
    while ((line = client_take_line(service->client)))
        handle_line(service, line, now_us);
    if (error < 0)
        lose_server(service, now_us);
}

/* --- the session --- */

static void hear_session(struct service *service, uint64_t now_us)
{
    if (service->x)
        xsession_turn(service->x, now_us);
    if (service->desktop && desktop_turn(service->desktop) < 0) {
        log_warning("the session's message bus is lost");
        service->desktop = desktop_close(service->desktop);
    }
    const char *name = locked_by(service);
    if ((name != NULL) == service->locked)
        return;
    service->locked = name != NULL;
    log_info("%s%s", name ? "the screen is locked: " : "the screen is unlocked", name ? name : "");
    if (service->locked)
        set_awake(service, false, now_us);
    if (service->client && !report(service))
        lose_server(service, now_us);
}

static void open_session(struct service *service, uint64_t now_us)
{
    int error = desktop_open(&service->desktop);
    if (error < 0)
        log_info("no message bus of the session (%s): no notices from here",
                 error == -ENOSYS ? "built without it" : strerror(-error));
    error = xsession_open(&service->x, now_us);
    if (error < 0)
        log_info("no X display: lockers are seen by the session's message bus alone");
}

static bool shows_picture(const struct service *service)
{
    return service->options->picture && (service->x || getenv("WAYLAND_DISPLAY"));
}

/* --- the loop --- */

static int wait_ms(const struct service *service, uint64_t now_us)
{
    uint64_t until_us = service->client ? UINT64_MAX : service->retry_us;
    if (service->awake_until_us)
        until_us = loop_earlier(until_us, service->awake_until_us);
    if (shows_picture(service))
        until_us = loop_earlier(until_us, helpers_deadline_us(&service->helpers));
    if (service->desktop)
        until_us = loop_earlier(until_us, desktop_deadline_us(service->desktop));
    if (service->x)
        until_us = loop_earlier(until_us, xsession_deadline_us(service->x));
    return loop_wait_ms(until_us, now_us);
}

static void turn(struct service *service)
{
    uint64_t now_us = clock_now_us();
    hear_session(service, now_us);
    hear_server(service, now_us);
    connect_server(service, now_us);
    if (shows_picture(service))
        helpers_tick(&service->helpers, now_us);
    if (service->awake_until_us && now_us >= service->awake_until_us)
        set_awake(service, false, now_us);
}

enum { FD_END, FD_SERVER, FD_DESKTOP, FD_X, FD_HELPERS, FD_COUNT = FD_HELPERS + HELPERS_MAX };

static void set_fds(const struct service *service, struct pollfd fds[FD_COUNT])
{
    for (int i = FD_SERVER; i < FD_COUNT; i++)
        fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    if (service->client)
        fds[FD_SERVER].fd = client_fd(service->client);
    if (service->desktop) {
        fds[FD_DESKTOP].fd = desktop_fd(service->desktop);
        fds[FD_DESKTOP].events = desktop_poll_events(service->desktop);
    }
    if (service->x)
        fds[FD_X].fd = xsession_fd(service->x);
    helpers_set_fds(&service->helpers, &fds[FD_HELPERS]);
}

int service_run(const struct viewer_options *options, const char *config_path, int end_fd)
{
    struct service service = {.options = options};
    struct pollfd fds[FD_COUNT] = {[FD_END] = {.fd = end_fd, .events = POLLIN}};
    int result = 0;
    helpers_init(&service.helpers, config_path, options);
    open_session(&service, clock_now_us());
    while (result >= 0 && !(fds[FD_END].revents & POLLIN)) {
        helpers_ended(&service.helpers, &fds[FD_HELPERS], clock_now_us());
        turn(&service);
        set_fds(&service, fds);
        result = poll(fds, FD_COUNT, wait_ms(&service, clock_now_us()));
        if (result < 0 && errno == EINTR)
            result = 0;
    }
    helpers_finish(&service.helpers);
    client_destroy(service.client);
    desktop_close(service.desktop);
    xsession_close(service.x);
    return result < 0 ? -errno : 0;
}
