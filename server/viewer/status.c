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

static void set_target(struct status *status, const json_t *object)
{
    struct status_target target = {.number = number_of(object, "number")};
    if (target.number == 0)
        return;
    copy_text(object, "name", target.name, sizeof target.name);
    copy_text(object, "state", target.state, sizeof target.state);
    copy_text(object, "reason", target.reason, sizeof target.reason);
    target.ready = strcmp(target.state, "ready") == 0;
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

static void set_all(struct status *status, const json_t *answer)
{
    size_t i;
    json_t *target;
    status->target_count = 0;
    status->active = number_of(answer, "active");
    json_array_foreach(json_object_get(answer, "targets"), i, target)
    {
        set_target(status, target);
    }
}

static void set_notice(struct status *status, const char *name, const char *why, uint64_t now_us)
{
    snprintf(status->notice, sizeof status->notice, "%s%s%s", name, *name ? ": " : "", why);
    status->notice_us = now_us;
}

static void set_switched(struct status *status, const json_t *event, uint64_t now_us)
{
    char name[STATUS_NAME_ROOM], why[STATUS_TEXT_ROOM];
    status->active = number_of(event, "number");
    status->notice_us = 0;
    copy_text(event, "from_name", name, sizeof name);
    copy_text(event, "why", why, sizeof why);
    if (*why)
        set_notice(status, name, why, now_us);
}

static void set_refused(struct status *status, const json_t *event, uint64_t now_us)
{
    char why[STATUS_TEXT_ROOM];
    copy_text(event, "why", why, sizeof why);
    set_notice(status, "", why, now_us);
}

static bool apply_event(struct status *status, const char *name, const json_t *event,
                        uint64_t now_us)
{
    if (strcmp(name, "switched") == 0)
        set_switched(status, event, now_us);
    else if (strcmp(name, "refused") == 0)
        set_refused(status, event, now_us);
    else if (strcmp(name, "target") == 0)
        set_target(status, event);
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
        set_all(status, object);
        understood = true;
    }
    json_decref(object);
    return understood;
}
