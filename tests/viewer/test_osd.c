/* The on-screen display's words and layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/times.h"
#include "protocol/cursor.h"
#include "server/viewer/colors.h"
#include "server/viewer/osd_layout.h"
#include "server/viewer/osd_stats.h"

#define LETTER_PX 10 /* of the fake font */
#define HOUR_US   (3600 * 1000000ULL)
#define NOW_US    (100 * HOUR_US)

static const char LIST[] =
    "{\"ok\":true,\"active\":0,\"targets\":["
    "{\"number\":1,\"name\":\"lab3\",\"state\":\"offline\",\"reason\":\"no "
    "answer\",\"since_s\":3600},"
    "{\"number\":2,\"name\":\"lab4\",\"state\":\"ready\",\"reason\":\"\",\"since_s\":200000}]}";

static struct status status;
static struct osd_words words;

static struct osd_facts facts_of(uint16_t number, const char *no_picture)
{
    return (struct osd_facts){.status = &status,
                              .number = number,
                              .no_picture = no_picture,
                              .tells_switches = true,
                              .wall_s = 1000000000}; /* 2001-09-09 01:46:40 UTC */
}

static void tell(const char *line, uint64_t now_us)
{
    assert_true(status_line(&status, line, now_us));
}

static int set_up(void **state)
{
    setenv("TZ", "UTC", 1);
    status_init(&status);
    tell(LIST, NOW_US);
    return 0;
}

static void make(const struct osd_facts *facts, uint64_t now_us)
{
    osd_words_make(facts, now_us, &words);
}

static void assert_panel(enum osd_place place, const char *first, const char *second)
{
    const struct osd_panel *panel = &words.panels[place];
    assert_true(panel->line_count >= 1);
    assert_string_equal(panel->lines[0].text, first);
    assert_int_equal(panel->line_count >= 2, second != NULL);
    if (second)
        assert_string_equal(panel->lines[1].text, second);
}

static void a_picture_has_no_words(void **state)
{
    struct osd_facts facts = facts_of(2, "");
    make(&facts, NOW_US);
    for (int i = 0; i < OSD_PLACES; i++)
        assert_int_equal(words.panels[i].line_count, 0);
    assert_int_equal(osd_words_deadline_us(&facts, NOW_US), UINT64_MAX);
}

static void what_shows_nothing_says_why(void **state)
{
    struct osd_facts facts = facts_of(1, "no screen: its agent is not connected");
    make(&facts, NOW_US);
    assert_panel(OSD_STATE, "lab3", "offline since 00:46");
    assert_string_equal(words.panels[OSD_STATE].lines[2].text, "no answer");
    assert_true(words.panels[OSD_STATE].has_number);
    tell("{\"event\":\"target\",\"number\":1,\"name\":\"lab3\",\"state\":\"offline\",\"reason\":"
         "\"other\"}",
         NOW_US + HOUR_US);
    facts.wall_s += 30 * 3600;
    make(&facts, NOW_US + 30 * HOUR_US);
    assert_panel(OSD_STATE, "lab3", "offline since 2001-09-09 00:46");
    tell("{\"event\":\"target\",\"number\":1,\"name\":\"lab3\",\"state\":\"not ready\",\"reason\":"
         "\"paused at the target\"}",
         NOW_US);
    facts = facts_of(1, "no screen: paused at the target");
    make(&facts, NOW_US);
    assert_panel(OSD_STATE, "lab3", "not ready since 01:46");
    assert_string_equal(words.panels[OSD_STATE].lines[2].text, "paused at the target");
    facts = facts_of(2, "decoder stopped: it used too much of the processor");
    make(&facts, NOW_US);
    assert_panel(OSD_STATE, "lab4", facts.no_picture);
    facts = facts_of(0, "");
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_STATE].line_count, 0);
    facts.hint = "Scroll Lock twice";
    make(&facts, NOW_US);
    assert_panel(OSD_STATE, "local", "Scroll Lock twice");
    facts.trouble = "no server";
    make(&facts, NOW_US);
    assert_panel(OSD_STATE, "hotdesk", "no server");
}

