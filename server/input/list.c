#include "server/input/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/input/monitor.h"

#define NODES_MAX 256

struct list {
    struct monitor_node *nodes[NODES_MAX];
    size_t count;
};

static void on_there(void *context, const struct monitor_node *node)
{
    struct list *list = context;
    struct monitor_node *copy = list->count < NODES_MAX ? malloc(sizeof *copy) : NULL;
    if (!copy)
        return;
    *copy = *node;
    list->nodes[list->count++] = copy;
}

static enum verdict alone(const struct monitor_node *node)
{
    return verdict_alone(&node->capabilities, node->is_virtual);
}

static enum verdict verdict_of(const struct list *list, const struct monitor_node *node)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->nodes[i] != node && verdict_is_taken(alone(list->nodes[i])) &&
            strcmp(list->nodes[i]->physical, node->physical) == 0)
            return verdict_beside_taken(alone(node), &node->capabilities);
    return alone(node);
}

int list_print(FILE *out)
{
    struct list list = {0};
    static const struct monitor_handlers handlers = {.there = on_there};
    int result = monitor_list(&handlers, &list);
    for (size_t i = 0; i < list.count; i++) {
        const struct monitor_node *node = list.nodes[i];
        enum verdict verdict = verdict_of(&list, node);
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
