#include "server/viewer/switcher_words.h"

#include <stdio.h>
#include <string.h>

#include "common/times.h"
#include "server/viewer/colors.h"

/* --- tiles --- */

static void make_local(const struct status *status, struct mosaic_tile *ret_tile)
{
    const bool is_active = status->active == 0;
    *ret_tile = (struct mosaic_tile){.color = colors_of_number(0),
                                     .mood = is_active ? MOSAIC_ACTIVE : MOSAIC_GOOD,
                                     .name = "local",
                                     .why = "this computer"};
    if (is_active)
        strcpy(ret_tile->state, "active");
}

static void stand_back(struct mosaic_tile *tile)
{
    tile->state[0] = tile->why[0] = '\0';
    tile->hides_picture = tile->stands_back = true;
    tile->mood = MOSAIC_CALM;
}

void switcher_words_tile(const struct grid_facts *facts, uint64_t now_us,
                         struct mosaic_tile *ret_tile)
{
    const struct status_choosing *choosing = &facts->status->choosing;
    if (facts->entry->number == 0)
        make_local(facts->status, ret_tile);
    else
        grid_words_make(facts, now_us, ret_tile);
    if (ret_tile->mood == MOSAIC_GOOD)
        ret_tile->state[0] = '\0'; /* its dot says so; the other states are to be found */
    ret_tile->is_selected = choosing->selected == facts->entry->number;
    if (!status_fits(choosing, facts->entry->number))
        stand_back(ret_tile);
}

/* --- the line --- */

static bool is_refused(const struct status *status, uint64_t now_us)
{
    const struct status_news *refused = &status->refused;
    return refused->at_us != 0 && refused->at_us >= status->choosing.since_us &&
           now_us < refused->at_us + time_us(TIME_NOTICE);
}

void switcher_words_line(const struct status *status, uint64_t now_us,
                         struct switcher_line *ret_line)
{
    const struct status_choosing *choosing = &status->choosing;
    char *text = ret_line->text, selected[STATUS_NAME_ROOM + 16];
    snprintf(selected, sizeof selected, "Enter: %u %.64s", choosing->selected,
             osd_words_name(status, choosing->selected));
    *ret_line = (struct switcher_line){.is_warning = is_refused(status, now_us)};
    snprintf(ret_line->typed, sizeof ret_line->typed, "%s", choosing->typed);
    if (ret_line->is_warning)
        snprintf(text, OSD_TEXT_ROOM, "not switched to %s: %s", status->refused.name,
                 status->refused.why);
    else if (*choosing->typed)
        snprintf(text, OSD_TEXT_ROOM, "%zu of %d · %s", choosing->fitting_count,
                 status->target_count + 1, selected);
    else
        snprintf(text, OSD_TEXT_ROOM, "%s · or a number, a part of a name, arrows · Escape",
                 selected);
}

uint64_t switcher_words_deadline_us(const struct status *status, uint64_t now_us)
{
    return is_refused(status, now_us) ? status->refused.at_us + time_us(TIME_NOTICE) : UINT64_MAX;
}
