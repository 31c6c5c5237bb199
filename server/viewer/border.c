#include "server/viewer/border.h"

#include "server/viewer/osd_layout.h"

#define FIELD_LEAST_PX 16

static int side_px(int window_width_px, int window_height_px)
{
    uint32_t letter_px =
        osd_layout_letter_px(OSD_TEXT, (uint32_t)window_width_px, (uint32_t)window_height_px);
    return (int)letter_px / 4 + 2;
}

static int top_px(int window_width_px, int window_height_px)
{
    return (int)osd_layout_letter_px(OSD_TEXT, (uint32_t)window_width_px,
                                     (uint32_t)window_height_px) *
           3 / 2;
}

SDL_Rect border_field(int window_width_px, int window_height_px)
{
    int side = side_px(window_width_px, window_height_px);
    int top = top_px(window_width_px, window_height_px);
    SDL_Rect field = {
        .x = side, .y = top, .w = window_width_px - 2 * side, .h = window_height_px - top - side};
    if (field.w < FIELD_LEAST_PX || field.h < FIELD_LEAST_PX)
        field = (SDL_Rect){.w = window_width_px, .h = window_height_px};
    return field;
}

SDL_Surface *border_open_field(SDL_Surface *outer)
{
    SDL_Rect field = border_field(outer->w, outer->h);
    uint8_t *first =
        (uint8_t *)outer->pixels + (ptrdiff_t)field.y * outer->pitch + (ptrdiff_t)field.x * 4;
    return SDL_CreateRGBSurfaceWithFormatFrom(first, field.w, field.h, 32, outer->pitch,
                                              SDL_PIXELFORMAT_RGB888);
}

void border_draw(const struct border *border, SDL_Surface *outer)
{
    SDL_Rect field = border_field(outer->w, outer->h), drawn;
    const SDL_Rect sides[] = {
        {0, 0, outer->w, field.y},
        {0, field.y, field.x, field.h},
        {field.x + field.w, field.y, outer->w - field.x - field.w, field.h},
        {0, field.y + field.h, outer->w, outer->h - field.y - field.h},
    };
    struct overlay over = {0};
    SDL_FillRects(outer, sides, 4, border->color);
    if (border->name.pixels && (int)border->name.height_px <= field.y)
        overlay_draw(&over, outer, &border->name, field.x,
                     (field.y - (int)border->name.height_px) / 2, 255, &drawn);
    overlay_finish(&over);
}
