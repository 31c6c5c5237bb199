#include "agent/inject/inject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/inject/choose.h"
#include "agent/inject/record.h"
#include "agent/inject/uinput.h"
#include "agent/inject/xtest.h"

static enum inject_display inject_display_of(const struct inject_settings *settings, int error)
{
    const char *display =
        settings->display && *settings->display ? settings->display : getenv("DISPLAY");

    switch (error) {
    case 0:
        return INJECT_DISPLAY_GOOD;
    case -EOPNOTSUPP:
        return INJECT_DISPLAY_NO_XTEST;
    case -EXDEV:
        return INJECT_DISPLAY_XWAYLAND;
    default:
        return display && *display ? INJECT_DISPLAY_DEAD : INJECT_DISPLAY_NONE;
    }
}

/* X is tried first: it needs no right that the user has not. */
static int injector_open_auto(uv_loop_t *loop, const struct inject_settings *settings,
                              const struct injector_events *events, void *context,
                              struct injector **ret_injector, char ret_why[MESSAGE_REASON_ROOM])
{
    enum inject_kind kind;
    struct inject_facts facts = {
        .session_type = getenv("XDG_SESSION_TYPE"),
        .wayland_display = getenv("WAYLAND_DISPLAY"),
    };

    if (!inject_session_is_wayland(&facts))
        facts.display = inject_display_of(
            settings, xtest_open(loop, settings, events, context, ret_injector, ret_why));
    if (facts.display != INJECT_DISPLAY_GOOD)
        facts.uinput_error = uinput_probe(&uinput_kernel);
    if (!inject_choose(&facts, &kind, ret_why))
        return facts.uinput_error;
    return kind == INJECT_XTEST ? 0
                                : uinput_open(loop, &uinput_kernel, settings->layout, events,
                                              context, ret_injector, ret_why);
}

int injector_open(uv_loop_t *loop, const struct inject_settings *settings,
                  const struct injector_events *events, void *context,
                  struct injector **ret_injector, char ret_why[MESSAGE_REASON_ROOM])
{
    snprintf(ret_why, MESSAGE_REASON_ROOM, "chosen by the option injector");
    switch (settings->kind) {
    case INJECT_AUTO:
        return injector_open_auto(loop, settings, events, context, ret_injector, ret_why);
    case INJECT_XTEST:
        return xtest_open(loop, settings, events, context, ret_injector, ret_why);
    case INJECT_UINPUT:
        return uinput_open(loop, &uinput_kernel, settings->layout, events, context, ret_injector,
                           ret_why);
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

bool injector_spans_display(const struct injector *injector)
{
    return injector->ops->spans_display;
}

bool injector_is_on_display(const struct injector *injector)
{
    return injector->ops->on_display;
}

int injector_type(struct injector *injector, const struct report *report)
{
    return injector->ops->type(injector, report);
}

int injector_find(struct injector *injector, const char *text, struct stroke *ret_strokes,
                  size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    if (injector->ops->find)
        return injector->ops->find(injector, text, ret_strokes, ret_count, ret_why);
    snprintf(ret_why, MESSAGE_REASON_ROOM, "the injector %s knows of no keyboard layout",
             injector->ops->name);
    return -EOPNOTSUPP;
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
