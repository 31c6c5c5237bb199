#include "agent/inject/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/inject/layout.h"
#include "common/clock.h"
#include "common/log.h"

#define LOG_MODULE "record"

#define DEFAULT_LAYOUT   "us"
#define SCREEN_WIDTH_PX  1920
#define SCREEN_HEIGHT_PX 1080

struct record {
    struct injector injector;
    FILE *file;
    const struct injector_events *events;
    void *context;
    uint8_t locks;
    int abs_x, abs_y;
    struct layout *layout;
};

static struct record *record_of(struct injector *injector)
{
    return (struct record *)injector;
}

static void record_lock(struct record *record, uint16_t code)
{
    uint8_t lock = code == KEY_CAPSLOCK     ? MESSAGE_LOCK_CAPS
                   : code == KEY_NUMLOCK    ? MESSAGE_LOCK_NUM
                   : code == KEY_SCROLLLOCK ? MESSAGE_LOCK_SCROLL
                                            : 0;
    if (!lock)
        return;
    record->locks ^= lock;
    record->events->locks(record->context, record->locks);
}

static void record_key(struct record *record, const struct report_event *event, uint64_t now_us)
{
    fprintf(record->file, "%" PRIu64 " key %u %d\n", now_us, event->code, event->value ? 1 : 0);
    if (event->value)
        record_lock(record, event->code);
}

static void record_motion(struct record *record, const struct report_event *event, uint64_t now_us)
{
    if (event->type == EV_REL && event->code == REL_WHEEL_HI_RES)
        fprintf(record->file, "%" PRIu64 " wheel %d 0\n", now_us, event->value);
    else if (event->type == EV_REL && event->code == REL_HWHEEL_HI_RES)
        fprintf(record->file, "%" PRIu64 " wheel 0 %d\n", now_us, event->value);
}

/* X and Y of one report are one movement. */
static void record_pair(struct record *record, const struct report *report, uint16_t type,
                        uint64_t now_us)
{
    int x = type == EV_ABS ? record->abs_x : 0, y = type == EV_ABS ? record->abs_y : 0;
    bool seen = false;

    for (uint8_t i = 0; i < report->event_count; i++) {
        const struct report_event *event = &report->events[i];
        if (event->type != type || event->code > REL_Y)
            continue;
        seen = true;
        *(event->code == REL_X ? &x : &y) = event->value;
    }
    if (!seen)
        return;
    fprintf(record->file, "%" PRIu64 " %s %d %d\n", now_us, type == EV_ABS ? "abs" : "rel", x, y);
    if (type == EV_ABS) {
        record->abs_x = x;
        record->abs_y = y;
    }
}

static int record_type(struct injector *injector, const struct report *report)
{
    struct record *record = record_of(injector);
    const uint64_t now_us = clock_now_us();

    record_pair(record, report, EV_REL, now_us);
    record_pair(record, report, EV_ABS, now_us);
    for (uint8_t i = 0; i < report->event_count; i++) {
        if (report->events[i].type == EV_KEY)
            record_key(record, &report->events[i], now_us);
        else
            record_motion(record, &report->events[i], now_us);
    }
    fflush(record->file);
    return 0;
}

static int record_find(struct injector *injector, const char *text, struct stroke *ret_strokes,
                       size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    struct record *record = record_of(injector);

    return layout_find(record->layout, record->locks, text, ret_strokes, ret_count, ret_why);
}

static void record_word(struct record *record, const char *word)
{
    fprintf(record->file, "%" PRIu64 " %s\n", clock_now_us(), word);
    fflush(record->file);
}

static void record_enter(struct injector *injector)
{
    record_word(record_of(injector), "enter");
}

static void record_leave(struct injector *injector)
{
    record_word(record_of(injector), "leave");
}

static uint32_t record_unsendable(const struct injector *injector)
{
    return 0;
}

static void record_destroy(struct injector *injector)
{
    struct record *record = record_of(injector);

    fclose(record->file);
    layout_close(record->layout);
    free(record);
}

static const struct injector_ops record_ops = {
    .name = "record",
    .type = record_type,
    .find = record_find,
    .enter = record_enter,
    .leave = record_leave,
    .unsendable = record_unsendable,
    .destroy = record_destroy,
};

static FILE *record_open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0)
        return NULL;
    FILE *file = fdopen(fd, "a");
    if (!file)
        close(fd);
    return file;
}

static void record_tell_screen(struct record *record)
{
    struct message_geometry geometry = {
        .width_px = SCREEN_WIDTH_PX,
        .height_px = SCREEN_HEIGHT_PX,
        .monitor_count = 1,
        .monitors = {{.width_px = SCREEN_WIDTH_PX, .height_px = SCREEN_HEIGHT_PX}},
    };

    snprintf(geometry.monitors[0].name, sizeof geometry.monitors[0].name, "record");
    record->events->geometry(record->context, &geometry);
    record->events->locks(record->context, 0);
}

int record_open(uv_loop_t *loop, const struct inject_settings *settings,
                const struct injector_events *events, void *context, struct injector **ret_injector,
                char ret_why[MESSAGE_REASON_ROOM])
{
    if (!settings->record_file || !*settings->record_file) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "injector record needs the option record-file");
        return -EINVAL;
    }
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->file = record_open_file(settings->record_file);
    if (!record->file) {
        int error = -errno;
        snprintf(ret_why, MESSAGE_REASON_ROOM, "cannot write %.100s: %s", settings->record_file,
                 strerror(-error));
        free(record);
        return error;
    }
    const bool is_set = settings->layout && *settings->layout;
    int error = layout_open(is_set ? settings->layout : DEFAULT_LAYOUT, &record->layout);
    if (error) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "there is no keyboard layout %.60s",
                 is_set ? settings->layout : DEFAULT_LAYOUT);
        record_destroy(&record->injector);
        return error;
    }
    record->injector.ops = &record_ops;
    record->events = events;
    record->context = context;
    log_warning("all that is typed is written to %s, and nothing is typed: for tests only",
                settings->record_file);
    record_tell_screen(record);
    *ret_injector = &record->injector;
    return 0;
}
