#include "server/viewer/switcher_bar.h"

#include <stdlib.h>
#include <string.h>

#include "server/viewer/mosaic.h"

#define FIELD_COLOR   0x1a1d21u
#define TYPED_COLOR   0xffffffu
#define TEXT_COLOR    0xb6bec9u
#define WARNING_COLOR 0xfbbf24u

int switcher_bar_height_px(const struct osd_window *window)
{
    return (int)osd_layout_letter_px(OSD_TEXT, window) * 9 / 4;
}

void switcher_bar_set(struct switcher_bar *bar, const struct switcher_line *line)
{
    if (bar->line.is_warning == line->is_warning && strcmp(bar->line.typed, line->typed) == 0 &&
        strcmp(bar->line.text, line->text) == 0)
        return;
    bar->line = *line;
    bar->is_new = true;
}

/* Both words are in the middle, side by side; what has no room of the text is cut. */
static int paint_words(const struct switcher_line *line, struct osd_paint *paint, uint32_t size_px,
                       const struct overlay_image *image, uint32_t *pixels)
{
    struct osd_piece typed = {.style = OSD_TITLE}, text = {.style = OSD_TEXT};
    int error = osd_paint_set_letters(
        paint, (const uint32_t[OSD_STYLES]){[OSD_TITLE] = size_px, [OSD_TEXT] = size_px});
    if (error < 0)
        return error;
    struct osd_metrics metrics = osd_paint_metrics(paint);
    strcpy(typed.text, line->typed);
    strcpy(text.text, line->text);
    uint32_t typed_px = osd_text_width_px(&metrics, OSD_TITLE, typed.text, strlen(typed.text));
    uint32_t gap_px = typed_px > 0 ? size_px : 0, used_px = typed_px + gap_px + 2 * size_px;
    uint32_t room_px = image->width_px > used_px ? image->width_px - used_px : 0;
    osd_text_cut(&metrics, OSD_TEXT, room_px, text.text);
    uint32_t text_px = osd_text_width_px(&metrics, OSD_TEXT, text.text, strlen(text.text));
    uint32_t all_px = typed_px + gap_px + text_px;
    typed.x_px = all_px < image->width_px ? (int32_t)(image->width_px - all_px) / 2 : 0;
    text.x_px = typed.x_px + (int32_t)(typed_px + gap_px);
    typed.y_px = text.y_px = (int32_t)(image->height_px - metrics.line_px[OSD_TEXT]) / 2;
    error = osd_paint_text(paint, &typed, TYPED_COLOR, image, pixels);
    return error < 0 ? error
                     : osd_paint_text(paint, &text, line->is_warning ? WARNING_COLOR : TEXT_COLOR,
                                      image, pixels);
}

static void put_words(const struct switcher_line *line, struct osd_paint *paint, uint32_t size_px,
                      const SDL_Rect *place, SDL_Surface *surface)
{
    SDL_Surface *words =
        SDL_CreateRGBSurfaceWithFormat(0, place->w, place->h, 32, SDL_PIXELFORMAT_RGB888);
    SDL_Rect to = *place;
    if (!words)
        return;
    SDL_FillRect(words, NULL, FIELD_COLOR);
    struct overlay_image image = {words->pixels, (uint32_t)words->pitch / 4, (uint32_t)place->h};
    if (paint_words(line, paint, size_px, &image, words->pixels) == 0)
        SDL_BlitSurface(words, NULL, surface, &to);
    SDL_FreeSurface(words);
}

void switcher_bar_draw(struct switcher_bar *bar, struct osd_paint *paint, SDL_Surface *surface,
                       const struct osd_window *window, struct surface_updates *updates)
{
    const int high_px = switcher_bar_height_px(window);
    const SDL_Rect place = {0, surface->h - high_px, surface->w, high_px};
    bar->is_new = false;
    if (place.y < 0)
        return;
    SDL_FillRect(surface, &place, FIELD_COLOR);
    if (paint)
        put_words(&bar->line, paint, osd_layout_letter_px(OSD_TEXT, window), &place, surface);
    surface_updates_add(updates, &place);
}
