#include "server/viewer/osd_slow.h"

#include <stdio.h>

#include "common/times.h"

/* What a hand feels; what is in between stays as it was told. */
#define KEYS_SLOW_US    150000
#define KEYS_WELL_US    100000
#define KEYS_BAD_US     400000 /* told at once */
#define PICTURE_SLOW_US 400000
#define PICTURE_WELL_US 250000

struct reading {
    bool is_slow, is_well, is_bad;
};

static void turn(struct osd_slow_judge *judge, bool is_slow)
{
    *judge = (struct osd_slow_judge){.is_slow = is_slow};
}

static void judge(struct osd_slow_judge *judge, const struct reading *reading, uint64_t now_us)
{
    bool is_other = judge->is_slow ? reading->is_well : reading->is_slow;
    uint64_t after_us = time_us(judge->is_slow ? TIME_OSD_WELL : TIME_OSD_SLOW);
    if (!is_other) {
        judge->other_us = 0;
        return;
    }
    if (judge->other_us == 0)
        judge->other_us = now_us;
    if (now_us - judge->other_us >= after_us || (!judge->is_slow && reading->is_bad))
        turn(judge, !judge->is_slow);
}

/* Two digits that mean something: others would change all the time. */
static uint64_t rounded_us(uint64_t value_us)
{
    uint64_t step_us = value_us < 1000000 ? 10000 : 100000;
    return (value_us + step_us / 2) / step_us * step_us;
}

static void note_keys(struct osd_slow *slow, const struct osd_figures *figures, uint64_t now_us)
{
    uint64_t last_us = figures->key_last_us, waits_us = figures->key_waits_us;
    uint64_t value_us = waits_us > last_us ? waits_us : last_us;
    const struct reading reading = {.is_slow = value_us >= KEYS_SLOW_US,
                                    .is_well = value_us <= KEYS_WELL_US,
                                    .is_bad = value_us >= KEYS_BAD_US};
    judge(&slow->keys, &reading, now_us);
    if (value_us > KEYS_WELL_US)
        slow->keys_us = rounded_us(value_us);
}

static void note_picture(struct osd_slow *slow, const struct osd_figures *figures, uint64_t now_us)
{
    uint64_t value_us = figures->picture_p50_us;
    const struct reading reading = {.is_slow = figures->link_limits && value_us >= PICTURE_SLOW_US,
                                    .is_well = value_us <= PICTURE_WELL_US};
    judge(&slow->picture, &reading, now_us);
    if (value_us > PICTURE_WELL_US)
        slow->picture_us = rounded_us(value_us);
}

void osd_slow_note(struct osd_slow *slow, const struct osd_figures *figures, uint64_t now_us)
{
    if (slow->number != figures->number)
        *slow = (struct osd_slow){.number = figures->number};
    note_keys(slow, figures, now_us);
    note_picture(slow, figures, now_us);
}

static void write_time(uint64_t value_us, char *ret_text, size_t room_bytes)
{
    if (value_us < 1000000)
        snprintf(ret_text, room_bytes, "%u ms", (unsigned)(value_us / 1000));
    else
        snprintf(ret_text, room_bytes, "%.1f s", (double)value_us / 1e6);
}

unsigned osd_slow_words(const struct osd_slow *slow, char ret_lines[2][OSD_SLOW_ROOM])
{
    char text[24];
    unsigned count = 0;
    if (slow->keys.is_slow) {
        write_time(slow->keys_us, text, sizeof text);
        snprintf(ret_lines[count++], OSD_SLOW_ROOM, "Slow link: keys take %s", text);
    }
    if (slow->picture.is_slow) {
        write_time(slow->picture_us, text, sizeof text);
        snprintf(ret_lines[count++], OSD_SLOW_ROOM, "The picture waits for the network: %s", text);
    }
    return count;
}
