/*
 * An agent's screen without the agent: `screen-tool KIND FD` shows the display of DISPLAY (x11), or
 * the test pattern, to the RFB client at the other end of the socket FD.
 *
 * For each line on standard input it says how often it read the screen, how many bytes it sent and
 * the CPU time that it took: "reads N bytes N cpu-us N".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "agent/display.h"
#include "agent/screen/feed.h"
#include "common/log.h"
#include "common/times.h"

#define ROOM_BYTES 65536

struct tool {
    uv_loop_t loop;
    uv_pipe_t client, commands;
    struct source *source;
    struct feed *feed;
    uint64_t sent_bytes;
    uint8_t received[ROOM_BYTES];
    size_t received_bytes;
    char line[256];
};

static void fail(const char *why)
{
    printf("ended: %s\n", why);
    exit(0);
}

static void on_written(uv_write_t *write, int status)
{
    free(write);
}

static void on_send(void *context, const void *bytes, size_t size_bytes)
{
    struct tool *tool = context;
    uv_write_t *write = malloc(sizeof *write + size_bytes);
    uv_buf_t buffer = uv_buf_init((char *)(write + 1), (unsigned)size_bytes);

    memcpy(write + 1, bytes, size_bytes);
    tool->sent_bytes += size_bytes;
    uv_write(write, (uv_stream_t *)&tool->client, &buffer, 1, on_written);
}

static const struct feed_handlers feed_handlers = {.send = on_send};

static void on_room(uv_handle_t *handle, size_t wanted_bytes, uv_buf_t *ret_buffer)
{
    struct tool *tool = handle->data;

    *ret_buffer = uv_buf_init((char *)tool->received + tool->received_bytes,
                              (unsigned)(ROOM_BYTES - tool->received_bytes));
}

static void on_received(uv_stream_t *stream, ssize_t size_bytes, const uv_buf_t *buffer)
{
    struct tool *tool = stream->data;
    const char *why = NULL;

    if (size_bytes < 0)
        fail("the client has gone");
    tool->received_bytes += (size_t)size_bytes;
    const size_t used_bytes = feed_received(tool->feed, tool->received, tool->received_bytes, &why);
    if (why)
        fail(why);
    tool->received_bytes -= used_bytes;
    memmove(tool->received, tool->received + used_bytes, tool->received_bytes);
}

static void on_command_room(uv_handle_t *handle, size_t wanted_bytes, uv_buf_t *ret_buffer)
{
    struct tool *tool = handle->data;

    *ret_buffer = uv_buf_init(tool->line, sizeof tool->line);
}

static void on_command(uv_stream_t *stream, ssize_t size_bytes, const uv_buf_t *buffer)
{
    struct tool *tool = stream->data;
    struct timespec used;

    if (size_bytes < 0)
        return;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    printf("reads %llu bytes %llu cpu-us %lld\n", (unsigned long long)tool->source->reads,
           (unsigned long long)tool->sent_bytes,
           (long long)used.tv_sec * 1000000 + used.tv_nsec / 1000);
}

static void on_changed(void *context)
{
    struct tool *tool = context;

    feed_on_changed(tool->feed);
}

static void on_resized(void *context)
{
    struct tool *tool = context;

    feed_on_resized(tool->feed);
}

static void on_pointed(void *context)
{
    struct tool *tool = context;

    feed_on_pointed(tool->feed);
}

static void on_lost(void *context, const char *why)
{
    fail(why);
}

static const struct source_handlers source_handlers = {
    .changed = on_changed,
    .resized = on_resized,
    .pointed = on_pointed,
    .lost = on_lost,
};

static void open_pipe(struct tool *tool, uv_pipe_t *pipe, int fd)
{
    uv_pipe_init(&tool->loop, pipe, 0);
    pipe->data = tool;
    if (uv_pipe_open(pipe, fd) != 0)
        fail("cannot watch a descriptor");
}

int main(int argc, char **argv)
{
    static struct tool tool;
    char why[MESSAGE_REASON_ROOM] = "";

    if (argc != 3 && argc != 4)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    times_read_factor();
    log_init("screen-tool", LOG_LEVEL_DEBUG);
    display_init();
    uv_loop_init(&tool.loop);
    const struct source_settings settings = {
        .kind = strcmp(argv[1], "pattern") == 0 ? SOURCE_PATTERN : SOURCE_X11, .monitor = argv[3]};
    if (source_open(&tool.loop, &settings, &source_handlers, &tool, &tool.source, why) != 0) {
        printf("no screen: %s\n", why);
        return 0;
    }
    printf("screen: %s\n", tool.source->how);
    if (feed_create(&tool.loop, tool.source, &feed_handlers, &tool, &tool.feed) != 0)
        fail("no memory");
    open_pipe(&tool, &tool.client, atoi(argv[2]));
    open_pipe(&tool, &tool.commands, STDIN_FILENO);
    uv_read_start((uv_stream_t *)&tool.client, on_room, on_received);
    uv_read_start((uv_stream_t *)&tool.commands, on_command_room, on_command);
    feed_start(tool.feed);
    return uv_run(&tool.loop, UV_RUN_DEFAULT);
}
