#include "server/net/logind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "common/bus.h"
#include "common/log.h"
#include "server/net/logind_read.h"

#define LOG_MODULE "session"
#define NAME       "org.freedesktop.login1"
#define PATH       "/org/freedesktop/login1"
#define MANAGER    NAME ".Manager"
#define SEAT       NAME ".Seat"
#define SESSION    NAME ".Session"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define FROM_NAME  "type='signal',sender='" NAME "',"

struct logind {
    struct bus *bus;
    sd_bus *sd; /* while connected */
    const struct logind_handlers *handlers;
    void *context;
    const char *seat;
    char *seat_path;
    char *session_path; /* of the active one, or NULL */
    char *session_id;
    int sleep_fd; /* holds sleep up; -1: does not */
    bool asleep;  /* as we told last */
    bool there;   /* it has its name on the bus: what it answers counts */
    bool told_seat;
};

static int ask_seat(struct logind *logind);
static int ask_users(struct logind *logind);
static int ask_session(struct logind *logind);
static int hold_sleep(struct logind *logind);
static int ask_sleep(struct logind *logind);

/* --- signals --- */

static bool is_of_session(const struct logind *logind, sd_bus_message *message)
{
    const char *path = sd_bus_message_get_path(message);
    return logind->session_path && path && strcmp(path, logind->session_path) == 0;
}

static int on_lock(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    (void)ret_error;
    if (is_of_session(logind, message))
        logind->handlers->lock_asked(logind->context);
    return 0;
}

static int on_unlock(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    (void)ret_error;
    if (is_of_session(logind, message))
        logind->handlers->unlock_asked(logind->context);
    return 0;
}

static int on_session_changed(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    struct logind_session facts;
    const char *interface;
    (void)ret_error;
    if (!is_of_session(logind, message) || sd_bus_message_read(message, "s", &interface) < 0 ||
        strcmp(interface, SESSION) != 0 || logind_read_session(message, &facts) < 0)
        return 0;
    if (facts.has_hint && facts.locked_hint)
        logind->handlers->locked_hint(logind->context, true);
    if (facts.has_active && !facts.active)
        logind->handlers->inactive(logind->context);
    /* Anybody on the bus can send us such a signal: what allows more is asked for. */
    ask_seat(logind);
    return 0;
}

static int on_seat_changed(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    (void)message;
    (void)ret_error;
    ask_seat(context);
    return 0;
}

static int on_session_new(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    (void)message;
    (void)ret_error;
    ask_users(context);
    return 0;
}

static int on_session_removed(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    const char *id, *path;
    (void)ret_error;
    if (sd_bus_message_read(message, "so", &id, &path) < 0)
        return 0;
    if (logind->session_id && strcmp(id, logind->session_id) == 0)
        logind->handlers->inactive(logind->context);
    ask_seat(logind);
    ask_users(logind);
    return 0;
}

static void tell_sleep(struct logind *logind, bool sleeps)
{
    logind->asleep = sleeps;
    logind->handlers->sleep(logind->context, sleeps);
    if (!sleeps && logind->sleep_fd < 0)
        hold_sleep(logind);
}

static int on_sleep(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    int sleeps;
    (void)ret_error;
    if (sd_bus_message_read(message, "b", &sleeps) < 0)
        return 0;
    tell_sleep(logind, sleeps);
    if (sleeps)
        ask_sleep(logind); /* anybody on the bus can say so: home at once, and stay there if true */
    return 0;
}

static int begin(struct logind *logind)
{
    logind->there = true;
    int result = ask_seat(logind);
    if (result >= 0)
        result = ask_users(logind);
    return result < 0 ? result : hold_sleep(logind);
}

static int on_owner_changed(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    const char *name, *before, *after;
    (void)ret_error;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0)
        return 0;
    logind_release_sleep(logind); /* it was for the one before */
    logind->there = false;
    if (after[0])
        begin(logind);
    else
        logind->handlers->gone(logind->context, "it was stopped");
    return 0;
}

/* --- answers --- */

/* An answer that counts; one may still come when its name has gone. */
static bool is_answer(const struct logind *logind, sd_bus_message *message)
{
    return logind->there && !sd_bus_message_is_method_error(message, NULL);
}

static void set_session(struct logind *logind, const char *id, const char *path)
{
    free(logind->session_id);
    free(logind->session_path);
    logind->session_id = id && id[0] ? strdup(id) : NULL;
    logind->session_path = logind->session_id ? strdup(path) : NULL;
}

static int on_session(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    struct logind_session facts;
    (void)ret_error;
    if (!is_answer(logind, message) || !logind->session_id ||
        logind_read_session(message, &facts) < 0)
        return 0; /* it has just ended: the seat's change follows */
    if (strcmp(facts.id, logind->session_id) != 0)
        return 0; /* asked for before the seat changed: nothing for who sits there now */
    if (!facts.active) {
        logind->handlers->inactive(logind->context);
        return 0;
    }
    logind->handlers->session(logind->context, logind->session_id, facts.uid);
    logind->handlers->locked_hint(logind->context, facts.locked_hint);
    return 0;
}

static int on_seat(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    const char *id, *path;
    (void)ret_error;
    if (sd_bus_message_is_method_error(message, NULL)) {
        const sd_bus_error *error = sd_bus_message_get_error(message);
        logind->handlers->gone(logind->context, error->message ? error->message : error->name);
        return 0;
    }
    if (!logind->there || sd_bus_message_read(message, "v", "(so)", &id, &path) < 0)
        return 0;
    logind->handlers->gone(logind->context, NULL);
    if (logind->session_id && strcmp(id, logind->session_id) != 0)
        logind->handlers->inactive(logind->context); /* at once; who comes is asked for */
    set_session(logind, id, path);
    if (logind->session_id)
        return ask_session(logind);
    logind->handlers->session(logind->context, NULL, 0);
    return 0;
}

