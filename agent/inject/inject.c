#include "agent/inject/inject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/inject/record.h"
#include "agent/inject/xtest.h"

bool inject_session_is_wayland(void)
{
    const char *type = getenv("XDG_SESSION_TYPE");
    const char *wayland = getenv("WAYLAND_DISPLAY");

    return (type && strcmp(type, "wayland") == 0) || (wayland && *wayland);
}

/* What runs as the user knows which screen is his: only X is typed into without a further right. */
static int injector_open_auto(uv_loop_t *loop, const struct inject_settings *settings,
                              const struct injector_events *events, void *context,
                              struct injector **ret_injector, char ret_why[MESSAGE_REASON_ROOM])
{
    if (inject_session_is_wayland()) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "Wayland session, needs uinput");
        return -EOPNOTSUPP;
    }
    return xtest_open(loop, settings, events, context, ret_injector, ret_why);
}

int injector_open(uv_loop_t *loop, const struct inject_settings *settings,
                  const struct injector_events *events, void *context,
                  struct injector **ret_injector, char ret_why[MESSAGE_REASON_ROOM])
{
    switch (settings->kind) {
    case INJECT_AUTO:
        return injector_open_auto(loop, settings, events, context, ret_injector, ret_why);
    case INJECT_XTEST:
        return xtest_open(loop, settings, events, context, ret_injector, ret_why);
    case INJECT_RECORD:
        return record_open(loop, settings, events, context, ret_injector, ret_why);
    }
    snprintf(ret_why, MESSAGE_REASON_ROOM, "no such injector");
    return -EINVAL;
}

struct injector *injector_destroy(struct injector *injector)
{
    if (injector)
        injector->ops->destroy(injector);
    return NULL;
}

const char *injector_name(const struct injector *injector)
{
    return injector->ops->name;
}

int injector_type(struct injector *injector, const struct report *report)
{
    return injector->ops->type(injector, report);
}

void injector_enter(struct injector *injector)
{
    injector->ops->enter(injector);
}

void injector_leave(struct injector *injector)
{
    injector->ops->leave(injector);
}

uint32_t injector_unsendable(const struct injector *injector)
{
    return injector->ops->unsendable(injector);
}
