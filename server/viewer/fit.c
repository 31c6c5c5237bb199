#include "server/viewer/fit.h"

/* A picture this many times smaller than the window is enlarged by FIT_WHOLE: a rescue console of
 * 640x480 on a 4K screen is read by nobody. Where pixels are so dense that the desktop's own things
 * are drawn larger, it needs not be as small. */
#define FIT_ENLARGE_FROM_PERCENT 200

static uint32_t scaled(uint32_t value_px, uint32_t by_px, uint32_t of_px)
{
    uint64_t px = ((uint64_t)value_px * by_px + of_px / 2) / of_px;
    return px == 0 ? 1 : (uint32_t)px;
}

static bool window_is_wider(const struct fit *fit)
{
    return (uint64_t)fit->window_width_px * fit->picture_height_px >=
           (uint64_t)fit->window_height_px * fit->picture_width_px;
}

static bool is_left_alone(const struct fit *fit, uint32_t scale_percent)
{
    uint64_t from_percent = FIT_ENLARGE_FROM_PERCENT * 100 / scale_percent;
    if (fit->scale == FIT_ONE)
        return true;
    if (fit->scale == FIT_FILL || fit->scale == FIT_LARGE)
        return false;
    bool is_inside = fit->picture_width_px <= fit->window_width_px &&
                     fit->picture_height_px <= fit->window_height_px;
    return is_inside &&
           (fit->picture_width_px * from_percent > fit->window_width_px * UINT64_C(100) ||
            fit->picture_height_px * from_percent > fit->window_height_px * UINT64_C(100));
}

static int32_t centred(uint32_t size_px, uint32_t room_px)
{
    return size_px <= room_px ? (int32_t)(room_px - size_px) / 2 : 0;
}

void fit_make(enum fit_scale scale, uint32_t scale_percent, uint32_t picture_width_px,
              uint32_t picture_height_px, uint32_t window_width_px, uint32_t window_height_px,
              struct fit *ret_fit)
{
    struct fit fit = {
        .scale = scale,
        .picture_width_px = picture_width_px,
        .picture_height_px = picture_height_px,
        .window_width_px = window_width_px,
        .window_height_px = window_height_px,
        .width_px = picture_width_px,
        .height_px = picture_height_px,
    };
    if (!is_left_alone(&fit, scale_percent)) {
        /* The window's height decides when it is too wide for the picture, or must be filled. */
        if (window_is_wider(&fit) != (scale == FIT_FILL)) {
            fit.height_px = window_height_px;
            fit.width_px = scaled(picture_width_px, window_height_px, picture_height_px);
        } else {
            fit.width_px = window_width_px;
            fit.height_px = scaled(picture_height_px, window_width_px, picture_width_px);
        }
    }
    fit.x_px = centred(fit.width_px, window_width_px);
    fit.y_px = centred(fit.height_px, window_height_px);
    *ret_fit = fit;
}

bool fit_is_exact(const struct fit *fit)
{
    return fit->width_px == fit->picture_width_px && fit->height_px == fit->picture_height_px;
}

/* The corner at which `at_px` is inside of the window and no room is wasted. */
static int32_t moved(int32_t corner_px, uint32_t at_px, uint32_t size_px, uint32_t room_px)
{
    if (size_px <= room_px)
        return corner_px;
    int32_t place_px = corner_px + (int32_t)at_px;
    if (place_px < 0)
        corner_px -= place_px;
    else if (place_px >= (int32_t)room_px)
        corner_px -= place_px - (int32_t)room_px + 1;
    int32_t least_px = (int32_t)room_px - (int32_t)size_px;
    return corner_px > 0 ? 0 : corner_px < least_px ? least_px : corner_px;
}

static uint32_t drawn_at(uint32_t at_px, uint32_t size_px, uint32_t of_px)
{
    return (uint32_t)((uint64_t)at_px * size_px / of_px);
}

bool fit_show(struct fit *fit, uint32_t x_px, uint32_t y_px)
{
    int32_t x_before_px = fit->x_px, y_before_px = fit->y_px;
    fit->x_px = moved(fit->x_px, drawn_at(x_px, fit->width_px, fit->picture_width_px),
                      fit->width_px, fit->window_width_px);
    fit->y_px = moved(fit->y_px, drawn_at(y_px, fit->height_px, fit->picture_height_px),
                      fit->height_px, fit->window_height_px);
    return fit->x_px != x_before_px || fit->y_px != y_before_px;
}

/* As input.c spreads the window over the picture: what is pointed at is what is seen there. */
static int32_t panned(int32_t corner_px, int32_t at_px, uint32_t size_px, uint32_t room_px)
{
    if (size_px <= room_px)
        return corner_px;
    int64_t last_px = room_px > 1 ? room_px - 1 : 1;
    int64_t inside_px = at_px < 0 ? 0 : at_px > last_px ? last_px : at_px;
    return -(int32_t)((inside_px * (size_px - room_px) + last_px / 2) / last_px);
}

bool fit_pan(struct fit *fit, int32_t x_px, int32_t y_px)
{
    int32_t x_before_px = fit->x_px, y_before_px = fit->y_px;
    fit->x_px = panned(fit->x_px, x_px, fit->width_px, fit->window_width_px);
    fit->y_px = panned(fit->y_px, y_px, fit->height_px, fit->window_height_px);
    return fit->x_px != x_before_px || fit->y_px != y_before_px;
}

void fit_to_window(const struct fit *fit, uint32_t x_px, uint32_t y_px, int32_t *ret_x_px,
                   int32_t *ret_y_px)
{
    *ret_x_px = fit->x_px + (int32_t)drawn_at(x_px, fit->width_px, fit->picture_width_px);
    *ret_y_px = fit->y_px + (int32_t)drawn_at(y_px, fit->height_px, fit->picture_height_px);
}

/* One side: what of start..start+size, shifted by the corner, is in 0..room. */
static bool clip(int32_t corner_px, uint32_t start_px, uint32_t size_px, uint32_t room_px,
                 int32_t *ret_at_px, uint16_t *ret_start_px, uint16_t *ret_size_px)
{
    int64_t from_px = (int64_t)corner_px + start_px, to_px = from_px + size_px;
    int64_t cut_px = from_px < 0 ? -from_px : 0;
    if (to_px > room_px)
        to_px = room_px;
    if (from_px + cut_px >= to_px)
        return false;
    *ret_at_px = (int32_t)(from_px + cut_px);
    *ret_start_px = (uint16_t)(start_px + cut_px);
    *ret_size_px = (uint16_t)(to_px - from_px - cut_px);
    return true;
}

bool fit_clip(const struct fit *fit, const struct frame_rectangle *drawn, int32_t *ret_x_px,
              int32_t *ret_y_px, struct frame_rectangle *ret_drawn)
{
    return clip(fit->x_px, drawn->x_px, drawn->width_px, fit->window_width_px, ret_x_px,
                &ret_drawn->x_px, &ret_drawn->width_px) &&
           clip(fit->y_px, drawn->y_px, drawn->height_px, fit->window_height_px, ret_y_px,
                &ret_drawn->y_px, &ret_drawn->height_px);
}
