#include "server/viewer/choice.h"

#include <string.h>

const struct monitor *choice_find(const struct monitor_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->monitors[i].name, name) == 0)
            return &list->monitors[i];
    return NULL;
}

static bool is_taken(const struct monitor *monitor, const struct config_section *taken)
{
    for (size_t i = 0; taken && i < taken->count; i++)
        if (strcmp(taken->entries[i].key, monitor->name) == 0)
            return true;
    return false;
}

static bool has_point(const struct monitor *monitor, const int32_t point_px[2])
{
    return point_px[0] >= monitor->x_px && point_px[0] < monitor->x_px + monitor->width_px &&
           point_px[1] >= monitor->y_px && point_px[1] < monitor->y_px + monitor->height_px;
}

/* The higher the better. */
static int worth(const struct monitor *monitor, const struct config_section *taken,
                 const int32_t pointer_px[2])
{
    return (is_taken(monitor, taken) ? 0 : 4) +
           (pointer_px && has_point(monitor, pointer_px) ? 2 : 0) + (monitor->is_primary ? 1 : 0);
}

const struct monitor *choice_make(const struct monitor_list *list, const struct choice_wish *wish,
                                  const int32_t pointer_px[2])
{
    const struct monitor *best = *wish->name ? choice_find(list, wish->name) : NULL;
    int best_worth = -1;
    if (best || wish->is_strict)
        return best;
    for (size_t i = 0; i < list->count; i++) {
        int its_worth = worth(&list->monitors[i], wish->taken, pointer_px);
        if (its_worth > best_worth) {
            best = &list->monitors[i];
            best_worth = its_worth;
        }
    }
    return best;
}
