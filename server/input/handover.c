#include "server/input/handover.h"

#include <linux/input-event-codes.h>
#include <unistd.h>

#include "common/keyset.h"
#include "server/input/node.h"

#define PAUSE_KEYS 20   /* a reader's queue holds 64 events */
#define PAUSE_US   1000 /* in which the desktop reads them */

void handover_add(struct handover *handover, uint16_t code, bool down)
{
    if (handover->count < HANDOVER_KEYS_MAX)
        handover->keys[handover->count++] = (struct grab_key){.code = code, .down = down};
}

void handover_add_report(struct handover *handover, const struct report *report)
{
    for (uint8_t i = 0; i < report->event_count; i++)
        if (report->events[i].type == EV_KEY)
            handover_add(handover, report->events[i].code, report->events[i].value != 0);
}

/* All is typed at the keyboard that the hand is at, as far as it has the keys: the desktop reads
 * two devices in any order. */
static bool is_better(const struct node *node, const struct node *than)
{
    return node->key_us != than->key_us ? node->key_us > than->key_us
                                        : node->verdict < than->verdict;
}

struct node *handover_node(struct node *nodes, uint16_t code)
{
    struct node *best = NULL;
    for (struct node *node = nodes; node; node = node->next) {
        if (!node->evdev || node->silent || node->verdict == VERDICT_BUSY)
            continue;
        if (keyset_has(&node->down, code))
            return node;
        if (evdev_has_key(node->evdev, code) && (!best || is_better(node, best)))
            best = node;
    }
    return best;
}

/* Keys that are down for the kernel at the nodes that are ours now. */
static void keys_down(struct node *nodes, struct keyset *ret_down)
{
    keyset_clear(ret_down);
    for (struct node *node = nodes; node; node = node->next) {
        struct keyset down;
        if (!node->evdev || node->silent || node->grabbed || node_keys_down(node, &down) < 0)
            continue;
        for (size_t i = 0; i < KEYSET_WORDS; i++)
            ret_down->words[i] |= down.words[i];
    }
}

void handover_write(struct handover *handover, struct node *nodes)
{
    struct keyset down, held = {0};
    if (handover->written == handover->count)
        return;
    keys_down(nodes, &down);
    struct keyset physical = down;
    for (; handover->written < handover->count; handover->written++) {
        const struct grab_key *key = &handover->keys[handover->written];
        struct node *node = handover_node(nodes, key->code);
        if (!node)
            continue;
        if (handover->written % PAUSE_KEYS == PAUSE_KEYS - 1)
            usleep(PAUSE_US);
        /* Down for the kernel already, but never seen by the desktop: up, then down. */
        node_type(node, key->code, key->down, key->down && keyset_has(&down, key->code));
        if (key->down) {
            keyset_add(&down, key->code);
            keyset_add(&held, key->code);
        } else {
            keyset_remove(&down, key->code);
            keyset_remove(&held, key->code);
        }
    }
    for (uint16_t code = keyset_next(&held, 0); code < KEY_CNT; code = keyset_next(&held, code + 1))
        if (!keyset_has(&physical, code)) /* it came up while the grab was ending */
            node_type(handover_node(nodes, code), code, false, false);
}
