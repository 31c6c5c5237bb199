#include "server/viewer/input.h"

#include <SDL.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define REPORTS_MAX 64

struct heard {
    struct input input;
    struct report reports[REPORTS_MAX];
    size_t count;
};

static void hear(void *context, const struct report *report)
{
    struct heard *heard = context;
    assert_true(heard->count < REPORTS_MAX);
    heard->reports[heard->count++] = *report;
    for (unsigned i = 0; i < report->event_count; i++)
        assert_true(report_event_is_valid(&report->events[i]));
}

static int set_up(void **state)
{
    static struct heard heard;
    heard = (struct heard){0};
    input_init(&heard.input, hear, &heard);
    heard.input.width_px = 800;
    heard.input.height_px = 600;
    *state = &heard;
    return 0;
}

static void send_key(struct heard *heard, SDL_Scancode scancode, bool down, bool repeat)
{
    SDL_Event event = {.key = {.type = down ? SDL_KEYDOWN : SDL_KEYUP, .repeat = repeat}};
    event.key.keysym.scancode = scancode;
    input_event(&heard->input, &event, 7);
}

static void assert_event(const struct heard *heard, size_t report, unsigned place, unsigned type,
                         unsigned code, int value)
{
    assert_true(report < heard->count);
    assert_true(place < heard->reports[report].event_count);
    const struct report_event *event = &heard->reports[report].events[place];
    assert_int_equal(event->type, type);
    assert_int_equal(event->code, code);
    assert_int_equal(event->value, value);
}

static void a_key_goes_down_once_and_up_once(void **state)
{
    struct heard *heard = *state;
    send_key(heard, SDL_SCANCODE_A, true, false);
    send_key(heard, SDL_SCANCODE_A, true, true);
    send_key(heard, SDL_SCANCODE_A, true, false);
    send_key(heard, SDL_SCANCODE_A, false, false);
    send_key(heard, SDL_SCANCODE_A, false, false);
    assert_int_equal(heard->count, 2);
    assert_event(heard, 0, 0, EV_KEY, KEY_A, 1);
    assert_event(heard, 1, 0, EV_KEY, KEY_A, 0);
    assert_int_equal(heard->reports[0].time_us, 7);
    assert_int_equal(heard->reports[0].event_count, 1);
}

static void what_is_no_press_is_left_out(void **state)
{
    struct heard *heard = *state;
    send_key(heard, SDL_SCANCODE_LSHIFT, false, false);
    send_key(heard, SDL_SCANCODE_UNKNOWN, true, false);
    input_key(&heard->input, KEY_CNT, true, 7);
    input_key(&heard->input, KEY_POWER, true, 7); /* belongs to this computer */
    assert_int_equal(heard->count, 0);
}

static void with_exact_keys_sdls_keys_are_not_heard(void **state)
{
    struct heard *heard = *state;
    heard->input.exact_keys = true;
    send_key(heard, SDL_SCANCODE_A, true, false);
    assert_int_equal(heard->count, 0);
    input_key(&heard->input, KEY_A, true, 7);
    assert_event(heard, 0, 0, EV_KEY, KEY_A, 1);
}

static void all_that_is_down_is_lifted(void **state)
{
    struct heard *heard = *state;
    SDL_Event button = {.button = {.type = SDL_MOUSEBUTTONDOWN, .button = SDL_BUTTON_X1}};
    send_key(heard, SDL_SCANCODE_LCTRL, true, false);
    input_event(&heard->input, &button, 7);
    heard->count = 0;
    input_lift(&heard->input, 9);
    assert_int_equal(heard->count, 2);
    assert_event(heard, 0, 0, EV_KEY, KEY_LEFTCTRL, 0);
    assert_event(heard, 1, 0, EV_KEY, BTN_SIDE, 0);
    input_lift(&heard->input, 9);
    assert_int_equal(heard->count, 2);
}

static void move(struct heard *heard, int x_px, int y_px)
{
    SDL_Event event = {.motion = {.type = SDL_MOUSEMOTION, .x = x_px, .y = y_px}};
    heard->count = 0;
    input_event(&heard->input, &event, 7);
    assert_int_equal(heard->count, 1);
    assert_int_equal(heard->reports[0].event_count, 2);
}

