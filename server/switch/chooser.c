#include "server/switch/chooser.h"

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#define COUNTS_A_STEP 80   /* of a mouse: about a centimetre's half */
#define COUNTS_MAX    2000 /* in one report */

static const struct {
    uint16_t code;
    char character;
} KEYS[] = {
    {KEY_1, '1'},   {KEY_2, '2'},     {KEY_3, '3'},   {KEY_4, '4'},   {KEY_5, '5'},
    {KEY_6, '6'},   {KEY_7, '7'},     {KEY_8, '8'},   {KEY_9, '9'},   {KEY_0, '0'},
    {KEY_KP1, '1'}, {KEY_KP2, '2'},   {KEY_KP3, '3'}, {KEY_KP4, '4'}, {KEY_KP5, '5'},
    {KEY_KP6, '6'}, {KEY_KP7, '7'},   {KEY_KP8, '8'}, {KEY_KP9, '9'}, {KEY_KP0, '0'},
    {KEY_Q, 'q'},   {KEY_W, 'w'},     {KEY_E, 'e'},   {KEY_R, 'r'},   {KEY_T, 't'},
    {KEY_Y, 'y'},   {KEY_U, 'u'},     {KEY_I, 'i'},   {KEY_O, 'o'},   {KEY_P, 'p'},
    {KEY_A, 'a'},   {KEY_S, 's'},     {KEY_D, 'd'},   {KEY_F, 'f'},   {KEY_G, 'g'},
    {KEY_H, 'h'},   {KEY_J, 'j'},     {KEY_K, 'k'},   {KEY_L, 'l'},   {KEY_Z, 'z'},
    {KEY_X, 'x'},   {KEY_C, 'c'},     {KEY_V, 'v'},   {KEY_B, 'b'},   {KEY_N, 'n'},
    {KEY_M, 'm'},   {KEY_MINUS, '-'},
};

static char us_character(uint16_t code)
{
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (KEYS[i].code == code)
            return KEYS[i].character;
    return '\0';
}

static char own_character(const struct chooser_layout *layout, uint16_t code)
{
    return layout && code < CHOOSER_KEYS ? layout->characters[code] : '\0';
}

void chooser_init(struct chooser *chooser)
{
    *chooser = (struct chooser){.columns = 1};
}

void chooser_add(struct chooser *chooser, uint16_t number, const char *name)
{
    struct chooser_choice *choice = &chooser->choices[chooser->count];

    if (chooser->count == CHOOSER_CHOICES_MAX)
        return;
    *choice = (struct chooser_choice){.number = number, .fits = true};
    snprintf(choice->name, sizeof choice->name, "%s", name);
    chooser->count++;
}

void chooser_select(struct chooser *chooser, uint16_t number)
{
    for (size_t i = 0; i < chooser->count; i++)
        if (chooser->choices[i].number == number && chooser->choices[i].fits)
            chooser->selected = i;
}

uint16_t chooser_number(const struct chooser *chooser)
{
    return chooser->choices[chooser->selected].number;
}

/* --- what is typed --- */

static bool is_number(const char *typed)
{
    return typed[0] >= '0' && typed[0] <= '9';
}

static bool fits(const struct chooser_choice *choice, const char *typed)
{
    char number[8];

    if (!is_number(typed))
        return strstr(choice->name, typed) != NULL;
    snprintf(number, sizeof number, "%u", choice->number);
    return strncmp(number, typed, strlen(typed)) == 0;
}

static bool is_it(const struct chooser_choice *choice, const char *typed)
{
    char number[8];

    snprintf(number, sizeof number, "%u", choice->number);
    return strcmp(number, typed) == 0;
}

static size_t count_fitting(const struct chooser *chooser, const char *typed)
{
    size_t count = 0;

    for (size_t i = 0; i < chooser->count; i++)
        count += fits(&chooser->choices[i], typed);
    return count;
}

/* The one that was selected, if it fits; else the best: that number, a name that begins so, or the
 * first. */
static void select_best(struct chooser *chooser)
{
    const size_t typed_bytes = strlen(chooser->typed);
    size_t best = CHOOSER_CHOICES_MAX;
    int best_rank = 0;

    for (size_t i = 0; i < chooser->count; i++) {
        const struct chooser_choice *choice = &chooser->choices[i];
        const bool begins = strncmp(choice->name, chooser->typed, typed_bytes) == 0;
        const int rank = !choice->fits                   ? 0
                         : is_it(choice, chooser->typed) ? 5
                         : i == chooser->selected        ? 4
                         : begins && typed_bytes > 0     ? 3
                                                         : 2;
        if (rank > best_rank) {
            best_rank = rank;
            best = i;
        }
    }
    if (best < chooser->count)
        chooser->selected = best;
}

static void set_typed(struct chooser *chooser, const char *typed)
{
    memmove(chooser->typed, typed, strlen(typed) + 1);
    for (size_t i = 0; i < chooser->count; i++)
        chooser->choices[i].fits = fits(&chooser->choices[i], chooser->typed);
    select_best(chooser);
}

