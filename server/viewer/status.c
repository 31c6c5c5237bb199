#include "server/viewer/status.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "protocol/cursor.h"

void status_init(struct status *status)
{
    memset(status, 0, sizeof *status);
}

static size_t find_place(const struct status *status, uint16_t number)
{
    size_t place = 0;
    while (place < status->target_count && status->targets[place].number < number)
        place++;
    return place;
}

const struct status_target *status_find(const struct status *status, uint16_t number)
{
    size_t place = find_place(status, number);
    return place < status->target_count && status->targets[place].number == number
               ? &status->targets[place]
               : NULL;
}

static void copy_text(const json_t *object, const char *key, char *ret_text, size_t room_bytes)
{
    const char *text = json_string_value(json_object_get(object, key));
    text_make_clean(text ? text : "", ret_text, room_bytes);
}

static uint16_t number_of(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
}

/* An event has no `since_s`: it tells of now. */
static uint64_t since_us(const json_t *object, const struct status_target *before,
                         const struct status_target *target, uint64_t now_us)
{
    const json_t *for_s = json_object_get(object, "since_s");
    uint64_t for_us = json_integer_value(for_s) > 0 ? (uint64_t)json_integer_value(for_s) : 0;
    if (!for_s && before && strcmp(before->state, target->state) == 0)
        return before->since_us; /* only its reason or name is another one */
    for_us = for_us < UINT64_MAX / 1000000 ? for_us * 1000000 : UINT64_MAX;
    return for_us < now_us ? now_us - for_us : 0;
}

static void set_target(struct status *status, const json_t *object, uint64_t now_us)
{
    struct status_target target = {.number = number_of(object, "number")};
    if (target.number == 0)
        return;
    copy_text(object, "name", target.name, sizeof target.name);
    copy_text(object, "state", target.state, sizeof target.state);
    copy_text(object, "reason", target.reason, sizeof target.reason);
    target.ready = strcmp(target.state, "ready") == 0;
    target.since_us = since_us(object, status_find(status, target.number), &target, now_us);
    size_t place = find_place(status, target.number);
    struct status_target *there = &status->targets[place];
    if (place == status->target_count || there->number != target.number) {
        if (status->target_count == STATUS_TARGETS_MAX)
            return;
        memmove(there + 1, there, (status->target_count - place) * sizeof *there);
        status->target_count++;
    }
    *there = target;
}

static void remove_target(struct status *status, uint16_t number)
{
    size_t place = find_place(status, number);
    if (place == status->target_count || status->targets[place].number != number)
        return;
    status->target_count--;
    memmove(&status->targets[place], &status->targets[place + 1],
            (status->target_count - place) * sizeof *status->targets);
}

static void set_mode(struct status *status, const json_t *mode)
{
    status->shows_stats = json_is_true(json_object_get(mode, "stats"));
}

static void set_choosing(struct status *status, const json_t *event, uint64_t now_us)
{
    struct status_choosing *choosing = &status->choosing;
    const uint64_t since_us = choosing->is_open ? choosing->since_us : now_us;
    size_t i;
    json_t *number;
    *choosing = (struct status_choosing){.is_open = json_is_true(json_object_get(event, "open")),
                                         .since_us = since_us,
                                         .selected = number_of(event, "selected")};
    copy_text(event, "typed", choosing->typed, sizeof choosing->typed);
    json_array_foreach(json_object_get(event, "fitting"), i, number)
    {
        if (i <= STATUS_TARGETS_MAX)
            choosing->fitting[choosing->fitting_count++] = (uint16_t)json_integer_value(number);
    }
}

static void set_all(struct status *status, const json_t *answer, uint64_t now_us)
{
    size_t i;
    json_t *target;
    status->is_known = true;
    status->target_count = 0;
    status->active = number_of(answer, "active");
    set_mode(status, json_object_get(answer, "mode"));
    set_choosing(status, json_object_get(answer, "switcher"), now_us);
    json_array_foreach(json_object_get(answer, "targets"), i, target)
    {
        set_target(status, target, now_us);
    }
}

static void set_notice(struct status *status, const char *name, const char *why, uint64_t now_us)
{
    snprintf(status->notice, sizeof status->notice, "%s%s%s", name, *name ? ": " : "", why);
    status->notice_us = now_us;
}

static void set_news(struct status_news *news, const json_t *event, const char *name_key,
                     uint64_t now_us)
{
    news->at_us = now_us;
    news->number = number_of(event, "number");
    copy_text(event, name_key, news->name, sizeof news->name);
    copy_text(event, "why", news->why, sizeof news->why);
}

static void set_switched(struct status *status, const json_t *event, uint64_t now_us)
{
    struct status_news *switched = &status->switched;
    set_news(switched, event, "from_name", now_us);
    status->refused.at_us = 0;
    status->active = switched->number;
    status->notice_us = 0;
    if (*switched->why)
        set_notice(status, switched->name, switched->why, now_us);
}

static void set_refused(struct status *status, const json_t *event, uint64_t now_us)
{
    set_news(&status->refused, event, "name", now_us);
    set_notice(status, "", status->refused.why, now_us);
}

/* `target` events tell what stands under the two numbers now. */
static void set_ordered(struct status *status, const json_t *event)
{
    remove_target(status, number_of(event, "from"));
    status->active = number_of(event, "active");
}

bool status_fits(const struct status_choosing *choosing, uint16_t number)
{
    for (size_t i = 0; i < choosing->fitting_count; i++)
        if (choosing->fitting[i] == number)
            return true;
    return false;
}

static bool apply_event(struct status *status, const char *name, const json_t *event,
                        uint64_t now_us)
{
    if (strcmp(name, "switched") == 0)
        set_switched(status, event, now_us);
    else if (strcmp(name, "mode") == 0)
        set_mode(status, event);
    else if (strcmp(name, "refused") == 0)
        set_refused(status, event, now_us);
    else if (strcmp(name, "switcher") == 0)
        set_choosing(status, event, now_us);
    else if (strcmp(name, "target") == 0)
        set_target(status, event, now_us);
    else if (strcmp(name, "ordered") == 0)
        set_ordered(status, event);
    else if (strcmp(name, "forgotten") == 0)
        remove_target(status, number_of(event, "number"));
    else
        return false; /* also `paired`: a `target` event tells the rest */
    return true;
}

bool status_line(struct status *status, const char *line, uint64_t now_us)
{
    json_t *object = json_loads(line, 0, NULL);
    const char *event = json_string_value(json_object_get(object, "event"));
    bool understood = false;
    if (event) {
        understood = apply_event(status, event, object, now_us);
    } else if (json_is_array(json_object_get(object, "targets"))) {
        set_all(status, object, now_us);
        understood = true;
    }
    json_decref(object);
    return understood;
}
