/*
 * A window that covers one monitor: which one, and what happens when that goes, comes or becomes
 * another size.
 */
#pragma once

#include <SDL_video.h>
#include <stdbool.h>

#include "server/viewer/choice.h"
#include "server/viewer/monitors.h"

struct cover {
    struct monitors *monitors;
    struct choice_wish wish; /* its texts are borrowed */
    struct monitor_list list;
    struct monitor place;            /* the one that is covered */
    bool has_place;                  /* there is one */
    bool is_placed;                  /* the window is there */
    bool has_asked;                  /* `list` was read */
    bool is_missing;                 /* the wished one, as was told, */
    char instead[MONITOR_NAME_ROOM]; /* and that this one takes its place */
};

/* `window`: as for monitors_open. 0 or -ENOMEM. */
int cover_init(struct cover *cover, SDL_Window *window, const struct choice_wish *wish);
void cover_finish(struct cover *cover);

int cover_fd(const struct cover *cover); /* -1: none */
/* Reads what came. SDL's events of displays: `has_changed`. */
void cover_turn(struct cover *cover, bool has_changed);
/* A strict one whose monitor is not there has no place. */
bool cover_has_place(const struct cover *cover);
/* Puts a window on the monitor, over all of it; before it is shown, and again at each turn while it
 * is: a monitor that was chosen stays chosen until it goes. */
void cover_place(struct cover *cover, SDL_Window *window, bool is_shown);
