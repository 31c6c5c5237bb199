#include "server/viewer/input.h"

#include <math.h>

#include "server/viewer/keymap.h"

#define WHEEL_NOTCH 120

void input_init(struct input *input, void (*report)(void *context, const struct report *report),
                void *context)
{
    *input = (struct input){.report = report, .context = context, .width_px = 1, .height_px = 1};
}

void input_key(struct input *input, uint16_t code, bool down, uint64_t now_us)
{
    struct report report = {.time_us = now_us};
    if (code == 0 || key_is_own(code) ||
        !(down ? keyset_add(&input->down, code) : keyset_remove(&input->down, code)))
        return;
    report_add(&report, EV_KEY, code, down);
    input->report(input->context, &report);
}

void input_lift(struct input *input, uint64_t now_us)
{
    for (uint16_t code = keyset_next(&input->down, 0); code < KEY_CNT;
         code = keyset_next(&input->down, code + 1))
        input_key(input, code, false, now_us);
}

/* A drag may leave the window: its edge is meant then. */
static int32_t across(int at_px, int size_px)
{
    int last_px = size_px > 1 ? size_px - 1 : 1;
    int64_t inside_px = at_px < 0 ? 0 : at_px > last_px ? last_px : at_px;
    return (int32_t)((inside_px * REPORT_FIELD_SPAN + last_px / 2) / last_px);
}

static void report_place(struct input *input, int x_px, int y_px, uint64_t now_us)
{
    struct report report = {.time_us = now_us};
    report_add(&report, EV_ABS, ABS_X, across(x_px - input->x_px, input->width_px));
    report_add(&report, EV_ABS, ABS_Y, across(y_px - input->y_px, input->height_px));
    input->report(input->context, &report);
}

static void report_counts(struct input *input, int x_counts, int y_counts, uint64_t now_us)
{
    struct report report = {.time_us = now_us};
    if (x_counts != 0)
        report_add(&report, EV_REL, REL_X, x_counts);
    if (y_counts != 0)
        report_add(&report, EV_REL, REL_Y, y_counts);
    if (report.event_count > 0)
        input->report(input->context, &report);
}

/* Whole 120ths of a notch; what is left over is kept for the next turn. */
static int32_t take_whole(float *amount)
{
    float whole = truncf(*amount);
    *amount -= whole;
    return (int32_t)whole;
}

static void report_wheel(struct input *input, const SDL_MouseWheelEvent *wheel, uint64_t now_us)
{
    struct report report = {.time_us = now_us};
    float sign = wheel->direction == SDL_MOUSEWHEEL_FLIPPED ? -1 : 1;
    input->wheel_x += sign * wheel->preciseX * WHEEL_NOTCH;
    input->wheel_y += sign * wheel->preciseY * WHEEL_NOTCH;
    int32_t x = take_whole(&input->wheel_x), y = take_whole(&input->wheel_y);
    if (y != 0)
        report_add(&report, EV_REL, REL_WHEEL_HI_RES, y);
    if (x != 0)
        report_add(&report, EV_REL, REL_HWHEEL_HI_RES, x);
    if (report.event_count > 0)
        input->report(input->context, &report);
}

void input_event(struct input *input, const SDL_Event *event, uint64_t now_us)
{
    switch (event->type) {
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        if (!input->exact_keys && !event->key.repeat)
            input_key(input, keymap_from_scancode(event->key.keysym.scancode),
                      event->type == SDL_KEYDOWN, now_us);
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        input_key(input, keymap_from_button(event->button.button),
                  event->type == SDL_MOUSEBUTTONDOWN, now_us);
        break;
    case SDL_MOUSEMOTION:
        if (input->captured)
            report_counts(input, event->motion.xrel, event->motion.yrel, now_us);
        else
            report_place(input, event->motion.x, event->motion.y, now_us);
        break;
    case SDL_MOUSEWHEEL:
        report_wheel(input, &event->wheel, now_us);
        break;
    }
}
