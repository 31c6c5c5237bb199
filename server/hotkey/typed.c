#include "server/hotkey/typed.h"

#include <string.h>

void typed_clear(struct typed *typed)
{
    /* Not only the count: typed keys do not stay in memory. */
    explicit_bzero(typed, sizeof *typed);
}

static bool add(struct typed *typed, uint16_t code, bool down)
{
    if (typed->count == GRAB_TYPED_MAX)
        return false;
    typed->keys[typed->count++] = (struct grab_key){.code = code, .down = down};
    return true;
}

bool typed_add_report(struct typed *typed, const struct report *report)
{
    bool fits = true;

    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type == EV_KEY)
            fits = add(typed, event->code, event->value != 0) && fits;
    }
    return fits;
}

bool typed_begin_part(struct typed *typed)
{
    return add(typed, 0, false);
}

/* Drops the first `count` keys. */
static void drop(struct typed *typed, size_t count)
{
    size_t left = typed->count - count;

    memmove(typed->keys, typed->keys + count, left * sizeof typed->keys[0]);
    explicit_bzero(typed->keys + left, count * sizeof typed->keys[0]);
    typed->count = left;
}

size_t typed_take_part(struct typed *typed, const struct keyset *down,
                       struct grab_key ret_keys[GRAB_GIVEN_MAX])
{
    struct keyset given = {0};
    size_t count = 0, i;

    for (i = 0; i < typed->count && typed->keys[i].code != 0; i++) {
        const struct grab_key *key = &typed->keys[i];
        if (key->down ? keyset_add(&given, key->code) : keyset_remove(&given, key->code))
            ret_keys[count++] = *key;
    }
    drop(typed, i < typed->count ? i + 1 : i);
    for (uint16_t code = keyset_next(&given, 0); code < KEY_CNT;
         code = keyset_next(&given, (uint16_t)(code + 1))) {
        if (!keyset_has(down, code))
            ret_keys[count++] = (struct grab_key){.code = code, .down = false};
    }
    return count;
}