static void a_switch_is_told_and_fades(void **state)
{
    struct osd_facts facts = facts_of(2, "");
    uint64_t stays_us = time_us(TIME_OSD_SWITCH), fades_us = time_us(TIME_OSD_FADE), at_us;
    tell(
        "{\"event\":\"switched\",\"from\":0,\"from_name\":\"local\",\"number\":2,\"name\":\"lab4\","
        "\"why\":null}",
        NOW_US);
    make(&facts, NOW_US);
    assert_panel(OSD_SWITCH, "lab4", NULL);
    assert_int_equal(words.panels[OSD_SWITCH].number, 2);
    assert_int_equal(words.opacity[OSD_SWITCH], 255);
    assert_int_equal(osd_words_deadline_us(&facts, NOW_US), NOW_US + stays_us);
    int steps = 0;
    uint8_t before = 255;
    for (at_us = NOW_US + stays_us; at_us < NOW_US + stays_us + fades_us; steps++) {
        make(&facts, at_us);
        assert_true(words.opacity[OSD_SWITCH] < before);
        before = words.opacity[OSD_SWITCH];
        uint64_t next_us = osd_words_deadline_us(&facts, at_us);
        assert_true(next_us > at_us);
        at_us = next_us;
    }
    assert_in_range(steps, 4, 16);
    assert_int_equal(at_us, NOW_US + stays_us + fades_us);
    make(&facts, at_us);
    assert_int_equal(words.panels[OSD_SWITCH].line_count, 0);
    assert_int_equal(osd_words_deadline_us(&facts, at_us), UINT64_MAX);
    facts.tells_switches = false;
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_SWITCH].line_count, 0);
    facts = facts_of(2, "no screen: none"); /* which has its name already */
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_SWITCH].line_count, 0);
}

static void a_refusal_has_its_reason(void **state)
{
    struct osd_facts facts = facts_of(2, "");
    tell("{\"event\":\"refused\",\"number\":1,\"name\":\"lab3\",\"why\":\"lab3 is offline\"}",
         NOW_US);
    make(&facts, NOW_US + time_us(TIME_OSD_SWITCH) + time_us(TIME_OSD_FADE));
    assert_panel(OSD_SWITCH, "Not switched to lab3", "lab3 is offline");
    assert_false(words.panels[OSD_SWITCH].has_number);
    tell(
        "{\"event\":\"switched\",\"from\":2,\"from_name\":\"lab4\",\"number\":0,\"name\":\"local\","
        "\"why\":\"the connection was lost\"}",
        NOW_US);
    facts = facts_of(0, "");
    make(&facts, NOW_US + time_us(TIME_OSD_SWITCH));
    assert_panel(OSD_SWITCH, "local", "lab4: the connection was lost");
}

/* --- layout --- */

