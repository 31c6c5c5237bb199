#include "server/screen/screens.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/target/registry.h"

struct slot {
    uint16_t number;
    struct screen *screen;
    uint64_t looked_at; /* counts looks: the highest was the last */
};

struct screens {
    uv_loop_t *loop;
    char program[512];
    const struct screen_handlers *handlers;
    void *context;
    struct screen_pace pace;
    struct slot slots[REGISTRY_TARGETS_MAX];
    size_t count;
    uint64_t looks;
    bool kept;
};

static struct slot *find(const struct screens *screens, uint16_t number)
{
    for (size_t i = 0; i < screens->count; i++)
        if (screens->slots[i].number == number)
            return (struct slot *)&screens->slots[i];
    return NULL;
}

int screens_create(uv_loop_t *loop, const char *program, const struct screen_handlers *handlers,
                   void *context, struct screens **ret_screens)
{
    struct screens *screens = calloc(1, sizeof *screens);
    if (!screens)
        return -ENOMEM;
    screens->loop = loop;
    screens->handlers = handlers;
    screens->context = context;
    snprintf(screens->program, sizeof screens->program, "%s", program);
    *ret_screens = screens;
    return 0;
}

struct screens *screens_destroy(struct screens *screens)
{
    if (!screens)
        return NULL;
    for (size_t i = 0; i < screens->count; i++)
        screen_destroy(screens->slots[i].screen);
    free(screens);
    return NULL;
}

int screens_added(struct screens *screens, uint16_t number)
{
    if (find(screens, number))
        return 0;
    if (screens->count == REGISTRY_TARGETS_MAX)
        return -ENOSPC;
    struct screen *screen = screen_create(screens->loop, screens->program, number,
                                          screens->handlers, screens->context, &screens->pace);
    if (!screen)
        return -ENOMEM;
    screens->slots[screens->count++] = (struct slot){.number = number, .screen = screen};
    screens_keep(screens, screens->kept);
    return 0;
}

static void set_number(struct slot *slot, uint16_t number)
{
    if (!slot)
        return;
    slot->number = number;
    screen_set_number(slot->screen, number);
}

void screens_ordered(struct screens *screens, uint16_t number, uint16_t wanted)
{
    struct slot *slot = find(screens, number), *other = find(screens, wanted);
    set_number(slot, wanted);
    set_number(other, number);
}

void screens_forgotten(struct screens *screens, uint16_t number)
{
    struct slot *slot = find(screens, number);
    if (!slot)
        return;
    screen_destroy(slot->screen);
    *slot = screens->slots[--screens->count];
    screens_keep(screens, screens->kept); /* another one has come into the first places */
}

void screens_update(struct screens *screens, uint16_t number)
{
    struct slot *slot = find(screens, number);
    if (slot)
        screen_update(slot->screen);
}

void screens_renew(struct screens *screens)
{
    for (size_t i = 0; i < screens->count; i++)
        screen_renew(screens->slots[i].screen);
}

/* The one that nobody has looked at for the longest. */
static void cool_one(struct screens *screens)
{
    struct slot *oldest = NULL;
    unsigned warm = 0;
    for (size_t i = 0; i < screens->count; i++) {
        struct slot *slot = &screens->slots[i];
        struct screen_view view = screen_view(slot->screen);
        if (view.look || view.kept || view.stage == SCREEN_IDLE)
            continue;
        warm++;
        if (!oldest || slot->looked_at < oldest->looked_at)
            oldest = slot;
    }
    if (warm > SCREENS_WARM_MAX)
        screen_cool(oldest->screen);
}

void screens_look(struct screens *screens, uint16_t number, enum frame_look look)
{
    struct slot *slot = find(screens, number);
    if (!slot)
        return;
    slot->looked_at = ++screens->looks;
    screen_look(slot->screen, look);
    if (!look)
        cool_one(screens);
}

void screens_keep(struct screens *screens, bool kept)
{
    screens->kept = kept;
    for (size_t i = 0; i < screens->count && i < SCREENS_WARM_MAX; i++)
        screen_keep(screens->slots[i].screen, kept);
}

void screens_connect(struct screens *screens, uint16_t number, struct channel *channel,
                     const struct message_hello *hello, const char *server_name,
                     const char **ret_why)
{
    struct slot *slot = find(screens, number);
    *ret_why = "there is no such target any more";
    if (slot)
        screen_connect(slot->screen, channel, hello, server_name, ret_why);
    else
        channel_end(channel, MESSAGE_REJECT, MESSAGE_REASON_FORGOTTEN, *ret_why);
}

bool screens_view(const struct screens *screens, uint16_t number, struct screen_view *ret_view)
{
    const struct slot *slot = find(screens, number);
    if (slot)
        *ret_view = screen_view(slot->screen);
    return slot != NULL;
}
