#include "server/viewer/osd_layout.h"

#include <stdio.h>
#include <string.h>

#include "server/viewer/density.h"

#define LETTER_MIN_PX 13 /* these two at the usual scale */
#define LETTER_MAX_PX 120
#define NUMBER_ROOM   8

struct desk {
    const struct osd_metrics *metrics;
    struct osd_layout *layout;
    uint32_t letter_px;     /* of text: everything else is measured by it */
    uint32_t room_px;       /* for a line */
    uint32_t widest_px;     /* of the lines so far */
    int32_t left_px, at_px; /* where the next line begins */
    int32_t bottom_px;      /* of the last */
};

uint32_t osd_layout_letter_px(enum osd_style style, const struct osd_window *window)
{
    /* A tall window is narrow before it is small. */
    uint32_t by_width_px = window->width_px * 2 / 3;
    uint32_t side_px = window->height_px < by_width_px ? window->height_px : by_width_px;
    uint32_t letter_px = side_px * 22 / 1000;
    uint32_t least_px = density_scaled_px(LETTER_MIN_PX, window->scale_percent);
    uint32_t most_px = density_scaled_px(LETTER_MAX_PX, window->scale_percent);
    letter_px = letter_px < least_px ? least_px : letter_px;
    letter_px = letter_px > most_px ? most_px : letter_px;
    return style == OSD_TITLE ? letter_px * 9 / 5 : letter_px;
}

/* --- one line --- */

static uint32_t width_px(const struct desk *desk, enum osd_style style, const char *text,
                         size_t size_bytes)
{
    return osd_text_width_px(desk->metrics, style, text, size_bytes);
}

static void add_piece(struct desk *desk, enum osd_style style, const char *text, size_t size_bytes)
{
    struct osd_piece *piece = &desk->layout->pieces[desk->layout->piece_count++];
    *piece = (struct osd_piece){.style = style, .x_px = desk->left_px, .y_px = desk->at_px};
    memcpy(piece->text, text, size_bytes);
    piece->text[size_bytes] = '\0';
    osd_text_cut(desk->metrics, style, desk->room_px, piece->text);
    uint32_t wide_px = width_px(desk, style, piece->text, strlen(piece->text));
    desk->widest_px = wide_px > desk->widest_px ? wide_px : desk->widest_px;
    desk->at_px += (int32_t)desk->metrics->line_px[style];
    desk->bottom_px = desk->at_px;
    if (style == OSD_TITLE)
        desk->at_px += (int32_t)desk->letter_px / 4;
}

static void add_line(struct desk *desk, const struct osd_line *line)
{
    const char *text = line->text;
    unsigned lines_max = line->style == OSD_TITLE ? 1 : OSD_WRAPPED_MAX;
    for (unsigned i = 1; *text && i <= lines_max; i++) {
        size_t size_bytes = i == lines_max
                                ? strlen(text)
                                : osd_text_fitting(desk->metrics, line->style, desk->room_px, text);
        add_piece(desk, line->style, text, size_bytes);
        text += size_bytes;
        text += strspn(text, " ");
    }
}

/* --- the panel --- */

static int32_t centred(uint32_t size_px, uint32_t room_px)
{
    return ((int32_t)room_px - (int32_t)size_px) / 2;
}

/* A field as high as the name beside it. */
static void place_number(struct desk *desk, const char *number, int32_t margin_px)
{
    uint32_t high_px = desk->metrics->line_px[OSD_TITLE];
    uint32_t wide_px = width_px(desk, OSD_TITLE, number, strlen(number)) + desk->letter_px * 4 / 5;
    desk->layout->number = (struct osd_rectangle){
        .x_px = margin_px + (int32_t)desk->layout->stripe_px,
        .y_px = margin_px,
        .width_px = wide_px < high_px ? high_px : wide_px,
        .height_px = high_px,
    };
    desk->left_px += (int32_t)(desk->layout->number.width_px + desk->letter_px * 3 / 4);
}

static void add_number(struct desk *desk, const char *number)
{
    const struct osd_rectangle *field = &desk->layout->number;
    struct osd_piece *piece = &desk->layout->pieces[desk->layout->piece_count++];
    *piece = (struct osd_piece){.style = OSD_TITLE, .y_px = field->y_px};
    strcpy(piece->text, number);
    piece->x_px =
        field->x_px + centred(width_px(desk, OSD_TITLE, number, strlen(number)), field->width_px);
}

static void place_panel(struct osd_rectangle *panel, enum osd_place place,
                        const struct osd_window *window)
{
    int32_t from_edge_px = (int32_t)(window->height_px * 5 / 100);
    int32_t lowest_px = (int32_t)window->height_px - (int32_t)panel->height_px;
    panel->x_px = centred(panel->width_px, window->width_px);
    panel->y_px = from_edge_px;
    if (place == OSD_STATE)
        panel->y_px = lowest_px / 2;
    else if (place == OSD_LINK)
        panel->y_px = lowest_px - from_edge_px;
    else if (place == OSD_STATS)
        panel->x_px = (int32_t)window->width_px - (int32_t)panel->width_px - from_edge_px;
    if (panel->y_px < 0)
        panel->y_px = 0;
}

void osd_layout_make(const struct osd_panel *panel, enum osd_place place,
                     const struct osd_metrics *metrics, const struct osd_window *window,
                     struct osd_layout *ret_layout)
{
    uint32_t letter_px = osd_layout_letter_px(OSD_TEXT, window);
    int32_t margin_px = (int32_t)(letter_px * 9 / 10);
    struct desk desk = {.metrics = metrics, .layout = ret_layout, .letter_px = letter_px};
    char number[NUMBER_ROOM];
    memset(ret_layout, 0, sizeof *ret_layout);
    ret_layout->corner_px = letter_px / 2;
    ret_layout->line_px = letter_px / 16 + 1;
    ret_layout->stripe_px = letter_px / 3;
    desk.left_px = margin_px + (int32_t)ret_layout->stripe_px;
    desk.at_px = margin_px;
    snprintf(number, sizeof number, "%u", panel->number);
    if (panel->has_number)
        place_number(&desk, number, margin_px);
    int32_t room_px = (int32_t)(window->width_px * 9 / 10) - desk.left_px - margin_px;
    desk.room_px = room_px > 0 ? (uint32_t)room_px : 0;
    for (size_t i = 0; i < panel->line_count; i++)
        add_line(&desk, &panel->lines[i]);
    if (panel->has_number)
        add_number(&desk, number);
    ret_layout->panel.width_px = (uint32_t)(desk.left_px + margin_px) + desk.widest_px;
    ret_layout->panel.height_px = (uint32_t)(desk.bottom_px + margin_px);
    place_panel(&ret_layout->panel, place, window);
}
