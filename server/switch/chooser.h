/*
 * Choosing among all targets on the screen: which ones fit what was typed, which one is selected,
 * and when one is chosen. Pure: keys in, a selection out; who draws it and who switches is another.
 *
 * Digits are a number: chosen at once when no longer number begins with them. Letters are a part of
 * a name. Arrows, and a mouse by its counts, go among those that fit; Enter or the left button
 * takes the selected one, Escape none. Codes are keys: what is on them tells the console's layout,
 * or a US keyboard's where it has nothing that a name may have. The upper row's digits count in any
 * layout.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"
#include "protocol/report.h"

#define CHOOSER_CHOICES_MAX (REGISTRY_TARGETS_MAX + 1)
#define CHOOSER_NAME_ROOM   33
#define CHOOSER_TYPED_ROOM  33

#define CHOOSER_KEYS 128 /* codes below it have characters */

/* Of each key, one that a name may have; 0: as on a US keyboard. */
struct chooser_layout {
    char characters[CHOOSER_KEYS];
};

struct chooser_choice {
    uint16_t number;
    char name[CHOOSER_NAME_ROOM];
    bool fits; /* what was typed */
};

enum chooser_verdict { CHOOSER_GOES_ON, CHOOSER_CHOSEN, CHOOSER_LEFT };

struct chooser {
    struct chooser_choice choices[CHOOSER_CHOICES_MAX];
    size_t count, selected; /* index; one that fits */
    size_t columns;         /* in which they are shown: what is above and below */
    char typed[CHOOSER_TYPED_ROOM];
    const struct chooser_layout *layout; /* borrowed; NULL: US */
    bool is_shifted;
    int32_t moved_x, moved_y; /* counts since the last step */
};

void chooser_init(struct chooser *chooser);
/* In the order in which they are shown. */
void chooser_add(struct chooser *chooser, uint16_t number, const char *name);
void chooser_select(struct chooser *chooser, uint16_t number);
/* Keys of a report that went down. True in *ret_changed: it is to be drawn anew. */
enum chooser_verdict chooser_report(struct chooser *chooser, const struct report *report,
                                    bool *ret_changed);
uint16_t chooser_number(const struct chooser *chooser); /* of the selected one */
