#include "agent/announce.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "common/bus.h"
#include "common/log.h"
#include "common/notice.h"

#define LOG_MODULE "notice"

static const char desktop_came_rule[] =
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
    "member='NameOwnerChanged',arg0='" NOTICE_NAME "'";

struct announce {
    uv_loop_t *loop;
    struct bus *bus;   /* NULL: nothing is shown */
    struct sd_bus *sd; /* NULL: not connected */
    struct notice notice;
    bool told_lost;
    char summary[ANNOUNCE_ROOM], text[ANNOUNCE_ROOM];
};

static void announce_now(struct announce *announce)
{
    notice_show(&announce->notice, announce->sd, announce->summary, announce->text, NOTICE_STAYS);
}

/* Who shows notices began, or began anew: it has none of ours. */
static int announce_on_desktop(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct announce *announce = context;
    const char *name, *before, *after;

    if (sd_bus_message_read(message, "sss", &name, &before, &after) >= 0 && *after) {
        announce->notice.id = 0;
        announce_now(announce);
    }
    return 0;
}

static int announce_on_connected(void *context, struct sd_bus *sd)
{
    struct announce *announce = context;

    announce->sd = sd;
    announce->notice = (struct notice){0};
    int error =
        sd_bus_add_match_async(sd, NULL, desktop_came_rule, announce_on_desktop, NULL, announce);
    if (error < 0)
        return error;
    announce_now(announce);
    return 0;
}

static void announce_on_lost(void *context, int error)
{
    struct announce *announce = context;

    announce->sd = NULL;
    if (!announce->told_lost)
        log_info("no message bus of a desktop (%s): that a console is here is told by this log and "
                 "by hotdesk-agent status alone",
                 strerror(-error));
    announce->told_lost = true;
}

static const struct bus_handlers announce_bus_handlers = {
    .connected = announce_on_connected,
    .lost = announce_on_lost,
};

int announce_create(uv_loop_t *loop, struct announce **ret_announce)
{
    struct announce *announce = calloc(1, sizeof *announce);

    if (!announce)
        return -ENOMEM;
    announce->loop = loop;
    *ret_announce = announce;
    return 0;
}

struct announce *announce_destroy(struct announce *announce)
{
    if (announce) {
        announce_end(announce);
        free(announce);
    }
    return NULL;
}

void announce_show(struct announce *announce, const char *summary, const char *text)
{
    snprintf(announce->summary, sizeof announce->summary, "%s", summary);
    snprintf(announce->text, sizeof announce->text, "%s", text);
    if (announce->sd)
        announce_now(announce);
    else if (!announce->bus && bus_create(announce->loop, BUS_SESSION, &announce_bus_handlers,
                                          announce, &announce->bus) < 0)
        announce->bus = NULL;
}

void announce_end(struct announce *announce)
{
    if (announce->sd)
        notice_close(&announce->notice, announce->sd);
    announce->sd = NULL;
    announce->bus = bus_destroy(announce->bus);
}
