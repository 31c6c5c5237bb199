#include "server/input/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/input/monitor.h"
#include "server/input/rules.h"

#define NODES_MAX 256

struct list {
    struct monitor_node *nodes[NODES_MAX];
    size_t count;
    const struct keyset *sent;
};

static void on_there(void *context, const struct monitor_node *node)
{
    struct list *list = context;
    struct monitor_node *copy = list->count < NODES_MAX ? malloc(sizeof *copy) : NULL;
    if (!copy)
        return;
    *copy = *node;
    copy->capabilities.sent = list->sent;
    list->nodes[list->count++] = copy;
}

static enum verdict verdict_of(const struct list *list, const struct monitor_node *node,
                               const struct config_section *rules)
{
    struct surroundings around = {0};
    for (size_t i = 0; i < list->count; i++) {
        const struct monitor_node *other = list->nodes[i];
        if (strcmp(other->physical, node->physical) != 0)
            continue;
        enum rule rule = rules_find(rules, other);
        around.excluded |= rule == RULE_EXCLUDE;
        around.included |= rule == RULE_INCLUDE;
        around.taken_beside |= other != node && verdict_is_taken(verdict_alone(&other->capabilities,
                                                                               other->is_virtual));
    }
    if (node->is_virtual && name_is_ours(node->name))
        around.included = false;
    return verdict_among(&node->capabilities, node->is_virtual, &around);
}

int list_print(const struct config_section *rules, const struct keyset *sent, FILE *out)
{
    struct list list = {.sent = sent};
    static const struct monitor_handlers handlers = {.there = on_there};
    int result = monitor_list(&handlers, &list);
    for (size_t i = 0; i < list.count; i++) {
        const struct monitor_node *node = list.nodes[i];
        enum verdict verdict = verdict_of(&list, node, rules);
        fprintf(out, "%-20s %-9s  %s  (%s)\n", node->path,
                verdict_is_taken(verdict) ? "taken" : "not taken", node->name,
                verdict_text(verdict));
    }
    if (result == 0 && list.count == 0)
        fputs("no input devices\n", out);
    for (size_t i = 0; i < list.count; i++)
        free(list.nodes[i]);
    return result;
}
