#include "server/viewer/grid_words.h"

#include <stdio.h>
#include <string.h>

#include "protocol/cursor.h"
#include "server/viewer/colors.h"
#include "server/viewer/osd_words.h"

static const char NO_SERVER[] = "hotdesk-server does not answer: trying again";

static void set_why(struct mosaic_tile *tile, const char *why)
{
    text_make_clean(why, tile->why, sizeof tile->why);
    tile->hides_picture = *why != '\0';
}

/* "offline since 14:32: no answer for 3 s"; one that only takes no input has a picture. */
static void say_state(const struct status_target *target, const struct grid_facts *facts,
                      uint64_t now_us, struct mosaic_tile *tile)
{
    char since[OSD_TEXT_ROOM], why[2 * OSD_TEXT_ROOM];
    osd_words_since(target, now_us, facts->wall_s, since);
    snprintf(why, sizeof why, "%s%s%s", since, *target->reason ? ": " : "", target->reason);
    tile->mood = MOSAIC_WARNING;
    snprintf(tile->state, sizeof tile->state, "%s", target->state);
    if (strcmp(target->state, "not ready") != 0 || *facts->no_picture)
        set_why(tile, why);
}

static void say_ready(const struct status_target *target, const struct grid_facts *facts,
                      struct mosaic_tile *tile)
{
    bool is_active = target->number == facts->status->active;
    tile->mood = is_active ? MOSAIC_ACTIVE : *facts->no_picture ? MOSAIC_CALM : MOSAIC_GOOD;
    snprintf(tile->state, sizeof tile->state, "%s", is_active ? "active" : target->state);
    set_why(tile, facts->no_picture);
}

void grid_words_make(const struct grid_facts *facts, uint64_t now_us, struct mosaic_tile *ret_tile)
{
    const struct roster_entry *entry = facts->entry;
    const struct status_target *target = status_find(facts->status, entry->number);
    *ret_tile = (struct mosaic_tile){.number = entry->number};
    snprintf(ret_tile->name, sizeof ret_tile->name, "%s", entry->name);
    ret_tile->color = colors_of_target(facts->colors, entry->name, entry->number);
    if (!facts->status->is_known)
        set_why(ret_tile, NO_SERVER);
    else if (!target)
        set_why(ret_tile, "there is no target of this name any more");
    else if (!target->ready)
        say_state(target, facts, now_us, ret_tile);
    else
        say_ready(target, facts, ret_tile);
    if (target && !facts->has_room)
        set_why(ret_tile, "no picture: too many at once");
}

void grid_words_make_empty(const struct status *status, const char *set,
                           struct mosaic_tile *ret_tile)
{
    *ret_tile = (struct mosaic_tile){.name = "hotdesk"};
    if (!status->is_known)
        set_why(ret_tile, NO_SERVER);
    else if (set)
        set_why(ret_tile, "no target has a name of this set");
    else
        set_why(ret_tile, "no targets yet: 'hotdesk pair' or 'hotdesk add' brings one");
}