static int on_users(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    uint32_t uids[LOGIND_USERS_MAX];
    size_t count;
    (void)ret_error;
    if (is_answer(logind, message) && logind_read_users(message, logind->seat, uids, &count) >= 0)
        logind->handlers->users(logind->context, uids, count);
    return 0;
}

static int on_preparing(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    bool sleeps = true;
    (void)ret_error;
    if (!is_answer(logind, message) || logind_read_bool(message, &sleeps) < 0)
        return 0;
    if (logind->asleep && !sleeps)
        tell_sleep(logind, false);
    return 0;
}

static int on_inhibited(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct logind *logind = context;
    int fd;
    (void)ret_error;
    if (sd_bus_message_is_method_error(message, NULL)) {
        log_warning("logind does not let us hold up sleep (%s): targets may be left only "
                    "when the computer wakes",
                    sd_bus_message_get_error(message)->message);
        return 0;
    }
    if (sd_bus_message_read(message, "h", &fd) < 0)
        return 0;
    logind_release_sleep(logind);
    logind->sleep_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return 0;
}

static int ask_seat(struct logind *logind)
{
    return sd_bus_call_method_async(logind->sd, NULL, NAME, logind->seat_path, PROPERTIES, "Get",
                                    on_seat, logind, "ss", SEAT, "ActiveSession");
}

static int ask_users(struct logind *logind)
{
    return sd_bus_call_method_async(logind->sd, NULL, NAME, PATH, MANAGER, "ListSessions", on_users,
                                    logind, "");
}

static int ask_session(struct logind *logind)
{
    return sd_bus_call_method_async(logind->sd, NULL, NAME, logind->session_path, PROPERTIES,
                                    "GetAll", on_session, logind, "s", SESSION);
}

static int ask_sleep(struct logind *logind)
{
    return sd_bus_call_method_async(logind->sd, NULL, NAME, PATH, PROPERTIES, "Get", on_preparing,
                                    logind, "ss", MANAGER, "PreparingForSleep");
}

static int hold_sleep(struct logind *logind)
{
    return sd_bus_call_method_async(logind->sd, NULL, NAME, PATH, MANAGER, "Inhibit", on_inhibited,
                                    logind, "ssss", "sleep", "hotdesk",
                                    "Lifts all keys on other computers first", "delay");
}

/* --- the connection --- */

static int add_matches(struct logind *logind)
{
    const struct {
        const char *rule;
        sd_bus_message_handler_t handler;
    } matches[] = {
        {FROM_NAME "interface='" SESSION "',member='Lock'", on_lock},
        {FROM_NAME "interface='" SESSION "',member='Unlock'", on_unlock},
        {FROM_NAME "interface='" MANAGER "',member='SessionNew'", on_session_new},
        {FROM_NAME "interface='" MANAGER "',member='SessionRemoved'", on_session_removed},
        {FROM_NAME "interface='" MANAGER "',member='PrepareForSleep'", on_sleep},
        {FROM_NAME "interface='" PROPERTIES "',member='PropertiesChanged',arg0='" SEAT "'",
         on_seat_changed},
        {FROM_NAME "interface='" PROPERTIES "',member='PropertiesChanged',arg0='" SESSION "'",
         on_session_changed},
        {"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
         "member='NameOwnerChanged',arg0='" NAME "'",
         on_owner_changed},
    };
    int result = 0;
    for (size_t i = 0; result >= 0 && i < sizeof matches / sizeof matches[0]; i++)
        result = sd_bus_add_match_async(logind->sd, NULL, matches[i].rule, matches[i].handler, NULL,
                                        logind);
    return result;
}

static int on_connected(void *context, struct sd_bus *sd)
{
    struct logind *logind = context;
    logind->sd = sd;
    int result = add_matches(logind);
    return result < 0 ? result : begin(logind);
}

static void on_lost(void *context, int error)
{
    struct logind *logind = context;
    logind->sd = NULL;
    logind->there = logind->asleep = false;
    set_session(logind, NULL, NULL);
    logind_release_sleep(logind);
    logind->handlers->gone(logind->context, strerror(-error));
}

static const struct bus_handlers bus_handlers = {.connected = on_connected, .lost = on_lost};

int logind_create(uv_loop_t *loop, const char *seat, const struct logind_handlers *handlers,
                  void *context, struct logind **ret_logind)
{
    struct logind *logind = calloc(1, sizeof *logind);
    if (!logind)
        return -ENOMEM;
    logind->handlers = handlers;
    logind->context = context;
    logind->sleep_fd = -1;
    logind->seat = seat;
    int result = sd_bus_path_encode(PATH "/seat", seat, &logind->seat_path);
    if (result >= 0)
        result = bus_create(loop, BUS_SYSTEM, &bus_handlers, logind, &logind->bus);
    if (result < 0) {
        logind_destroy(logind);
        return result;
    }
    *ret_logind = logind;
    return 0;
}

struct logind *logind_destroy(struct logind *logind)
{
    if (!logind)
        return NULL;
    bus_destroy(logind->bus);
    logind_release_sleep(logind);
    set_session(logind, NULL, NULL);
    free(logind->seat_path);
    free(logind);
    return NULL;
}

void logind_release_sleep(struct logind *logind)
{
    if (!logind || logind->sleep_fd < 0)
        return;
    close(logind->sleep_fd);
    logind->sleep_fd = -1;
}
