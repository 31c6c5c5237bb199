#include "server/viewer/mosaic_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/viewer/colors.h"
#include "server/viewer/ink.h"
#include "server/viewer/picture.h"

#define CAPTION_COLOR 0x2a3038u
#define NAME_COLOR    0xffffffu
#define STATE_COLOR   0xb6bec9u
#define BACK_COLOR    0x17191cu /* of one that stands back, */
#define DIM_COLOR     0x6b7280u /* and its words */
#define WHY_COLOR     0xa3acb8u
#define WHY_LINES_MAX 3

static const uint32_t MOOD_COLORS[] = {
    [MOSAIC_CALM] = 0x94a3b8u,
    [MOSAIC_GOOD] = 0x4ade80u,
    [MOSAIC_ACTIVE] = 0xffffffu,
    [MOSAIC_WARNING] = 0xfbbf24u,
};

/* A caption that is being painted, from both ends towards the middle. */
struct caption {
    struct osd_paint *paint;
    struct osd_metrics metrics;
    const struct mosaic_tile *tile;
    uint32_t letter_px;
    uint32_t color; /* of its field */
    struct overlay_image image;
    uint32_t *pixels;
    uint32_t left_px, right_px; /* what is still free */
};

static uint32_t width_px(const struct caption *caption, enum osd_style style, const char *text)
{
    return osd_text_width_px(&caption->metrics, style, text, strlen(text));
}

static int paint_at(const struct caption *caption, enum osd_style style, const char *text,
                    uint32_t x_px, uint32_t color)
{
    struct osd_piece piece = {.style = style, .x_px = (int32_t)x_px};
    uint32_t line_px = caption->metrics.line_px[style], high_px = caption->image.height_px;
    snprintf(piece.text, sizeof piece.text, "%s", text);
    piece.y_px = high_px > line_px ? (int32_t)(high_px - line_px) / 2 : 0;
    return osd_paint_text(caption->paint, &piece, color, &caption->image, caption->pixels);
}

static int paint_number(struct caption *caption)
{
    char text[8];
    bool stands_back = caption->tile->stands_back;
    uint32_t color = stands_back ? caption->color : caption->tile->color;
    snprintf(text, sizeof text, "%u", caption->tile->number);
    uint32_t text_px = width_px(caption, OSD_TITLE, text);
    uint32_t field_px = text_px + caption->letter_px;
    if (field_px > caption->image.width_px)
        return 0;
    struct osd_rectangle field = {.width_px = field_px, .height_px = caption->image.height_px};
    ink_fill(caption->pixels, caption->image.width_px, &field, 0, color, 255, UINT32_MAX);
    caption->left_px = field_px + caption->letter_px / 2;
    return paint_at(caption, OSD_TITLE, text, (field_px - text_px) / 2,
                    stands_back ? DIM_COLOR : colors_ink_on(color));
}

static bool is_active(const struct caption *caption)
{
    return caption->tile->mood == MOSAIC_ACTIVE;
}

static void paint_dot(struct caption *caption)
{
    uint32_t side_px = caption->letter_px * 2 / 3, high_px = caption->image.height_px;
    uint32_t color =
        is_active(caption) ? colors_ink_on(caption->color) : MOOD_COLORS[caption->tile->mood];
    if (caption->right_px < caption->left_px + side_px || high_px < side_px ||
        caption->tile->stands_back)
        return;
    struct osd_rectangle dot = {.x_px = (int32_t)(caption->right_px - side_px),
                                .y_px = (int32_t)(high_px - side_px) / 2,
                                .width_px = side_px,
                                .height_px = side_px};
    ink_fill(caption->pixels, caption->image.width_px, &dot, side_px / 2, color, 255, UINT32_MAX);
    caption->right_px -= side_px;
}

/* The whole name comes first. */
static int paint_state(struct caption *caption)
{
    const struct mosaic_tile *tile = caption->tile;
    uint32_t wide_px = width_px(caption, OSD_TEXT, tile->state);
    uint32_t name_px = width_px(caption, OSD_TITLE, tile->name);
    uint32_t color = is_active(caption) ? colors_ink_on(caption->color) : STATE_COLOR;
    int error = 0;
    if (wide_px > 0 &&
        caption->left_px + name_px + wide_px + caption->letter_px * 2 <= caption->right_px) {
        caption->right_px -= wide_px;
        error = paint_at(caption, OSD_TEXT, tile->state, caption->right_px, color);
        caption->right_px -= caption->letter_px / 3;
    }
    paint_dot(caption);
    return error;
}

static int paint_name(const struct caption *caption)
{
    char name[OSD_TEXT_ROOM];
    uint32_t end_px = caption->right_px - caption->letter_px / 3;
    uint32_t color = caption->tile->stands_back ? DIM_COLOR
                     : is_active(caption)       ? colors_ink_on(caption->color)
                                                : NAME_COLOR;
    if (caption->right_px < caption->left_px + caption->letter_px)
        return 0;
    snprintf(name, sizeof name, "%s", caption->tile->name);
    osd_text_cut(&caption->metrics, OSD_TITLE, end_px - caption->left_px, name);
    return paint_at(caption, OSD_TITLE, name, caption->left_px, color);
}