static uint32_t letters_px(void *context, enum osd_style style, const char *text, size_t size_bytes)
{
    uint32_t count = 0;
    for (size_t i = 0; i < size_bytes; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count * LETTER_PX;
}

static const struct osd_metrics METRICS = {.width_px = letters_px,
                                           .line_px = {[OSD_TITLE] = 40, [OSD_TEXT] = 20}};

static struct osd_layout lay(enum osd_style style, const char *text, uint32_t window_width_px)
{
    struct osd_panel panel = {.line_count = 1, .lines = {{.style = style}}};
    struct osd_layout layout;
    snprintf(panel.lines[0].text, OSD_TEXT_ROOM, "%s", text);
    osd_layout_make(&panel, OSD_STATE, &METRICS, &(struct osd_window){window_width_px, 480, 100},
                    &layout);
    assert_true(layout.panel.width_px <= window_width_px);
    for (size_t i = 0; i < layout.piece_count; i++) {
        const char *piece = layout.pieces[i].text;
        assert_true(text_is_clean(piece, strlen(piece)));
        assert_true(letters_px(NULL, style, piece, strlen(piece)) <= layout.panel.width_px);
    }
    return layout;
}

static void long_names_are_cut(void **state)
{
    struct osd_layout layout = lay(OSD_TITLE, "name", 400);
    assert_string_equal(layout.pieces[0].text, "name");
    layout = lay(OSD_TITLE, "ääääääääääääääääääääääääääääääääääääääääääääääääääää", 400);
    assert_int_equal(layout.piece_count, 1);
    const char *text = layout.pieces[0].text;
    assert_string_equal(text + strlen(text) - strlen("…"), "…");
    assert_true(strlen(text) > 2 * 20);
    layout = lay(OSD_TITLE, "nothing has room", 60);
    assert_string_equal(layout.pieces[0].text, "n…");
}

static void long_reasons_are_wrapped_and_then_cut(void **state)
{
    struct osd_layout layout =
        lay(OSD_TEXT, "one two three four five six seven eight nine ten", 400);
    assert_int_equal(layout.piece_count, 2);
    assert_string_equal(layout.pieces[1].text, "eight nine ten");
    assert_int_equal(layout.pieces[1].y_px - layout.pieces[0].y_px, 20);
    char text[OSD_TEXT_ROOM] = "";
    while (strlen(text) < OSD_TEXT_ROOM - 4)
        strcat(text, "wö ");
    layout = lay(OSD_TEXT, text, 300);
    assert_int_equal(layout.piece_count, OSD_WRAPPED_MAX);
    assert_non_null(strstr(layout.pieces[OSD_WRAPPED_MAX - 1].text, "…"));
    layout = lay(OSD_TEXT, "oneverylongwordwithoutanyblankwhichhasnoroominanylineofapanel", 300);
    assert_int_equal(layout.piece_count, 3);
}

static void each_panel_has_its_place(void **state)
{
    struct osd_panel panel = {.line_count = 1, .has_number = true, .number = 999};
    struct osd_layout layouts[OSD_PLACES];
    strcpy(panel.lines[0].text, "lab");
    for (int i = 0; i < OSD_PLACES; i++) {
        struct osd_layout *layout = &layouts[i];
        osd_layout_make(&panel, (enum osd_place)i, &METRICS, &(struct osd_window){1280, 720, 100},
                        layout);
        assert_true(layout->panel.x_px > 0 && layout->panel.y_px > 0);
        assert_true(layout->panel.x_px + (int32_t)layout->panel.width_px < 1280);
        assert_true(layout->panel.y_px + (int32_t)layout->panel.height_px < 720);
        const struct osd_rectangle *number = &layout->number;
        assert_true(layout->pieces[1].x_px > number->x_px);
        assert_true(layout->pieces[1].x_px + 3 * LETTER_PX <
                    number->x_px + (int32_t)number->width_px);
        assert_true(layout->pieces[0].x_px > number->x_px + (int32_t)number->width_px);
    }
    assert_true(layouts[OSD_SWITCH].panel.y_px < layouts[OSD_STATE].panel.y_px);
    assert_true(layouts[OSD_STATE].panel.y_px < layouts[OSD_LINK].panel.y_px);
    assert_true(layouts[OSD_STATS].panel.x_px > layouts[OSD_SWITCH].panel.x_px);
}

static uint32_t letter_px(enum osd_style style, uint32_t width_px, uint32_t height_px,
                          uint32_t scale_percent)
{
    return osd_layout_letter_px(style, &(struct osd_window){width_px, height_px, scale_percent});
}

static void letters_grow_with_the_window(void **state)
{
    assert_in_range(letter_px(OSD_TEXT, 1280, 720, 100), 14, 18);
    assert_in_range(letter_px(OSD_TEXT, 1920, 1080, 100), 21, 27);
    assert_int_equal(letter_px(OSD_TEXT, 3840, 2160, 100) / 2,
                     letter_px(OSD_TEXT, 1920, 1080, 100));
    assert_true(letter_px(OSD_TEXT, 240, 150, 100) >= 13);
    assert_true(letter_px(OSD_TITLE, 640, 480, 100) > letter_px(OSD_TEXT, 640, 480, 100));
}

/* As large to the eye, in a window that is as large to the eye. */
static void letters_grow_with_the_scale(void **state)
{
    static const uint32_t SIZES[][2] = {{240, 150}, {480, 300}, {960, 600}, {1920, 1080}};
    for (size_t i = 0; i < 4; i++) {
        uint32_t wide = SIZES[i][0], high = SIZES[i][1];
        uint32_t usual_px = letter_px(OSD_TEXT, wide, high, 100);
        assert_in_range(letter_px(OSD_TEXT, wide * 2, high * 2, 200), usual_px * 2,
                        usual_px * 2 + 1);
        assert_in_range(letter_px(OSD_TEXT, wide * 3 / 2, high * 3 / 2, 150), usual_px * 3 / 2,
                        usual_px * 3 / 2 + 1);
    }
    assert_true(letter_px(OSD_TEXT, 480, 300, 200) >= 26);
}

static void neighbours_have_other_colours(void **state)
{
    for (uint16_t i = 0; i < 999; i++) {
        uint32_t color = colors_of_number(i), ink = colors_ink_on(color);
        for (uint16_t next = i + 1; next < i + 12; next++)
            assert_int_not_equal(color, colors_of_number(next));
        assert_true(ink == 0 || ink == 0xffffff);
    }
}

/* --- how it does --- */

static struct osd_slow slow;

static void note(uint64_t last_us, uint64_t waits_us, uint64_t picture_us, uint64_t now_us)
{
    struct osd_figures figures = {.is_known = true,
                                  .number = 2,
                                  .key_last_us = last_us,
                                  .key_waits_us = waits_us,
                                  .picture_p50_us = picture_us,
                                  .link_limits = picture_us > 0};
    osd_slow_note(&slow, &figures, now_us);
}

static void assert_slow(const char *first, const char *second)
{
    char lines[2][OSD_SLOW_ROOM];
    unsigned count = osd_slow_words(&slow, lines);
    assert_int_equal(count, (first != NULL) + (second != NULL));
    if (first)
        assert_string_equal(lines[0], first);
    if (second)
        assert_string_equal(lines[1], second);
}

static void a_slow_link_is_told_after_a_while(void **state)
{
    uint64_t now_us = NOW_US, slow_us = time_us(TIME_OSD_SLOW), well_us = time_us(TIME_OSD_WELL);
    slow = (struct osd_slow){0};
    note(180000, 0, 0, now_us);
    note(180000, 0, 0, now_us + slow_us - 1);
    assert_slow(NULL, NULL);
    note(180000, 0, 0, now_us += slow_us);
    assert_slow("Slow link: keys take 180 ms", NULL);
    note(120000, 0, 0, now_us += well_us); /* neither slow nor well */
    note(183000, 0, 0, now_us += well_us);
    assert_slow("Slow link: keys take 180 ms", NULL);
    note(90000, 0, 0, now_us += 1);
    note(90000, 0, 0, now_us + well_us - 1);
    assert_slow("Slow link: keys take 180 ms", NULL);
    note(90000, 0, 0, now_us + well_us);
    assert_slow(NULL, NULL);
}

/* A link that is now this way and now that has a warning that stays, or none. */
static void a_warning_does_not_flicker(void **state)
{
    uint64_t now_us = NOW_US;
    slow = (struct osd_slow){0};
    for (int i = 0; i < 20; i++)
        note(i % 2 ? 200000 : 50000, 0, 0, now_us += 1000000);
    assert_slow(NULL, NULL);
    note(200000, 0, 0, now_us += 1000000);
    note(200000, 0, 0, now_us += 1000000);
    note(200000, 0, 0, now_us += 1000000);
    for (int i = 0; i < 20; i++) {
        note(i % 2 ? 200000 : 50000, 0, 0, now_us += 1000000);
        assert_slow("Slow link: keys take 200 ms", NULL);
    }
}

static void what_is_very_slow_is_told_at_once(void **state)
{
    slow = (struct osd_slow){0};
    note(5000, 1240000, 0, NOW_US);
    assert_slow("Slow link: keys take 1.2 s", NULL);
    struct osd_figures other = {.number = 1};
    osd_slow_note(&slow, &other, NOW_US);
    assert_slow(NULL, NULL);
}

static void a_picture_that_waits_is_told(void **state)
{
    uint64_t slow_us = time_us(TIME_OSD_SLOW);
    struct osd_facts facts = facts_of(2, "");
    slow = (struct osd_slow){0};
    facts.slow = &slow;
    note(0, 0, 620000, NOW_US);
    note(200000, 0, 620000, NOW_US + slow_us);
    assert_slow("The picture waits for the network: 620 ms", NULL);
    note(200000, 0, 620000, NOW_US + 2 * slow_us);
    make(&facts, NOW_US);
    assert_panel(OSD_LINK, "Slow link: keys take 200 ms",
                 "The picture waits for the network: 620 ms");
    facts.number = 1;
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_LINK].line_count, 0);
    facts = facts_of(2, "");
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_LINK].line_count, 0);
}

