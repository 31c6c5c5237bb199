#include "server/hotkey/typed.h"

#include <string.h>

#define CODE_COMMAND 0

/* Drops the first `count`. Not only the number: typed keys do not stay in memory. */
static void drop(struct typed *typed, size_t count)
{
    size_t left = typed->count - count;

    for (size_t i = 0; i < count; i++)
        typed->command_count -= typed->keys[i].code == CODE_COMMAND;
    memmove(typed->keys, typed->keys + count, left * sizeof typed->keys[0]);
    explicit_bzero(typed->keys + left, count * sizeof typed->keys[0]);
    typed->count = left;
}

void typed_clear(struct typed *typed)
{
    drop(typed, typed->count);
}

static bool add(struct typed *typed, const struct typed_key *key)
{
    if (typed->count == GRAB_TYPED_MAX && typed->command_count == 0)
        drop(typed, 1);
    if (typed->count == GRAB_TYPED_MAX)
        return false;
    typed->keys[typed->count++] = *key;
    return true;
}

bool typed_add_report(struct typed *typed, const struct report *report, uint32_t sequence)
{
    bool fits = true;

    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        struct typed_key key = {.time_us = report->time_us,
                                .sequence = sequence,
                                .code = event->code,
                                .down = event->value != 0};
        if (event->type == EV_KEY)
            fits = add(typed, &key) && fits;
    }
    return fits;
}

bool typed_add_command(struct typed *typed, uint32_t sequence)
{
    if (!add(typed, &(struct typed_key){.sequence = sequence, .code = CODE_COMMAND}))
        return false;
    typed->command_count++;
    return true;
}

/* Sequences wrap round: a fast mouse needs six days for that. */
static bool is_read(const struct typed_key *key, uint32_t sequence)
{
    return (int32_t)(key->sequence - sequence) <= 0;
}

void typed_forget(struct typed *typed, uint32_t sequence, bool answered)
{
    size_t count = 0;

    while (count < typed->count && is_read(&typed->keys[count], sequence) &&
           (answered || typed->keys[count].code != CODE_COMMAND))
        count++;
    drop(typed, count);
}

void typed_forget_commands(struct typed *typed)
{
    size_t count = 0;

    for (size_t left = typed->command_count; left > 0; count++)
        left -= typed->keys[count].code == CODE_COMMAND;
    drop(typed, count);
}

size_t typed_take(struct typed *typed, const struct keyset *down, uint64_t from_us,
                  struct grab_key ret_keys[GRAB_GIVEN_MAX])
{
    struct keyset given = {0};
    size_t count = 0, i;

    for (i = 0; i < typed->count && typed->keys[i].code != CODE_COMMAND; i++) {
        const struct typed_key *key = &typed->keys[i];
        if (key->down ? key->time_us >= from_us && keyset_add(&given, key->code)
                      : keyset_remove(&given, key->code))
            ret_keys[count++] = (struct grab_key){.code = key->code, .down = key->down};
    }
    drop(typed, i);
    for (uint16_t code = keyset_next(&given, 0); code < KEY_CNT;
         code = keyset_next(&given, (uint16_t)(code + 1))) {
        if (!keyset_has(down, code))
            ret_keys[count++] = (struct grab_key){.code = code, .down = false};
    }
    return count;
}
