#include "server/viewer/desktop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "common/log.h"
#include "common/notice.h"

#define LOG_MODULE "session"
#define NOTICE_MS  4000
#define SAVER      "org.freedesktop.ScreenSaver"
#define SAVER_PATH "/org/freedesktop/ScreenSaver"

/* Each has its name as interface, ActiveChanged(b) and GetActive() -> b. */
static const struct {
    const char *name, *path;
} LOCKERS[] = {
    {SAVER, SAVER_PATH},
    {"org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"},
    {"org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"},
    {"org.mate.ScreenSaver", "/org/mate/ScreenSaver"},
    {"org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"},
};
#define LOCKER_COUNT (sizeof LOCKERS / sizeof *LOCKERS)

struct locker {
    struct desktop *desktop;
    size_t index;
    bool active;
};

struct desktop {
    sd_bus *bus;
    struct locker lockers[LOCKER_COUNT];
    struct notice notice;
    bool wants_inhibit, asked_inhibit;
    uint32_t cookie; /* 0: does not inhibit */
};

/* --- lockers --- */

static int read_active(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct locker *locker = context;
    int active;
    if (!sd_bus_message_is_method_error(message, NULL) &&
        sd_bus_message_read(message, "b", &active) >= 0)
        locker->active = active;
    return 0;
}

static int on_owner_changed(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct locker *locker = context;
    const char *name, *before, *after;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) >= 0 && !after[0])
        locker->active = false;
    return 0;
}

/* A locker that does not run is not started by being asked. */
static int ask_active(struct locker *locker)
{
    const char *name = LOCKERS[locker->index].name;
    sd_bus_message *call = NULL;
    int result = sd_bus_message_new_method_call(locker->desktop->bus, &call, name,
                                                LOCKERS[locker->index].path, name, "GetActive");
    if (result >= 0)
        result = sd_bus_message_set_auto_start(call, 0);
    if (result >= 0)
        result = sd_bus_call_async(locker->desktop->bus, NULL, call, read_active, locker, 0);
    sd_bus_message_unref(call);
    return result;
}

static int watch_locker(struct locker *locker)
{
    const char *name = LOCKERS[locker->index].name;
    char rule[256];
    snprintf(rule, sizeof rule, "type='signal',interface='%s',member='ActiveChanged'", name);
    int result =
        sd_bus_add_match_async(locker->desktop->bus, NULL, rule, read_active, NULL, locker);
    if (result < 0)
        return result;
    snprintf(rule, sizeof rule,
             "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
             "member='NameOwnerChanged',arg0='%s'",
             name);
    result =
        sd_bus_add_match_async(locker->desktop->bus, NULL, rule, on_owner_changed, NULL, locker);
    return result < 0 ? result : ask_active(locker);
}

const char *desktop_locked_by(const struct desktop *desktop)
{
    for (size_t i = 0; i < LOCKER_COUNT; i++)
        if (desktop->lockers[i].active)
            return LOCKERS[i].name;
    return NULL;
}

/* --- notices --- */

void desktop_notify(struct desktop *desktop, const char *summary, const char *text)
{
    notice_show(&desktop->notice, desktop->bus, summary, text, NOTICE_MS);
}

/* --- idle --- */

static void settle_inhibit(struct desktop *desktop);

static int on_inhibited(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct desktop *desktop = context;
    desktop->asked_inhibit = false;
    if (sd_bus_message_is_method_error(message, NULL)) {
        log_debug("the desktop does not keep the screen on: %s",
                  sd_bus_message_get_error(message)->message);
        return 0; /* asked again with the next activity */
    }
    sd_bus_message_read(message, "u", &desktop->cookie);
    if (!desktop->wants_inhibit)
        settle_inhibit(desktop);
    return 0;
}

static void settle_inhibit(struct desktop *desktop)
{
    if (desktop->asked_inhibit)
        return; /* its answer comes */
    if (desktop->wants_inhibit && !desktop->cookie) {
        desktop->asked_inhibit =
            sd_bus_call_method_async(desktop->bus, NULL, SAVER, SAVER_PATH, SAVER, "Inhibit",
                                     on_inhibited, desktop, "ss", "hotdesk",
                                     "its keyboard types on another computer") >= 0;
    } else if (!desktop->wants_inhibit && desktop->cookie) {
        sd_bus_call_method_async(desktop->bus, NULL, SAVER, SAVER_PATH, SAVER, "UnInhibit", NULL,
                                 NULL, "u", desktop->cookie);
        desktop->cookie = 0;
    }
}

void desktop_inhibit_idle(struct desktop *desktop, bool on)
{
    desktop->wants_inhibit = on;
    settle_inhibit(desktop);
}

/* --- life --- */

int desktop_open(struct desktop **ret_desktop)
{
    struct desktop *desktop = calloc(1, sizeof *desktop);
    if (!desktop)
        return -ENOMEM;
    int result = sd_bus_open_user(&desktop->bus);
    for (size_t i = 0; result >= 0 && i < LOCKER_COUNT; i++) {
        desktop->lockers[i] = (struct locker){.desktop = desktop, .index = i};
        result = watch_locker(&desktop->lockers[i]);
    }
    if (result < 0) {
        desktop_close(desktop);
        return result;
    }
    *ret_desktop = desktop;
    return 0;
}

struct desktop *desktop_close(struct desktop *desktop)
{
    if (!desktop)
        return NULL;
    sd_bus_close_unref(desktop->bus);
    free(desktop);
    return NULL;
}

int desktop_fd(const struct desktop *desktop)
{
    return sd_bus_get_fd(desktop->bus);
}

short desktop_poll_events(const struct desktop *desktop)
{
    int events = sd_bus_get_events(desktop->bus);
    return events < 0 ? 0 : (short)events;
}

uint64_t desktop_deadline_us(const struct desktop *desktop)
{
    uint64_t until_us = UINT64_MAX;
    sd_bus_get_timeout(desktop->bus, &until_us);
    return until_us;
}

int desktop_turn(struct desktop *desktop)
{
    int result;
    do {
        result = sd_bus_process(desktop->bus, NULL);
    } while (result > 0);
    return result;
}
