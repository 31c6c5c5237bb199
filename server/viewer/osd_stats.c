#include "server/viewer/osd_stats.h"

#include <stdio.h>
#include <string.h>

#define DIGIT_BLANK "\u2007" /* figure space: as wide as a digit */
#define POINT_BLANK "\u2008" /* punctuation space: as wide as a point */
#define DIGIT_DASH  "\u2012" /* figure dash */
#define WIDTH       6        /* 9999.9 */
#define FIGURE_ROOM (3 * WIDTH + 1)

/* Blanks in place of what is not there. */
static void pad(const char *digits, char ret_text[FIGURE_ROOM])
{
    size_t length = strlen(digits);
    ret_text[0] = '\0';
    for (size_t i = length; i < WIDTH; i++)
        strcat(ret_text, DIGIT_BLANK);
    strcat(ret_text, digits);
}

static void write_unknown(char ret_text[FIGURE_ROOM])
{
    ret_text[0] = '\0';
    for (size_t i = 0; i < WIDTH - 3; i++)
        strcat(ret_text, DIGIT_BLANK);
    strcat(ret_text, DIGIT_DASH POINT_BLANK DIGIT_BLANK);
}

static void write_figure(bool is_known, double value, char ret_text[FIGURE_ROOM])
{
    char digits[32];
    if (!is_known) {
        write_unknown(ret_text);
        return;
    }
    snprintf(digits, sizeof digits, "%.1f", value > 9999.9 ? 9999.9 : value);
    pad(digits, ret_text);
}

static void write_latency(const char *what, uint64_t p50_us, uint64_t p99_us,
                          char ret_line[OSD_STATS_ROOM])
{
    char p50[FIGURE_ROOM], p99[FIGURE_ROOM];
    bool is_known = p99_us > 0;
    write_figure(is_known, (double)p50_us / 1000, p50);
    write_figure(is_known, (double)p99_us / 1000, p99);
    snprintf(ret_line, OSD_STATS_ROOM, "%s ms, p99 %s ms %s", p50, p99, what);
}

void osd_stats_make(const struct osd_figures *figures,
                    char ret_lines[OSD_STATS_LINES][OSD_STATS_ROOM])
{
    char text[FIGURE_ROOM];
    write_figure(figures->has_rates, figures->updates_per_s, text);
    snprintf(ret_lines[0], OSD_STATS_ROOM, "%s pictures/s", text);
    write_figure(figures->has_rates, figures->bits_per_s / 1e6, text);
    snprintf(ret_lines[1], OSD_STATS_ROOM, "%s Mbit/s", text);
    write_latency("keys", figures->key_p50_us, figures->key_p99_us, ret_lines[2]);
    write_latency("picture", figures->picture_p50_us, figures->picture_p99_us, ret_lines[3]);
}
