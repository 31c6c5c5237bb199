#include "server/child/child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/send_fd.h"
#include "common/times.h"

#define WHY_ROOM (FRAME_TEXT_ROOM + 32)
#define HANDLES  4
#define FIRST_FD (STDERR_FILENO + 1)

struct child {
    uv_process_t process;
    uv_poll_t poll;   /* of message_fd */
    uv_timer_t timer; /* it is to be ready, or to end */
    uv_timer_t rest;  /* it has said a lot: poll goes on then */
    unsigned handles; /* open; the last one frees */
    bool waits_for_room, rests;
    bool is_ready, is_over, stopping, told;
    int message_fd;
    const struct child_kind *kind;
    void *context;
    char why[WHY_ROOM]; /* its own last word */
};

static void on_closed(uv_handle_t *handle)
{
    struct child *child = handle->data;
    if (--child->handles == 0)
        free(child);
}

static void tell_stopped(struct child *child, const char *why)
{
    if (child->told || child->stopping)
        return;
    child->told = true;
    uv_timer_stop(&child->timer);
    uv_timer_stop(&child->rest);
    uv_poll_stop(&child->poll);
    if (!child->is_over)
        uv_process_kill(&child->process, SIGKILL);
    child->kind->stopped(child->context, why);
}

/* -- what it says -- */

const char *child_is_shut_in(struct child *child)
{
    if (child->is_ready)
        return "it said twice that it is ready";
    child->is_ready = true;
    uv_timer_stop(&child->timer);
    return NULL;
}

const char *child_may_speak(const struct child *child)
{
    return child->is_ready ? NULL : "it spoke before it was shut in";
}

const char *child_last_word(struct child *child, const char *text)
{
    snprintf(child->why, sizeof child->why, "%s", text);
    return child->why;
}

static void silent(uv_timer_t *timer)
{
    struct child *child = timer->data;
    tell_stopped(child, child->is_ready ? "it tells nothing any more" : "it was not ready in time");
}

/* False when nothing more is to be read now. */
static bool read_one(struct child *child)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES + 1];
    ssize_t n = recv(child->message_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) { /* its exit tells why, if it is one */
        uv_poll_stop(&child->poll);
        uv_timer_stop(&child->rest);
        if (!child->is_over)
            uv_timer_start(&child->timer, silent, time_ms(TIME_DECODER_READY), 0);
        return false;
    }
    const char *why = n == FRAME_MESSAGE_BYTES ? child->kind->take(child->context, bytes)
                                               : "it sent a message of a wrong size";
    if (why)
        tell_stopped(child, why);
    return !why && !child->stopping && !child->told;
}

static void polled(uv_poll_t *poll, int status, int events);

static void update_poll(struct child *child)
{
    int events = (child->rests ? 0 : UV_READABLE) | (child->waits_for_room ? UV_WRITABLE : 0);
    if (child->stopping || child->told)
        return;
    if (events)
        uv_poll_start(&child->poll, events, polled);
    else
        uv_poll_stop(&child->poll);
}

static void rested(uv_timer_t *timer)
{
    struct child *child = timer->data;
    child->rests = false;
    update_poll(child);
}

/* One that floods us waits on its full socket, and takes no processor from anybody. */
static void read_some(struct child *child)
{
    for (unsigned i = 0; i < child->kind->messages_a_turn; i++)
        if (!read_one(child))
            return;
    child->rests = true;
    update_poll(child);
    uv_timer_start(&child->rest, rested, time_ms(TIME_DECODER_REST), 0);
}

static void polled(uv_poll_t *poll, int status, int events)
{
    struct child *child = poll->data;
    (void)status;
    if (events & UV_WRITABLE) {
        child->waits_for_room = false;
        update_poll(child);
        child->kind->clear(child->context);
    }
    if ((events & UV_READABLE) && !child->stopping && !child->told)
        read_some(child);
}

/* -- what it is told -- */

