/*
 * Where a panel of the on-screen display lies in a window, how large it is, and where its texts
 * stand: wrapped, and cut with an ellipsis where they have no room. Pure; letters are measured by
 * a callback.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "server/viewer/osd_text.h"
#include "server/viewer/osd_words.h"

#define OSD_WRAPPED_MAX 3 /* lines of one text */
#define OSD_PIECES_MAX  (OSD_LINES_MAX * OSD_WRAPPED_MAX + 1)

struct osd_rectangle {
    int32_t x_px, y_px;
    uint32_t width_px, height_px;
};

/* A text in one line. */
struct osd_piece {
    enum osd_style style;
    int32_t x_px, y_px; /* of its left top corner, in the panel */
    char text[OSD_TEXT_ROOM];
};

struct osd_layout {
    struct osd_rectangle panel;  /* in the window */
    struct osd_rectangle number; /* the field behind the number, in the panel; width 0: none */
    uint32_t corner_px;          /* radius */
    uint32_t line_px;            /* thickness of the panel's outline */
    uint32_t stripe_px;          /* of its left edge, in the target's colour */
    size_t piece_count;
    struct osd_piece pieces[OSD_PIECES_MAX]; /* the number, if there is one, is the last */
};

/* What letters are measured by. */
struct osd_window {
    uint32_t width_px, height_px;
    uint32_t scale_percent; /* of density.h: nothing is smaller than can be read */
};

/* The size of letters for a window. */
uint32_t osd_layout_letter_px(enum osd_style style, const struct osd_window *window);
void osd_layout_make(const struct osd_panel *panel, enum osd_place place,
                     const struct osd_metrics *metrics, const struct osd_window *window,
                     struct osd_layout *ret_layout);
