#include "server/switch/chooser.h"

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

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

/* A character that nothing would fit is left out. */
static enum chooser_verdict type(struct chooser *chooser, char character, bool *ret_changed)
{
    char typed[CHOOSER_TYPED_ROOM];
    const size_t used = strlen(chooser->typed);

    if (used + 2 > sizeof typed)
        return CHOOSER_GOES_ON;
    memcpy(typed, chooser->typed, used);
    typed[used] = character;
    typed[used + 1] = '\0';
    const size_t count = count_fitting(chooser, typed);
    if (count == 0)
        return CHOOSER_GOES_ON;
    set_typed(chooser, typed);
    *ret_changed = true;
    /* Not before its last digit: that would go to the target. */
    return count == 1 && is_it(&chooser->choices[chooser->selected], typed) ? CHOOSER_CHOSEN
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

/* `step` further, until one fits; around at the ends only by single steps. */
static void move(struct chooser *chooser, long step)
{
    const long count = (long)chooser->count;
    const bool goes_around = step == 1 || step == -1;
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

static enum chooser_verdict press(struct chooser *chooser, uint16_t code, bool *ret_changed)
{
    const size_t before = chooser->selected;

    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (KEYS[i].code == code)
            return type(chooser, KEYS[i].character, ret_changed);
    switch (code) {
    case KEY_ENTER:
    case KEY_KPENTER:
        return CHOOSER_CHOSEN;
    case KEY_ESC:
        return CHOOSER_LEFT;
    case KEY_BACKSPACE:
        take_back(chooser);
        *ret_changed = true;
        break;
    case KEY_LEFT:
        move(chooser, -1);
        break;
    case KEY_RIGHT:
    case KEY_TAB:
        move(chooser, 1);
        break;
    case KEY_UP:
        move(chooser, -(long)chooser->columns);
        break;
    case KEY_DOWN:
        move(chooser, (long)chooser->columns);
        break;
    }
    *ret_changed = *ret_changed || chooser->selected != before;
    return CHOOSER_GOES_ON;
}

enum chooser_verdict chooser_report(struct chooser *chooser, const struct report *report,
                                    bool *ret_changed)
{
    enum chooser_verdict verdict = CHOOSER_GOES_ON;

    *ret_changed = false;
    for (uint8_t i = 0; i < report->event_count && verdict == CHOOSER_GOES_ON; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type == EV_KEY && event->value == 1)
            verdict = press(chooser, event->code, ret_changed);
    }
    return verdict;
}
