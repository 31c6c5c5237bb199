#include "agent/inject/find.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "protocol/cursor.h"

/* Those with fewer keys first. */
static const unsigned ORDER[] = {0, 1, 2, 4, 3, 5, 6, 7};

#define ORDER_COUNT (sizeof ORDER / sizeof *ORDER)

struct table { /* what each key types with each of ORDER */
    uint32_t characters[ORDER_COUNT][FIND_KEY_MAX + 1];
};

static bool has_modifiers(const struct find_keyboard *keyboard, unsigned modifiers)
{
    for (int i = 0; i < FIND_MODIFIERS; i++)
        if (modifiers & 1u << i && !keyboard->modifiers[i])
            return false;
    return true;
}

static void table_fill(struct table *table, const struct find_keyboard *keyboard)
{
    memset(table, 0, sizeof *table);
    for (size_t i = 0; i < ORDER_COUNT; i++) {
        if (!has_modifiers(keyboard, ORDER[i]))
            continue;
        for (uint16_t key = 1; key <= FIND_KEY_MAX; key++)
            table->characters[i][key] = keyboard->character(keyboard->context, key, ORDER[i]);
    }
}

static bool table_find(const struct table *table, const struct find_keyboard *keyboard,
                       uint32_t character, struct stroke *ret_stroke)
{
    for (size_t i = 0; i < ORDER_COUNT; i++) {
        for (uint16_t key = 1; key <= FIND_KEY_MAX; key++) {
            if (table->characters[i][key] != character)
                continue;
            *ret_stroke = (struct stroke){0};
            for (int j = 0; j < FIND_MODIFIERS; j++)
                if (ORDER[i] & 1u << j)
                    ret_stroke->keys[ret_stroke->count++] = keyboard->modifiers[j];
            ret_stroke->keys[ret_stroke->count++] = key;
            return true;
        }
    }
    return false;
}

int find_strokes(const struct find_keyboard *keyboard, const char *text, struct stroke *ret_strokes,
                 size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    struct table table;

    table_fill(&table, keyboard);
    for (*ret_count = 0; *text; ++*ret_count) {
        uint32_t character = text_next(&text);
        if (table_find(&table, keyboard, character == '\n' ? '\r' : character,
                       &ret_strokes[*ret_count]))
            continue;
        snprintf(ret_why, MESSAGE_REASON_ROOM, "the keyboard layout there has no key for it");
        return -ENOENT;
    }
    return 0;
}