static const char FIRST[] =
    "{\"ok\":true,\"number\":2,\"at_us\":1000000,\"key_p50_us\":4200,\"key_p99_us\":12600,"
    "\"key_last_us\":null,\"key_waits_us\":0,\"bytes\":1000,\"updates\":10}";
static const char SECOND[] =
    "{\"ok\":true,\"number\":2,\"at_us\":3000000,\"key_p50_us\":null,\"key_p99_us\":null,"
    "\"key_last_us\":null,\"key_waits_us\":7,\"bytes\":501000,\"updates\":70}";
static const char OTHER[] =
    "{\"ok\":true,\"number\":1,\"at_us\":4000000,\"key_waits_us\":null,\"bytes\":601000,"
    "\"updates\":80}";

static void rates_are_of_two_answers(void **state)
{
    struct osd_figures figures = {0};
    assert_false(osd_figures_line(&figures, LIST));
    assert_true(osd_figures_line(&figures, FIRST));
    assert_false(figures.has_rates);
    assert_int_equal(figures.key_p99_us, 12600);
    assert_true(osd_figures_line(&figures, SECOND));
    assert_true(figures.has_rates);
    assert_float_equal((float)figures.updates_per_s, 30, 0.01f);
    assert_float_equal((float)figures.bits_per_s, 2000000, 1);
    assert_int_equal(figures.key_waits_us, 7);
    assert_true(osd_figures_line(&figures, OTHER));
    assert_false(figures.has_rates); /* of another target */
}

