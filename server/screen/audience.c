#include "server/screen/audience.h"

#include <stdlib.h>

#include "server/switch/switch.h"

struct onlooker {
    struct audience *audience;
    struct onlooker *next;
    onlooker_send send;
    void *context;
    struct follower follower;
};

struct audience {
    const struct audience_ops *ops;
    void *context;
    struct onlooker *first;
};

struct audience *audience_create(const struct audience_ops *ops, void *context)
{
    struct audience *audience = calloc(1, sizeof *audience);
    if (audience)
        *audience = (struct audience){.ops = ops, .context = context};
    return audience;
}

struct audience *audience_destroy(struct audience *audience)
{
    while (audience && audience->first) {
        struct onlooker *onlooker = audience->first;
        audience->first = onlooker->next;
        free(onlooker);
    }
    free(audience);
    return NULL;
}

/* -- looking -- */

static void update_look(const struct audience *audience, uint16_t number)
{
    enum frame_look look = FRAME_LOOK_AWAY;
    for (const struct onlooker *one = audience->first; one && look != FRAME_LOOK_FULL;
         one = one->next)
        if (one->follower.number == number)
            look = one->follower.thumbnail ? FRAME_LOOK_THUMBNAIL : FRAME_LOOK_FULL;
    if (number != SWITCH_LOCAL)
        audience->ops->look(audience->context, number, look);
}

static void begin(struct onlooker *onlooker, uint16_t number)
{
    const struct audience *audience = onlooker->audience;
    follower_show(&onlooker->follower, number);
    if (!onlooker->follower.thumbnail)
        audience->ops->begun(audience->context, number, &onlooker->follower);
}

void onlooker_show(struct onlooker *onlooker, uint16_t number)
{
    uint16_t before = onlooker->follower.number;
    begin(onlooker, number);
    update_look(onlooker->audience, number);
    if (before != number)
        update_look(onlooker->audience, before);
}

/* -- who follows -- */

static bool send_message(void *context, const struct frame_message *message, int fd)
{
    const struct onlooker *onlooker = context;
    return onlooker->send(onlooker->context, message, fd);
}

static bool view(void *context, uint16_t number, struct screen_view *ret_view)
{
    const struct onlooker *onlooker = context;
    const struct audience *audience = onlooker->audience;
    return audience->ops->view(audience->context, number, ret_view);
}

static const struct follower_ops follower_ops = {.send = send_message, .view = view};

struct onlooker *audience_join(struct audience *audience, uint16_t number, bool thumbnail,
                               onlooker_send send, void *context)
{
    struct onlooker *onlooker = calloc(1, sizeof *onlooker);
    if (!onlooker)
        return NULL;
    *onlooker = (struct onlooker){
        .audience = audience, .next = audience->first, .send = send, .context = context};
    follower_init(&onlooker->follower, &follower_ops, onlooker);
    onlooker->follower.thumbnail = thumbnail;
    audience->first = onlooker;
    onlooker_show(onlooker, number);
    return onlooker;
}

struct onlooker *onlooker_leave(struct onlooker *onlooker)
{
    if (!onlooker)
        return NULL;
    struct audience *audience = onlooker->audience;
    struct onlooker **at = &audience->first;
    while (*at != onlooker)
        at = &(*at)->next;
    *at = onlooker->next;
    update_look(audience, onlooker->follower.number);
    free(onlooker);
    return NULL;
}

void onlooker_flush(struct onlooker *onlooker)
{
    follower_flush(&onlooker->follower);
}

void audience_leave(struct audience *audience, const void *context)
{
    struct onlooker *next = NULL;
    for (struct onlooker *one = audience->first; one; one = next) {
        next = one->next;
        if (one->context == context)
            onlooker_leave(one);
    }
}

void audience_flush(struct audience *audience, const void *context)
{
    for (struct onlooker *one = audience->first; one; one = one->next)
        if (one->context == context)
            follower_flush(&one->follower);
}

struct onlooker *audience_find(const struct audience *audience, const void *context,
                               uint16_t number)
{
    struct onlooker *one = audience->first;
    while (one && (one->context != context || one->follower.number != number))
        one = one->next;
    return one;
}

/* -- what is new -- */

void audience_note(struct audience *audience, const struct frame_message *message)
{
    for (struct onlooker *one = audience->first; one; one = one->next)
        follower_note(&one->follower, message);
}

bool audience_tick(struct audience *audience)
{
    bool has_any = false;
    for (struct onlooker *one = audience->first; one; one = one->next)
        if (one->follower.thumbnail) {
            has_any = true;
            follower_tick(&one->follower);
        }
    return has_any;
}

void audience_ordered(struct audience *audience, uint16_t number, uint16_t wanted)
{
    for (struct onlooker *one = audience->first; one; one = one->next) {
        uint16_t shown = one->follower.number;
        if (shown == number || shown == wanted)
            begin(one, shown == number ? wanted : number);
    }
}

unsigned audience_count(const struct audience *audience, uint16_t number)
{
    unsigned count = 0;
    for (const struct onlooker *one = audience->first; one; one = one->next)
        count += one->follower.number == number;
    return count;
}
