#include "server/viewer/border.h"

#define FIELD_LEAST_PX 16

SDL_Rect border_field(const struct osd_window *window)
{
    int letter_px = (int)osd_layout_letter_px(OSD_TEXT, window);
    int side = letter_px / 4 + 2, top = letter_px * 3 / 2;
    int width_px = (int)window->width_px, height_px = (int)window->height_px;
    SDL_Rect field = {.x = side, .y = top, .w = width_px - 2 * side, .h = height_px - top - side};
    if (field.w < FIELD_LEAST_PX || field.h < FIELD_LEAST_PX)
        field = (SDL_Rect){.w = width_px, .h = height_px};
    return field;
}

SDL_Surface *border_open_field(const SDL_Rect *field, SDL_Surface *outer)
{
    uint8_t *first =
        (uint8_t *)outer->pixels + (ptrdiff_t)field->y * outer->pitch + (ptrdiff_t)field->x * 4;
    return SDL_CreateRGBSurfaceWithFormatFrom(first, field->w, field->h, 32, outer->pitch,
                                              SDL_PIXELFORMAT_RGB888);
}

void border_draw(const struct border *border, const SDL_Rect *field, SDL_Surface *outer)
{
    SDL_Rect drawn;
    const SDL_Rect sides[] = {
        {0, 0, outer->w, field->y},
        {0, field->y, field->x, field->h},
        {field->x + field->w, field->y, outer->w - field->x - field->w, field->h},
        {0, field->y + field->h, outer->w, outer->h - field->y - field->h},
    };
    struct overlay over = {0};
    SDL_FillRects(outer, sides, 4, border->color);
    if (border->name.pixels && (int)border->name.height_px <= field->y)
        overlay_draw(&over, outer, &border->name, field->x,
                     (field->y - (int)border->name.height_px) / 2, 255, &drawn);
    overlay_finish(&over);
}