static void the_window_spans_the_whole_field(void **state)
{
    struct heard *heard = *state;
    move(heard, 0, 0);
    assert_event(heard, 0, 0, EV_ABS, ABS_X, 0);
    assert_event(heard, 0, 1, EV_ABS, ABS_Y, 0);
    move(heard, 799, 599);
    assert_event(heard, 0, 0, EV_ABS, ABS_X, REPORT_FIELD_SPAN);
    assert_event(heard, 0, 1, EV_ABS, ABS_Y, REPORT_FIELD_SPAN);
    move(heard, -20, 900);
    assert_event(heard, 0, 0, EV_ABS, ABS_X, 0);
    assert_event(heard, 0, 1, EV_ABS, ABS_Y, REPORT_FIELD_SPAN);
    move(heard, 400, 300);
    assert_in_range(heard->reports[0].events[0].value, 32768, 32850);
    heard->input.width_px = heard->input.height_px = 1;
    move(heard, 0, 0);
    assert_event(heard, 0, 0, EV_ABS, ABS_X, 0);
}

static void a_captured_pointer_counts(void **state)
{
    struct heard *heard = *state;
    SDL_Event event = {.motion = {.type = SDL_MOUSEMOTION, .x = 5, .y = 6, .xrel = -3, .yrel = 4}};
    heard->input.captured = true;
    input_event(&heard->input, &event, 7);
    assert_event(heard, 0, 0, EV_REL, REL_X, -3);
    assert_event(heard, 0, 1, EV_REL, REL_Y, 4);
    event.motion.xrel = event.motion.yrel = 0;
    input_event(&heard->input, &event, 7);
    assert_int_equal(heard->count, 1);
}

static void scroll(struct heard *heard, float x, float y, uint32_t direction)
{
    SDL_Event event = {
        .wheel = {.type = SDL_MOUSEWHEEL, .preciseX = x, .preciseY = y, .direction = direction}};
    heard->count = 0;
    input_event(&heard->input, &event, 7);
}

static void a_wheel_notch_is_120(void **state)
{
    struct heard *heard = *state;
    scroll(heard, 0, 1, SDL_MOUSEWHEEL_NORMAL);
    assert_event(heard, 0, 0, EV_REL, REL_WHEEL_HI_RES, 120);
    scroll(heard, -2, 0, SDL_MOUSEWHEEL_NORMAL);
    assert_event(heard, 0, 0, EV_REL, REL_HWHEEL_HI_RES, -240);
    assert_int_equal(heard->reports[0].event_count, 1);
    scroll(heard, 1, 1, SDL_MOUSEWHEEL_FLIPPED);
    assert_event(heard, 0, 0, EV_REL, REL_WHEEL_HI_RES, -120);
    assert_event(heard, 0, 1, EV_REL, REL_HWHEEL_HI_RES, -120);
}

static void parts_of_a_notch_add_up(void **state)
{
    struct heard *heard = *state;
    int total = 0;
    for (int i = 0; i < 1000; i++) {
        scroll(heard, 0, 0.0625f / 16, SDL_MOUSEWHEEL_NORMAL); /* less than 1/120 */
        if (heard->count > 0)
            total += heard->reports[0].events[0].value;
    }
    assert_in_range(total, 467, 469); /* 1000 / 256 notches */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_key_goes_down_once_and_up_once, set_up),
        cmocka_unit_test_setup(what_is_no_press_is_left_out, set_up),
        cmocka_unit_test_setup(with_exact_keys_sdls_keys_are_not_heard, set_up),
        cmocka_unit_test_setup(all_that_is_down_is_lifted, set_up),
        cmocka_unit_test_setup(the_window_spans_the_whole_field, set_up),
        cmocka_unit_test_setup(a_captured_pointer_counts, set_up),
        cmocka_unit_test_setup(a_wheel_notch_is_120, set_up),
        cmocka_unit_test_setup(parts_of_a_notch_add_up, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
