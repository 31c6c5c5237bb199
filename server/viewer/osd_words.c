#include "server/viewer/osd_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"
#include "server/viewer/colors.h"
#include "server/viewer/osd_stats.h"

#define WARNING_COLOR 0xfbbf24u
/* A panel goes in so many steps; more would be seen by nobody. */
#define FADE_STEPS 8
#define DAY_S      (24 * 60 * 60)

static void add_line(struct osd_panel *panel, enum osd_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_line(struct osd_panel *panel, enum osd_style style, const char *format, ...)
{
    struct osd_line *line = &panel->lines[panel->line_count++];
    va_list arguments;
    line->style = style;
    va_start(arguments, format);
    vsnprintf(line->text, sizeof line->text, format, arguments);
    va_end(arguments);
}

const char *osd_words_name(const struct status *status, uint16_t number)
{
    const struct status_target *target = status_find(status, number);
    return target ? target->name : number == 0 ? "local" : "?";
}

static void set_number(struct osd_panel *panel, const struct osd_facts *facts, uint16_t number)
{
    panel->has_number = true;
    panel->number = number;
    panel->color = colors_of_target(facts->colors, osd_words_name(facts->status, number), number);
}

/* --- what shows nothing --- */

void osd_words_since(const struct status_target *target, uint64_t now_us, time_t wall_s,
                     char ret_text[OSD_TEXT_ROOM])
{
    char text[64] = "";
    struct tm when;
    uint64_t for_s = now_us > target->since_us ? (now_us - target->since_us) / 1000000 : 0;
    time_t since_s = wall_s - (time_t)for_s;
    if (localtime_r(&since_s, &when))
        strftime(text, sizeof text, for_s < DAY_S ? " since %H:%M" : " since %Y-%m-%d %H:%M",
                 &when);
    snprintf(ret_text, OSD_TEXT_ROOM, "%s%s", target->state, text);
}

static void make_state(const struct osd_facts *facts, uint64_t now_us, struct osd_panel *panel)
{
    const struct status_target *target = status_find(facts->status, facts->number);
    char since[OSD_TEXT_ROOM];
    if (facts->trouble) {
        add_line(panel, OSD_TITLE, "hotdesk");
        add_line(panel, OSD_TEXT, "%s", facts->trouble);
        panel->color = WARNING_COLOR;
    } else if (facts->number == 0) {
        if (!facts->hint)
            return;
        set_number(panel, facts, 0);
        add_line(panel, OSD_TITLE, "local");
        add_line(panel, OSD_TEXT, "%s", facts->hint);
    } else if (*facts->no_picture) {
        set_number(panel, facts, facts->number);
        add_line(panel, OSD_TITLE, "%s", osd_words_name(facts->status, facts->number));
        if (target && !target->ready) {
            osd_words_since(target, now_us, facts->wall_s, since);
            add_line(panel, OSD_TEXT, "%s", since);
            if (*target->reason)
                add_line(panel, OSD_TEXT, "%s", target->reason);
        } else {
            add_line(panel, OSD_TEXT, "%s", facts->no_picture);
        }
    }
}

/* --- switches --- */

static uint64_t age_us(uint64_t since_us, uint64_t now_us)
{
    return now_us > since_us ? now_us - since_us : 0;
}

static bool is_up(const struct status_news *news, enum time_id stays, uint64_t now_us)
{
    return news->at_us != 0 &&
           age_us(news->at_us, now_us) < time_us(stays) + time_us(TIME_OSD_FADE);
}

/* 255, and in steps down to nothing once it has stayed. */
static uint8_t fade(const struct status_news *news, enum time_id stays, uint64_t now_us)
{
    uint64_t step_us = time_us(TIME_OSD_FADE) / FADE_STEPS, age = age_us(news->at_us, now_us);
    if (age < time_us(stays))
        return 255;
    uint64_t steps = (age - time_us(stays)) / step_us + 1;
    return steps >= FADE_STEPS ? 0 : (uint8_t)(255 - 255 * steps / FADE_STEPS);
}

static uint64_t fade_deadline_us(const struct status_news *news, enum time_id stays,
                                 uint64_t now_us)
{
    uint64_t step_us = time_us(TIME_OSD_FADE) / FADE_STEPS, age = age_us(news->at_us, now_us);
    if (!is_up(news, stays, now_us))
        return UINT64_MAX;
    if (age < time_us(stays))
        return news->at_us + time_us(stays);
    return now_us + step_us - (age - time_us(stays)) % step_us;
}

static bool shows_refusal(const struct osd_facts *facts, uint64_t now_us)
{
    return facts->tells_switches && is_up(&facts->status->refused, TIME_NOTICE, now_us);
}

/* What shows nothing has its number and name in the middle. A switch that nobody asked for has a
 * reason, which stays as long as a refusal's. */
static bool shows_switch(const struct osd_facts *facts, bool has_state, uint64_t now_us)
{
    const struct status_news *news = &facts->status->switched;
    return facts->tells_switches && (!has_state || *news->why) &&
           is_up(news, *news->why ? TIME_NOTICE : TIME_OSD_SWITCH, now_us);
}

static void make_switch(const struct osd_facts *facts, uint64_t now_us, struct osd_words *words)
{
    const struct status *status = facts->status;
    struct osd_panel *panel = &words->panels[OSD_SWITCH];
    bool has_state = words->panels[OSD_STATE].line_count > 0;
    if (shows_refusal(facts, now_us)) {
        panel->color = WARNING_COLOR;
        add_line(panel, OSD_TITLE, "Not switched to %s", status->refused.name);
        if (*status->refused.why)
            add_line(panel, OSD_TEXT, "%s", status->refused.why);
        words->opacity[OSD_SWITCH] = fade(&status->refused, TIME_NOTICE, now_us);
    } else if (shows_switch(facts, has_state, now_us)) {
        const char *why = status->switched.why;
        set_number(panel, facts, status->switched.number);
        add_line(panel, OSD_TITLE, "%s", osd_words_name(status, status->switched.number));
        if (*why)
            add_line(panel, OSD_TEXT, "%s: %s", status->switched.name, why);
        words->opacity[OSD_SWITCH] =
            fade(&status->switched, *why ? TIME_NOTICE : TIME_OSD_SWITCH, now_us);
    }
}

/* --- how it does --- */

static void make_link(const struct osd_facts *facts, struct osd_panel *panel)
{
    char lines[2][OSD_SLOW_ROOM];
    if (!facts->slow || facts->number == 0 || facts->slow->number != facts->number)
        return;
    unsigned count = osd_slow_words(facts->slow, lines);
    for (unsigned i = 0; i < count; i++)
        add_line(panel, OSD_TEXT, "%s", lines[i]);
    panel->color = WARNING_COLOR;
}

static void make_stats(const struct osd_facts *facts, struct osd_panel *panel)
{
    char lines[OSD_STATS_LINES][OSD_STATS_ROOM];
    const struct osd_figures *figures = facts->figures;
    if (!figures || !facts->status->shows_stats || facts->number == 0 ||
        figures->number != facts->number)
        return;
    osd_stats_make(figures, lines);
    for (size_t i = 0; i < OSD_STATS_LINES; i++)
        add_line(panel, OSD_TEXT, "%s", lines[i]);
    panel->color = colors_of_target(facts->colors, osd_words_name(facts->status, facts->number),
                                    facts->number);
}

void osd_words_make(const struct osd_facts *facts, uint64_t now_us, struct osd_words *ret_words)
{
    memset(ret_words, 0, sizeof *ret_words); /* words are compared as bytes */
    memset(ret_words->opacity, 255, sizeof ret_words->opacity);
    make_state(facts, now_us, &ret_words->panels[OSD_STATE]);
    make_switch(facts, now_us, ret_words);
    make_link(facts, &ret_words->panels[OSD_LINK]);
    make_stats(facts, &ret_words->panels[OSD_STATS]);
}

uint64_t osd_words_deadline_us(const struct osd_facts *facts, uint64_t now_us)
{
    const struct status *status = facts->status;
    if (!facts->tells_switches)
        return UINT64_MAX;
    uint64_t refused_us = fade_deadline_us(&status->refused, TIME_NOTICE, now_us);
    uint64_t switched_us = fade_deadline_us(
        &status->switched, *status->switched.why ? TIME_NOTICE : TIME_OSD_SWITCH, now_us);
    return refused_us < switched_us ? refused_us : switched_us;
}
