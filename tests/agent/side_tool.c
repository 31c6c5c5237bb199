/*
 * This computer's side of the agent (agent/side.h) driven by lines on standard input, for tests on
 * real X servers.
 *
 *   key CODE VALUE | rel X Y | abs X Y | wheel VERTICAL HORIZONTAL     a report of its own
 *   relkey X Y CODE VALUE                                              both in one
 *   tap CODE... | enter | leave | unsendable | sync
 * Says what the side says: `ready INJECTOR`, `not ready: WHY`, `locks N`, `geometry WxH NAME...`,
 * and `unsendable N`, `synced`. `sync` is answered when all before it went to the X server.
 */
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "agent/loop.h"
#include "agent/side.h"
#include "common/log.h"
#include "common/times.h"

struct tool {
    uv_poll_t poll;
    struct side *side;
    char bytes[65536];
    size_t size_bytes;
};

static void on_ready(void *context, const char *injector, bool ready, const char *reason)
{
    if (!ready)
        printf("not ready: %s\n", reason);
    else
        printf("ready %s\n", injector);
}

static void on_locks(void *context, uint8_t locks)
{
    printf("locks %u\n", locks);
}

static void on_geometry(void *context, const struct message_geometry *geometry)
{
    printf("geometry %ux%u", geometry->width_px, geometry->height_px);
    for (int i = 0; i < geometry->monitor_count; i++)
        printf(" %s", geometry->monitors[i].name);
    puts("");
}

static const struct side_handlers handlers = {
    .ready = on_ready,
    .locks = on_locks,
    .geometry = on_geometry,
};

static void type_pair(struct tool *tool, uint16_t type, uint16_t x_code, uint16_t y_code,
                      const char *rest)
{
    struct report report = {0};
    int x = 0, y = 0;

    sscanf(rest, "%d %d", &x, &y);
    if (x || type == EV_ABS)
        report_add(&report, type, x_code, x);
    if (y || type == EV_ABS)
        report_add(&report, type, y_code, y);
    side_type(tool->side, &report);
}

static void type_key(struct tool *tool, unsigned code, int value)
{
    struct report report = {0};

    report_add(&report, EV_KEY, (uint16_t)code, value);
    side_type(tool->side, &report);
}

static void type_motion_and_key(struct tool *tool, const char *rest)
{
    struct report report = {0};
    int x = 0, y = 0, value = 0;
    unsigned code = 0;

    sscanf(rest, "%d %d %u %d", &x, &y, &code, &value);
    report_add(&report, EV_REL, REL_X, x);
    report_add(&report, EV_REL, REL_Y, y);
    report_add(&report, EV_KEY, (uint16_t)code, value);
    side_type(tool->side, &report);
}

static void tap(struct tool *tool, char *rest)
{
    for (char *word = strtok(rest, " "); word; word = strtok(NULL, " ")) {
        type_key(tool, (unsigned)atoi(word), 1);
        type_key(tool, (unsigned)atoi(word), 0);
    }
}

static void obey(struct tool *tool, char *line)
{
    char *rest = strchr(line, ' ');
    unsigned code = 0;
    int value = 0;

    if (rest)
        *rest++ = '\0';
    else
        rest = line + strlen(line);
    if (strcmp(line, "key") == 0 && sscanf(rest, "%u %d", &code, &value) == 2)
        type_key(tool, code, value);
    else if (strcmp(line, "relkey") == 0)
        type_motion_and_key(tool, rest);
    else if (strcmp(line, "tap") == 0)
        tap(tool, rest);
    else if (strcmp(line, "rel") == 0)
        type_pair(tool, EV_REL, REL_X, REL_Y, rest);
    else if (strcmp(line, "abs") == 0)
        type_pair(tool, EV_ABS, ABS_X, ABS_Y, rest);
    else if (strcmp(line, "wheel") == 0)
        type_pair(tool, EV_REL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES, rest);
    else if (strcmp(line, "enter") == 0)
        side_enter(tool->side);
    else if (strcmp(line, "leave") == 0)
        side_leave(tool->side);
    else if (strcmp(line, "unsendable") == 0)
        printf("unsendable %u\n", side_unsendable(tool->side));
    else if (strcmp(line, "sync") == 0)
        puts("synced");
    else
        printf("what? %s\n", line);
}

static void end(struct tool *tool)
{
    tool->side = side_destroy(tool->side);
    uv_close((uv_handle_t *)&tool->poll, NULL);
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    struct tool *tool = poll->data;
    ssize_t size =
        read(STDIN_FILENO, tool->bytes + tool->size_bytes, sizeof tool->bytes - tool->size_bytes);
    char *newline;

    if (size <= 0) {
        end(tool);
        return;
    }
    tool->size_bytes += (size_t)size;
    while ((newline = memchr(tool->bytes, '\n', tool->size_bytes))) {
        *newline = '\0';
        obey(tool, tool->bytes);
        const size_t used = (size_t)(newline - tool->bytes) + 1;
        tool->size_bytes -= used;
        memmove(tool->bytes, tool->bytes + used, tool->size_bytes);
    }
}

int main(int argc, char **argv)
{
    struct inject_settings settings = {.kind = INJECT_AUTO};
    struct tool tool = {0};
    uv_loop_t loop;

    if (argc > 1 && strcmp(argv[1], "xtest") == 0)
        settings.kind = INJECT_XTEST;
    setvbuf(stdout, NULL, _IOLBF, 0);
    times_read_factor();
    log_init("side-tool", LOG_LEVEL_DEBUG);
    signal(SIGTERM, SIG_IGN); /* it ends with its input */
    uv_loop_init(&loop);
    if (side_create(&loop, &settings, &handlers, NULL, &tool.side) != 0)
        return 1;
    uv_poll_init(&loop, &tool.poll, STDIN_FILENO);
    tool.poll.data = &tool;
    uv_poll_start(&tool.poll, UV_READABLE, on_input);
    uv_run(&loop, UV_RUN_DEFAULT);
    loop_drain(&loop);
    return 0;
}