static int set_letters(struct osd_paint *paint, uint32_t letter_px)
{
    return osd_paint_set_letters(
        paint, (const uint32_t[OSD_STYLES]){[OSD_TITLE] = letter_px, [OSD_TEXT] = letter_px});
}

/* Of one colour; NULL: no memory. */
static uint32_t *make_field(uint32_t width_px, uint32_t height_px, uint32_t color)
{
    uint32_t *pixels = malloc((size_t)width_px * height_px * sizeof *pixels);
    for (size_t i = 0; pixels && i < (size_t)width_px * height_px; i++)
        pixels[i] = color | 0xff000000u;
    return pixels;
}

int mosaic_words_caption(struct osd_paint *paint, const struct mosaic_tile *tile,
                         uint32_t letter_px, uint32_t width_px, uint32_t height_px,
                         struct overlay_image *ret_image)
{
    struct caption caption = {.paint = paint,
                              .tile = tile,
                              .letter_px = letter_px,
                              .image = {NULL, width_px, height_px},
                              .right_px = width_px > letter_px / 2 ? width_px - letter_px / 2 : 0};
    int error = set_letters(paint, letter_px);
    if (error < 0)
        return error;
    caption.color = tile->stands_back             ? BACK_COLOR
                    : tile->mood == MOSAIC_ACTIVE ? tile->color
                                                  : CAPTION_COLOR;
    caption.metrics = osd_paint_metrics(paint);
    caption.pixels = make_field(width_px, height_px, caption.color);
    if (!caption.pixels)
        return -ENOMEM;
    error = paint_number(&caption);
    error = error < 0 ? error : paint_state(&caption);
    error = error < 0 ? error : paint_name(&caption);
    if (error < 0) {
        free(caption.pixels);
        return error;
    }
    caption.image.pixels = caption.pixels;
    *ret_image = caption.image;
    return 0;
}

/* --- why there is no picture --- */

struct why {
    size_t line_count;
    struct osd_piece lines[WHY_LINES_MAX + 1];
    uint32_t widths_px[WHY_LINES_MAX + 1], widest_px;
};

static void break_lines(const struct osd_metrics *metrics, const char *text, uint32_t room_px,
                        size_t lines_max, struct why *ret_why)
{
    *ret_why = (struct why){0};
    while (*text && ret_why->line_count < lines_max) {
        size_t at = ret_why->line_count++;
        struct osd_piece *line = &ret_why->lines[at];
        size_t size_bytes =
            at + 1 == lines_max ? strlen(text) : osd_text_fitting(metrics, OSD_TEXT, room_px, text);
        line->style = OSD_TEXT;
        snprintf(line->text, sizeof line->text, "%.*s", (int)size_bytes, text);
        osd_text_cut(metrics, OSD_TEXT, room_px, line->text);
        uint32_t wide_px = osd_text_width_px(metrics, OSD_TEXT, line->text, strlen(line->text));
        ret_why->widths_px[at] = wide_px;
        ret_why->widest_px = wide_px > ret_why->widest_px ? wide_px : ret_why->widest_px;
        text += size_bytes;
        text += strspn(text, " ");
    }
}

/* Lines of about the same length: as narrow as makes no more of them. */
static void balance_lines(const struct osd_metrics *metrics, const char *text, uint32_t room_px,
                          size_t lines_max, struct why *ret_why)
{
    break_lines(metrics, text, room_px, lines_max, ret_why);
    size_t count = ret_why->line_count;
    uint32_t step_px = room_px / 20 + 1, first_px = room_px;
    while (count > 1 && first_px > room_px / 2) {
        struct why narrower;
        first_px -= step_px;
        break_lines(metrics, text, first_px, lines_max + 1, &narrower);
        if (narrower.line_count > count)
            break;
        *ret_why = narrower;
    }
}

int mosaic_words_why(struct osd_paint *paint, const char *text, uint32_t letter_px,
                     uint32_t width_px, uint32_t height_px, struct overlay_image *ret_image)
{
    struct why why;
    int error = set_letters(paint, letter_px);
    if (error < 0)
        return error;
    struct osd_metrics metrics = osd_paint_metrics(paint);
    uint32_t line_px = metrics.line_px[OSD_TEXT];
    size_t lines_max = line_px > 0 ? height_px / line_px : 0;
    balance_lines(&metrics, text, width_px - width_px / 10,
                  lines_max < WHY_LINES_MAX ? lines_max : WHY_LINES_MAX, &why);
    struct overlay_image image = {NULL, why.widest_px, (uint32_t)why.line_count * line_px};
    uint32_t *pixels = make_field(image.width_px, image.height_px, PICTURE_FIELD_COLOR);
    if (!pixels)
        return -ENOMEM;
    for (size_t i = 0; i < why.line_count && error == 0; i++) {
        why.lines[i].x_px = (int32_t)(image.width_px - why.widths_px[i]) / 2;
        why.lines[i].y_px = (int32_t)(i * line_px);
        error = osd_paint_text(paint, &why.lines[i], WHY_COLOR, &image, pixels);
    }
    if (error < 0) {
        free(pixels);
        return error;
    }
    image.pixels = pixels;
    *ret_image = image;
    return 0;
}
