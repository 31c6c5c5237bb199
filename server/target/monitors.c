#include "server/target/monitors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct message_monitor *find(const struct message_geometry *geometry, const char *name)
{
    for (uint8_t i = 0; i < geometry->monitor_count; i++)
        if (strcmp(geometry->monitors[i].name, name) == 0)
            return &geometry->monitors[i];
    return NULL;
}

/* "" comes behind the last, and after one that is gone. */
static const char *next_name(const struct message_geometry *geometry, const char *shown)
{
    const struct message_monitor *now = find(geometry, shown);
    size_t next = now ? (size_t)(now - geometry->monitors) + 1 : 0;
    if (*shown && !now)
        return "";
    return next < geometry->monitor_count ? geometry->monitors[next].name : "";
}

int monitors_choose(const struct agent_view *view, const char *word,
                    char ret_name[MESSAGE_NAME_ROOM], char ret_why[MONITORS_WHY_ROOM])
{
    const char *name = word;
    if (!view || !view->can_monitor) {
        snprintf(ret_why, MONITORS_WHY_ROOM, "%s",
                 view ? "its agent is of a version that shows what its agent.conf says"
                      : "its agent is not connected");
        return -EOPNOTSUPP;
    }
    if (strcmp(word, "next") == 0 && view->geometry.monitor_count < 2 && !*view->shown) {
        snprintf(ret_why, MONITORS_WHY_ROOM, "it has no second monitor");
        return -ENOENT;
    }
    if (strcmp(word, "next") == 0)
        name = next_name(&view->geometry, view->shown);
    else if (strcmp(word, "all") == 0)
        name = "";
    if (*name && !find(&view->geometry, name)) {
        snprintf(ret_why, MONITORS_WHY_ROOM, "it has no monitor %.64s", word);
        return -ENOENT;
    }
    snprintf(ret_name, MESSAGE_NAME_ROOM, "%s", name);
    return 0;
}
