#include "bench.h"

#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"

#define WAIT_US  20000000 /* a busy machine takes seconds for what is there at once */
#define QUIET_US 30000    /* after this long nothing more is taken to come */

__attribute__((format(printf, 2, 3))) static void note(struct bench *bench, const char *format, ...)
{
    size_t used = strlen(bench->said);
    va_list arguments;
    va_start(arguments, format);
    if (used > 0 && used < sizeof bench->said - 1)
        bench->said[used++] = ' ';
    vsnprintf(bench->said + used, sizeof bench->said - used, format, arguments);
    va_end(arguments);
}

static void on_before_read(void *context)
{
}

static void on_report(void *context, const struct report *report)
{
    for (unsigned i = 0; i < report->event_count; i++)
        note(context, "%s%u:%d",
             report->events[i].type == EV_REL   ? "rel"
             : report->events[i].type == EV_ABS ? "abs"
                                                : "",
             report->events[i].code, report->events[i].value);
}

static bool on_device(void *context, const struct link_device *device, bool gone)
{
    unsigned number = 0;
    sscanf(device->path, "/dev/input/event%u", &number);
    if (gone)
        note(context, "x%u", number);
    else
        note(context, "%c%u %s", device->taken ? '+' : '-', number, device->why);
    return true;
}

static void on_counts(void *context, const struct link_counts *counts)
{
    note(context, "counts %u %u %u %u", counts->keys, counts->buttons, counts->motion,
         counts->wheel);
}

static void on_lost(void *context)
{
    note(context, "lost");
}

static const struct devices_handlers handlers = {.before_read = on_before_read,
                                                 .report = on_report,
                                                 .device = on_device,
                                                 .counts = on_counts,
                                                 .lost = on_lost};

static void turn(struct bench *bench)
{
    uv_run(&bench->loop, UV_RUN_NOWAIT);
    devices_deliver(bench->devices);
    if (devices_deadline_us(bench->devices) <= clock_now_us())
        devices_tick(bench->devices, clock_now_us());
    uv_sleep(1);
}

struct bench *bench_create(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->testbed = umockdev_testbed_new();
    assert_true(umockdev_in_mock_environment()); /* run it by umockdev-wrapper */
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    return bench;
}

struct bench *bench_destroy(struct bench *bench)
{
    bench->devices = devices_destroy(bench->devices);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    for (unsigned i = 0; i < BENCH_NODES_MAX; i++)
        fake_evdev_destroy(bench->nodes[i], bench->testbed);
    g_object_unref(bench->testbed);
    free(bench);
    return NULL;
}

/* The file of a device, in paragraphs, each a device of the kernel's, parents last. */
static gchar **read_paragraphs(const char *name)
{
    char path[512], *text = NULL;
    snprintf(path, sizeof path, DEVICES_DIR "/%s.umockdev", name);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    gchar **paragraphs = g_strsplit(text, "\n\n", -1);
    g_free(text);
    return paragraphs;
}

/* Whether a paragraph is an event node: its path in sysfs and its number. */
static bool is_node(const char *paragraph, char ret_syspath[256], unsigned *ret_number)
{
    char path[250] = "";
    sscanf(paragraph, "P: %249s", path);
    snprintf(ret_syspath, 256, "/sys%s", path);
    const char *event = strstr(path, "/event");
    return event && sscanf(event, "/event%u", ret_number) == 1;
}

/* umockdev sends an "add" for each, and its queue is short: they are read in between. */
void bench_plug(struct bench *bench, const char *name)
{
    gchar **paragraphs = read_paragraphs(name);
    for (unsigned i = g_strv_length(paragraphs); i-- > 0;) {
        GError *error = NULL;
        gchar *paragraph = g_strconcat(paragraphs[i], "\n", NULL);
        if (!umockdev_testbed_add_from_string(bench->testbed, paragraph, &error))
            fail_msg("%s: %s", name, error->message);
        g_free(paragraph);
        char syspath[256];
        unsigned number;
        if (is_node(paragraphs[i], syspath, &number)) {
            assert_in_range(number, 0, BENCH_NODES_MAX - 1);
            bench->nodes[number] =
                fake_evdev_create(bench->testbed, syspath, number, bench->nodes, BENCH_NODES_MAX);
            assert_non_null(bench->nodes[number]);
        }
        if (bench->devices)
            turn(bench);
    }
    g_strfreev(paragraphs);
}

void bench_unplug(struct bench *bench, const char *name)
{
    gchar **paragraphs = read_paragraphs(name);
    for (unsigned i = 0; paragraphs[i]; i++) {
        char syspath[256];
        unsigned number;
        if (!is_node(paragraphs[i], syspath, &number))
            continue;
        fake_evdev_vanish(bench->nodes[number]);
        umockdev_testbed_uevent(bench->testbed, syspath, "remove");
    }
    g_strfreev(paragraphs);
}

void bench_start(struct bench *bench)
{
    assert_int_equal(devices_create(&bench->loop, &bench->rules, &bench->sent, &handlers, bench,
                                    &bench->devices),
                     0);
}

void bench_wait_both(struct bench *bench, const char *one, const char *other)
{
    uint64_t end_us = clock_now_us() + WAIT_US;
    while (!strstr(bench->said, one) || !strstr(bench->said, other)) {
        if (clock_now_us() > end_us)
            fail_msg("no \"%s\" and \"%s\" in \"%s\"", one, other, bench->said);
        turn(bench);
    }
    bench->said[0] = '\0';
}

void bench_wait(struct bench *bench, const char *text)
{
    bench_wait_both(bench, text, text);
}

void bench_expect(struct bench *bench, const char *text)
{
    uint64_t end_us = clock_now_us() + WAIT_US;
    while (strcmp(bench->said, text) != 0 && clock_now_us() < end_us)
        turn(bench);
    end_us = clock_now_us() + QUIET_US;
    while (clock_now_us() < end_us)
        turn(bench);
    size_t at = 0;
    while (text[at] != '\0' && bench->said[at] == text[at])
        at++;
    if (bench->said[at] != text[at])
        fail_msg("at %zu: wanted \"%.80s\", got \"%.80s\"", at, text + at, bench->said + at);
    bench->said[0] = '\0';
}

void bench_say(struct bench *bench, unsigned node, uint16_t type, uint16_t code, int32_t value)
{
    fake_evdev_say_report(bench->nodes[node], &(struct fake_event){type, code, value}, 1);
}