int child_send(struct child *child, const uint8_t bytes[FRAME_MESSAGE_BYTES], int fd)
{
    if (child->told)
        return -EPIPE;
    ssize_t n = send_fd(child->message_fd, bytes, FRAME_MESSAGE_BYTES, fd);
    return n == FRAME_MESSAGE_BYTES ? 0 : n < 0 ? -errno : -EPIPE;
}

void child_await_room(struct child *child)
{
    assert(child->kind->clear);
    child->waits_for_room = true;
    update_poll(child);
}

/* -- life -- */

static void exited(uv_process_t *process, int64_t status, int signal_number)
{
    struct child *child = process->data;
    char why[WHY_ROOM];
    child->is_over = true;
    while (!child->told && !child->stopping && read_one(child)) {
        /* its last word may still wait */
    }
    if (signal_number == SIGSYS)
        snprintf(why, sizeof why, "it asked the kernel for what it may not have");
    else if (signal_number)
        snprintf(why, sizeof why, "it was ended by signal %d (%s)", signal_number,
                 strsignal(signal_number));
    else
        snprintf(why, sizeof why, "it ended with status %d", (int)status);
    tell_stopped(child, why);
    uv_close((uv_handle_t *)&child->process, on_closed);
}

static int spawn(struct child *child, uv_loop_t *loop, const char *program, const int *fds,
                 size_t count, int message_fd)
{
    uv_stdio_container_t stdio[FIRST_FD + CHILD_FDS_MAX] = {
        {.flags = UV_IGNORE},
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
    };
    for (size_t i = 0; i < count; i++)
        stdio[FIRST_FD + i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD,
                                                     .data.fd = fds[i] < 0 ? message_fd : fds[i]};
    char *arguments[] = {(char *)child->kind->name, NULL}, *environment[] = {NULL};
    uv_process_options_t options = {.file = program,
                                    .args = arguments,
                                    .env = environment,
                                    .cwd = "/",
                                    .exit_cb = exited,
                                    .stdio = stdio,
                                    .stdio_count = FIRST_FD + (int)count};
    return uv_spawn(loop, &child->process, &options);
}

static void init_handles(struct child *child, uv_loop_t *loop)
{
    child->process.data = child->poll.data = child->timer.data = child->rest.data = child;
    uv_timer_init(loop, &child->timer);
    uv_timer_init(loop, &child->rest);
    uv_poll_init(loop, &child->poll, child->message_fd);
    child->handles = HANDLES;
}

int child_start(uv_loop_t *loop, const char *program, const int *fds, size_t count,
                const struct child_kind *kind, void *context, struct child **ret_child)
{
    int ends[2];
    assert(count <= CHILD_FDS_MAX);
    struct child *child = calloc(1, sizeof *child);
    if (!child)
        return -ENOMEM;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        int result = -errno;
        free(child);
        return result;
    }
    child->kind = kind;
    child->context = context;
    child->message_fd = ends[0];
    init_handles(child, loop);
    int result = spawn(child, loop, program, fds, count, ends[1]);
    close(ends[1]);
    if (result < 0) {
        child->is_over = true;
        uv_close((uv_handle_t *)&child->process, on_closed);
        child_stop(child);
        return result;
    }
    uv_poll_start(&child->poll, UV_READABLE, polled);
    uv_timer_start(&child->timer, silent, time_ms(TIME_DECODER_READY), 0);
    *ret_child = child;
    return 0;
}

struct child *child_stop(struct child *child)
{
    if (!child || child->stopping)
        return NULL;
    child->stopping = true;
    if (!child->is_over)
        uv_process_kill(&child->process, SIGKILL);
    uv_close((uv_handle_t *)&child->timer, on_closed);
    uv_close((uv_handle_t *)&child->rest, on_closed);
    uv_close((uv_handle_t *)&child->poll, on_closed);
    close(child->message_fd);
    return NULL;
}
