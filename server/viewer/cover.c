#include "server/viewer/cover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "server/viewer/fullscreen.h"

#define LOG_MODULE "screen"

int cover_init(struct cover *cover, SDL_Window *window, const struct choice_wish *wish)
{
    *cover = (struct cover){.wish = *wish, .monitors = monitors_open(window)};
    return cover->monitors ? 0 : -ENOMEM;
}

void cover_finish(struct cover *cover)
{
    if (cover->monitors)
        cover->monitors = monitors_close(cover->monitors);
}

int cover_fd(const struct cover *cover)
{
    return monitors_fd(cover->monitors);
}

/* Each time that it becomes another thing. */
static void tell_missing(struct cover *cover, const struct monitor *instead)
{
    const char *name = cover->wish.name, *where = instead ? instead->name : "";
    bool is_missing = *name && strcmp(name, where) != 0;
    if (is_missing && (!cover->is_missing || strcmp(cover->instead, where) != 0))
        log_warning("monitor %s is not there: %s%s", name,
                    instead ? "the picture is shown on " : "nothing is shown until it is", where);
    else if (!is_missing && cover->is_missing)
        log_info("monitor %s is there", name);
    cover->is_missing = is_missing;
    snprintf(cover->instead, sizeof cover->instead, "%s", where);
}

static const struct monitor *choose(struct cover *cover)
{
    int32_t pointer_px[2];
    bool knows_pointer = monitors_pointer(cover->monitors, pointer_px);
    return choice_make(&cover->list, &cover->wish, knows_pointer ? pointer_px : NULL);
}

/* The one that is covered, unless it is gone, or the wished one came. */
static const struct monitor *keep(struct cover *cover)
{
    const struct monitor *wished = choice_find(&cover->list, cover->wish.name);
    const struct monitor *same = choice_find(&cover->list, cover->place.name);
    return wished ? wished : same && !cover->wish.is_strict ? same : choose(cover);
}

static bool is_same(const struct monitor *a, const struct monitor *b)
{
    return a->x_px == b->x_px && a->y_px == b->y_px && a->width_px == b->width_px &&
           a->height_px == b->height_px;
}

static void move(struct cover *cover, const struct monitor *to)
{
    tell_missing(cover, to);
    cover->is_placed = cover->is_placed && to && is_same(to, &cover->place);
    cover->has_place = to != NULL;
    if (to)
        cover->place = *to;
}

static void read_list(struct cover *cover)
{
    struct monitor_list list;
    monitors_list(cover->monitors, &list);
    if (memcmp(&list, &cover->list, sizeof list) == 0)
        return;
    cover->list = list;
    for (size_t i = 0; i < list.count; i++)
        log_debug("monitor %s: %dx%d at %d, %d", list.monitors[i].name, list.monitors[i].width_px,
                  list.monitors[i].height_px, list.monitors[i].x_px, list.monitors[i].y_px);
    if (list.count > 0 || cover->wish.is_strict) /* none at all: all are off, for a while */
        move(cover, keep(cover));
}

/* Events may come with the answers, too. */
void cover_turn(struct cover *cover, bool has_changed)
{
    bool has_news = has_changed || !cover->has_asked;
    cover->has_asked = true;
    while (monitors_turn(cover->monitors) || has_news) {
        has_news = false;
        read_list(cover);
    }
}

bool cover_has_place(const struct cover *cover)
{
    return cover->has_place || !cover->wish.is_strict;
}

void cover_place(struct cover *cover, SDL_Window *window, bool is_shown)
{
    if (!is_shown) {
        cover->is_placed = false;
        move(cover, choose(cover));
    }
    if (cover->is_placed || !cover->has_place)
        return;
    cover->is_placed = true;
    fullscreen_set(window, &cover->place, is_shown);
}
