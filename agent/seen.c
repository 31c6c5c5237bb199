#include "agent/seen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/announce.h"
#include "common/clock.h"
#include "common/log.h"

#define LOG_MODULE "agent"
#define WHO_ROOM   (MESSAGE_NAME_ROOM + DIAL_HOST_ROOM + 16)
#define TIME_ROOM  32

struct seen {
    struct visit visit;
    uv_timer_t timer;
    struct announce *announce;
    struct pin pin;
    time_t since; /* what happens now, or nothing */
    void (*told)(void *context, const char *line);
    void *context;
};

static const struct {
    const char *does, *did, *summary;
} WORDS[] = {
    [VISIT_NONE] = {"", "", ""},
    [VISIT_WATCHES] = {"sees this screen", "saw this screen", "This screen is watched"},
    [VISIT_CONTROLS] = {"controls this computer", "controlled this computer",
                        "This computer is controlled"},
};

static void seen_format_who(const struct seen *seen, char ret_who[WHO_ROOM])
{
    char server[DIAL_HOST_ROOM + 8];

    endpoint_format(&seen->pin.endpoint, server, sizeof server);
    snprintf(ret_who, WHO_ROOM, "%s at %s", seen->pin.server_name, server);
}

static void seen_tell_status(struct seen *seen, enum visit_kind before)
{
    const enum visit_kind kind = visit_kind(&seen->visit);
    char who[WHO_ROOM], fingerprint[FINGERPRINT_TEXT_ROOM], at[TIME_ROOM] = "";
    char line[SINGLE_CONSOLE_ROOM];
    struct tm local;

    seen_format_who(seen, who);
    fingerprint_format(&seen->pin.fingerprint, fingerprint);
    strftime(at, sizeof at, "%F %T", localtime_r(&seen->since, &local));
    if (kind != VISIT_NONE)
        snprintf(line, sizeof line, "%s, key %s, %s%s since %s", who, fingerprint, WORDS[kind].does,
                 seen->visit.controls && seen->visit.watches ? " and sees its screen" : "", at);
    else
        snprintf(line, sizeof line, "nobody is here; %s %s until %s", who, WORDS[before].did, at);
    seen->told(seen->context, line);
}

static void seen_tell_desktop(struct seen *seen)
{
    const enum visit_kind shown = seen->visit.shown;
    char who[WHO_ROOM], text[ANNOUNCE_ROOM];

    seen_format_who(seen, who);
    if (shown == VISIT_NONE) {
        log_info("%s is not here any more", who);
        announce_end(seen->announce);
        return;
    }
    log_info("%s %s", who, WORDS[shown].does);
    snprintf(text, sizeof text, "%s %s.", who, WORDS[shown].does);
    announce_show(seen->announce, WORDS[shown].summary, text);
}

static void seen_on_timer(uv_timer_t *timer);

static void seen_wait(struct seen *seen)
{
    const uint64_t until_us = visit_deadline_us(&seen->visit), now_us = clock_now_us();

    if (until_us == UINT64_MAX) {
        uv_timer_stop(&seen->timer);
        return;
    }
    uv_update_time(seen->timer.loop);
    uv_timer_start(&seen->timer, seen_on_timer,
                   until_us > now_us ? (until_us - now_us + 999) / 1000 : 0, 0);
}

static void seen_on_timer(uv_timer_t *timer)
{
    struct seen *seen = timer->data;

    if (visit_tick(&seen->visit, clock_now_us()))
        seen_tell_desktop(seen);
    seen_wait(seen);
}

static void seen_set(struct seen *seen, bool controls, bool watches)
{
    const struct visit before = seen->visit;

    if (before.controls == controls && before.watches == watches)
        return;
    const bool is_news = visit_set(&seen->visit, controls, watches, clock_now_us());
    if (visit_kind(&before) != visit_kind(&seen->visit))
        seen->since = time(NULL);
    seen_tell_status(seen, visit_kind(&before));
    if (is_news)
        seen_tell_desktop(seen);
    seen_wait(seen);
}

void seen_controls(struct seen *seen, bool on)
{
    seen_set(seen, on, seen->visit.watches);
}

void seen_watches(struct seen *seen, bool on)
{
    seen_set(seen, seen->visit.controls, on);
}

void seen_end(struct seen *seen)
{
    seen_set(seen, false, false);
    if (visit_end(&seen->visit))
        seen_tell_desktop(seen);
    seen_wait(seen);
}

void seen_set_server(struct seen *seen, const struct pin *pin)
{
    seen->pin = *pin;
}

int seen_create(uv_loop_t *loop, void (*told)(void *context, const char *line), void *context,
                struct seen **ret_seen)
{
    struct seen *seen = calloc(1, sizeof *seen);

    if (!seen)
        return -ENOMEM;
    seen->told = told;
    seen->context = context;
    int error = announce_create(loop, &seen->announce);
    if (error) {
        free(seen);
        return error;
    }
    uv_timer_init(loop, &seen->timer);
    seen->timer.data = seen;
    *ret_seen = seen;
    return 0;
}

static void seen_on_freed(uv_handle_t *handle)
{
    free(handle->data);
}

struct seen *seen_destroy(struct seen *seen)
{
    if (!seen)
        return NULL;
    seen->announce = announce_destroy(seen->announce);
    uv_close((uv_handle_t *)&seen->timer, seen_on_freed);
    return NULL;
}