/* False: nothing would fit, and it is left out. */
static bool type(struct chooser *chooser, char character)
{
    char typed[CHOOSER_TYPED_ROOM];
    const size_t used = strlen(chooser->typed);

    if (!character || used + 2 > sizeof typed)
        return false;
    memcpy(typed, chooser->typed, used);
    typed[used] = character;
    typed[used + 1] = '\0';
    if (count_fitting(chooser, typed) == 0)
        return false;
    set_typed(chooser, typed);
    return true;
}

/* Where digits need Shift, what is on their keys without it may be a hyphen: after letters. */
static bool is_digit_first(const struct chooser *chooser)
{
    return chooser->is_shifted || chooser->typed[0] == '\0' || is_number(chooser->typed);
}

static enum chooser_verdict press_character(struct chooser *chooser, uint16_t code,
                                            bool *ret_changed)
{
    const char us = us_character(code), own = own_character(chooser->layout, code);
    const char digit = us >= '0' && us <= '9' ? us : '\0';
    const bool digit_first = digit && is_digit_first(chooser);
    const char other = own ? own : us;

    *ret_changed =
        type(chooser, digit_first ? digit : other) || type(chooser, digit_first ? other : digit);
    /* Not before its last digit: that would go to the target. */
    return *ret_changed && count_fitting(chooser, chooser->typed) == 1 &&
                   is_it(&chooser->choices[chooser->selected], chooser->typed)
               ? CHOOSER_CHOSEN
               : CHOOSER_GOES_ON;
}

static void take_back(struct chooser *chooser)
{
    char typed[CHOOSER_TYPED_ROOM];
    const size_t used = strlen(chooser->typed);

    if (used == 0)
        return;
    memcpy(typed, chooser->typed, used);
    typed[used - 1] = '\0';
    set_typed(chooser, typed);
}

/* --- arrows --- */

/* `step` further, until one fits. */
static void move(struct chooser *chooser, long step, bool goes_around)
{
    const long count = (long)chooser->count;
    long at = (long)chooser->selected;

    for (long tries = 0; tries < count; tries++) {
        at += step;
        if (goes_around)
            at = (at + count) % count;
        if (at < 0 || at >= count)
            return;
        if (chooser->choices[at].fits) {
            chooser->selected = (size_t)at;
            return;
        }
    }
}

static bool is_shift(const struct report_event *event)
{
    return event->type == EV_KEY && (event->code == KEY_LEFTSHIFT || event->code == KEY_RIGHTSHIFT);
}

static enum chooser_verdict press(struct chooser *chooser, uint16_t code, bool *ret_changed)
{
    const size_t before = chooser->selected;

    if (us_character(code) || own_character(chooser->layout, code))
        return press_character(chooser, code, ret_changed);
    switch (code) {
    case KEY_ENTER:
    case KEY_KPENTER:
    case BTN_LEFT:
        return CHOOSER_CHOSEN;
    case KEY_ESC:
        return CHOOSER_LEFT;
    case KEY_BACKSPACE:
        take_back(chooser);
        *ret_changed = true;
        break;
    case KEY_LEFT:
        move(chooser, -1, true);
        break;
    case KEY_RIGHT:
    case KEY_TAB:
        move(chooser, 1, true);
        break;
    case KEY_UP:
        move(chooser, -(long)chooser->columns, false);
        break;
    case KEY_DOWN:
        move(chooser, (long)chooser->columns, false);
        break;
    }
    *ret_changed = *ret_changed || chooser->selected != before;
    return CHOOSER_GOES_ON;
}

/* --- a mouse, whose pointer is nowhere to be seen --- */

static void roll(struct chooser *chooser, int32_t *moved, int32_t *other, int32_t counts, long step)
{
    if ((counts < 0) != (*moved < 0))
        *moved = 0; /* it turned around */
    *moved += counts;
    for (; *moved >= COUNTS_A_STEP || *moved <= -COUNTS_A_STEP; *other = 0) {
        move(chooser, *moved > 0 ? step : -step, false);
        *moved -= *moved > 0 ? COUNTS_A_STEP : -COUNTS_A_STEP;
    }
}

static void take_motion(struct chooser *chooser, const struct report_event *event,
                        bool *ret_changed)
{
    const size_t before = chooser->selected;
    const int32_t counts = event->value < -COUNTS_MAX  ? -COUNTS_MAX
                           : event->value > COUNTS_MAX ? COUNTS_MAX
                                                       : event->value;

    if (event->code == REL_X)
        roll(chooser, &chooser->moved_x, &chooser->moved_y, counts, 1);
    else if (event->code == REL_Y)
        roll(chooser, &chooser->moved_y, &chooser->moved_x, counts, (long)chooser->columns);
    *ret_changed = *ret_changed || chooser->selected != before;
}

enum chooser_verdict chooser_report(struct chooser *chooser, const struct report *report,
                                    bool *ret_changed)
{
    enum chooser_verdict verdict = CHOOSER_GOES_ON;

    *ret_changed = false;
    for (uint8_t i = 0; i < report->event_count && verdict == CHOOSER_GOES_ON; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type == EV_REL)
            take_motion(chooser, event, ret_changed);
        else if (is_shift(event))
            chooser->is_shifted = event->value != 0;
        else if (event->type == EV_KEY && event->value == 1)
            verdict = press(chooser, event->code, ret_changed);
    }
    return verdict;
}