static size_t letters_of(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void figures_are_as_wide_as_before(void **state)
{
    static const double values[] = {0, 9.94, 99.95, 1234.5, 1e9};
    char none[OSD_STATS_LINES][OSD_STATS_ROOM], lines[OSD_STATS_LINES][OSD_STATS_ROOM];
    struct osd_figures figures = {.is_known = true, .number = 2};
    osd_stats_make(&figures, none);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        figures.has_rates = true;
        figures.updates_per_s = values[i];
        figures.bits_per_s = values[i] * 1e6;
        figures.key_p50_us = figures.picture_p50_us = (uint64_t)(values[i] * 1000);
        figures.key_p99_us = figures.picture_p99_us = (uint64_t)(values[i] * 1000) + 1;
        osd_stats_make(&figures, lines);
        for (size_t j = 0; j < OSD_STATS_LINES; j++)
            assert_int_equal(letters_of(lines[j]), letters_of(none[j]));
    }
    assert_string_equal(lines[1], "9999.9 Mbit/s");
}

static void stats_are_up_while_asked_for(void **state)
{
    struct osd_figures figures = {0};
    struct osd_facts facts = facts_of(2, "");
    facts.figures = &figures;
    osd_figures_line(&figures, FIRST);
    osd_figures_line(&figures, SECOND);
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_STATS].line_count, 0);
    tell("{\"event\":\"mode\",\"locked\":false,\"stats\":true}", NOW_US);
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_STATS].line_count, OSD_STATS_LINES);
    assert_non_null(strstr(words.panels[OSD_STATS].lines[0].text, "30.0 pictures/s"));
    facts.number = 1;
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_STATS].line_count, 0);
    facts.number = 2;
    tell("{\"event\":\"mode\",\"locked\":false,\"stats\":false}", NOW_US);
    make(&facts, NOW_US);
    assert_int_equal(words.panels[OSD_STATS].line_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_picture_has_no_words, set_up),
        cmocka_unit_test_setup(what_shows_nothing_says_why, set_up),
        cmocka_unit_test_setup(a_switch_is_told_and_fades, set_up),
        cmocka_unit_test_setup(a_refusal_has_its_reason, set_up),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(long_reasons_are_wrapped_and_then_cut),
        cmocka_unit_test(each_panel_has_its_place),
        cmocka_unit_test(letters_grow_with_the_window),
        cmocka_unit_test(letters_grow_with_the_scale),
        cmocka_unit_test(neighbours_have_other_colours),
        cmocka_unit_test_setup(a_slow_link_is_told_after_a_while, set_up),
        cmocka_unit_test_setup(a_warning_does_not_flicker, set_up),
        cmocka_unit_test_setup(what_is_very_slow_is_told_at_once, set_up),
        cmocka_unit_test_setup(a_picture_that_waits_is_told, set_up),
        cmocka_unit_test_setup(rates_are_of_two_answers, set_up),
        cmocka_unit_test_setup(figures_are_as_wide_as_before, set_up),
        cmocka_unit_test_setup(stats_are_up_while_asked_for, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
