/*
 * What a window of the viewer shows: follows a target, or whichever is active, and draws its
 * picture and pointer. The same for all kinds of window.
 */
#pragma once

#include <SDL_mouse.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/viewer/canvas.h"
#include "server/viewer/follower.h"
#include "server/viewer/osd.h"

enum view_pointer {
    VIEW_POINTER_DRAWN, /* where the server says that it is */
    VIEW_POINTER_OURS,  /* the window's own pointer, in the target's shape: at once where it is */
};

struct view {
    struct follower follower;
    struct canvas *canvas;
    enum view_pointer pointer;
    SDL_Cursor *shape;          /* NULL: the desktop's own */
    uint32_t shape_percent;     /* that it was made with */
    char text[FRAME_TEXT_ROOM]; /* why there is no picture; "": there is one, or nothing to show */
    bool cursor_is_due;         /* the picture was being written when its shape was asked for */
    bool retries;               /* the picture was being written when it was to be painted */
};

/* `window` (as canvas_create's) and `target` are borrowed. 0 or -ENOMEM. */
int view_init(struct view *view, struct framebuffer *window, const char *target,
              enum fit_scale scale, enum view_pointer pointer);
void view_finish(struct view *view);

void view_tick(struct view *view, uint64_t now_us);
void view_receive(struct view *view, uint64_t now_us);
/* Paints what is new; call it after all events that are there. */
void view_paint(struct view *view);
uint64_t view_deadline_us(const struct view *view, uint64_t now_us); /* UINT64_MAX: none */
int view_fd(const struct view *view);                                /* -1: none */

/* Puts the on-screen display up, or takes it away; the facts that a view knows are filled in. */
void view_show_osd(struct view *view, struct osd *osd, struct osd_facts *facts, uint64_t now_us);
/* Of the target that is shown; 0: none. */
uint16_t view_number(const struct view *view);
