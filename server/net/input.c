#include "server/net/input.h"

#include <errno.h>
#include <glob.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"

#define LOG_MODULE      "input"
#define PAUSE_MIN_MS    500
#define PAUSE_MAX_MS    10000
#define LASTED_US       10000000 /* a link that lived longer was a good one */
#define KILL_AFTER_MS   1500
#define MESSAGES_A_TURN 256 /* then the agents get a turn: their acknowledgements are due too */
#define LINK_FD         3   /* in hotdesk-input */

enum input_mode { INPUT_NONE, INPUT_CHILD, INPUT_SOCKET };

struct input {
    uv_loop_t *loop;
    const struct input_handlers *handlers;
    void *context;
    enum input_mode mode;
    char path[108]; /* of its socket */
    int fd;         /* -1: no link */
    bool broken;    /* to be closed in the next input_read */
    bool told_missing;
    uv_poll_t *poll;
    uv_process_t *child;
    bool ending;           /* input_destroy was called: the child's exit is awaited */
    uint64_t connected_us; /* its hello came; 0: not yet */
    uv_timer_t retry;      /* the input is freed when this is closed */
    unsigned pause_ms;
};

static void try_start(struct input *input);

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void free_input(uv_handle_t *handle)
{
    free(handle->data);
}

static void retry(uv_timer_t *timer)
{
    try_start(timer->data);
}

static void try_later(struct input *input)
{
    if (input->connected_us != 0 && clock_now_us() - input->connected_us > LASTED_US)
        input->pause_ms = PAUSE_MIN_MS; /* else it would be started for ever, twice a second */
    input->connected_us = 0;
    uv_timer_start(&input->retry, retry, input->pause_ms, 0);
    input->pause_ms = input->pause_ms * 2 < PAUSE_MAX_MS ? input->pause_ms * 2 : PAUSE_MAX_MS;
}

static void close_link(struct input *input)
{
    if (input->poll)
        uv_close((uv_handle_t *)input->poll, free_handle);
    input->poll = NULL;
    if (input->fd >= 0)
        close(input->fd);
    input->fd = -1;
    input->broken = false;
}

static void lose_link(struct input *input, const char *why)
{
    if (input->fd < 0)
        return;
    close_link(input);
    log_warning("hotdesk-input is gone: %s; the keyboard is the console's", why);
    input->handlers->gone(input->context);
    /* A child that lost its link ends by itself; its exit starts the next. */
    if (!input->child)
        try_later(input);
}

/* False when nothing more is to be read now. */
static bool read_one(struct input *input)
{
    uint8_t bytes[LINK_MESSAGE_BYTES + 1];
    struct link_message message;
    const char *why = NULL;
    ssize_t size_bytes = recv(input->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size_bytes < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (size_bytes <= 0) {
        lose_link(input, size_bytes == 0 ? "it closed the link" : strerror(errno));
        return false;
    }
    if (size_bytes != LINK_MESSAGE_BYTES || !link_decode(bytes, true, &message, &why)) {
        lose_link(input, why ? why : "it sent something else than a message (another version?)");
        return false;
    }
    if (message.type == LINK_HELLO) {
        log_info("hotdesk-input is connected");
        input->connected_us = clock_now_us();
    }
    input->handlers->message(input->context, &message);
    return input->fd >= 0;
}

void input_read(struct input *input)
{
    if (input->broken)
        lose_link(input, "it does not read what it is sent");
    for (int i = 0; i < MESSAGES_A_TURN && input->fd >= 0; i++)
        if (!read_one(input))
            break;
}

static void readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    input_read(poll->data);
}

/* Takes over `fd`. */
static int open_link(struct input *input, int fd)
{
    uv_poll_t *poll = calloc(1, sizeof *poll);
    int result = poll ? uv_poll_init(input->loop, poll, fd) : -ENOMEM;
    if (result < 0) {
        free(poll);
        close(fd);
        return result;
    }
    poll->data = input;
    input->poll = poll;
    input->fd = fd;
    uv_poll_start(poll, UV_READABLE, readable);
    return 0;
}

static void child_exited(uv_process_t *child, int64_t status, int signal_number)
{
    struct input *input = child->data;
    uv_close((uv_handle_t *)child, free_handle);
    input->child = NULL;
    if (input->ending) {
        uv_close((uv_handle_t *)&input->retry, free_input);
        return;
    }
    char why[64];
    snprintf(why, sizeof why, "it ended with %s %d", signal_number ? "signal" : "status",
             signal_number ? signal_number : (int)status);
    lose_link(input, why);
    if (!uv_is_active((uv_handle_t *)&input->retry))
        try_later(input);
}

static int spawn(struct input *input, char *program, int link_fd)
{
    uv_process_t *child = calloc(1, sizeof *child);
    if (!child)
        return -ENOMEM;
    child->data = input;
    uv_stdio_container_t stdio[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = link_fd},
    };
    char option[] = "--link-fd", value[] = "3";
    char *arguments[] = {program, option, value, NULL};
    uv_process_options_t options = {.file = program,
                                    .args = arguments,
                                    .exit_cb = child_exited,
                                    .stdio = stdio,
                                    .stdio_count = LINK_FD + 1};
    int result = uv_spawn(input->loop, child, &options);
    if (result < 0) {
        uv_close((uv_handle_t *)child, free_handle);
        return result;
    }
    input->child = child;
    return 0;
}

static int start_child(struct input *input)
{
    char program[512];
    int ends[2];
    int result = program_find("hotdesk-input", "input", program, sizeof program);
    if (result < 0)
        return result;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return -errno;
    result = spawn(input, program, ends[1]);
    close(ends[1]);
    if (result == 0)
        return open_link(input, ends[0]);
    close(ends[0]);
    return result;
}

static bool peer_is_trusted(int fd)
{
    struct ucred peer = {0};
    socklen_t size_bytes = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size_bytes) < 0)
        return false;
    const struct passwd *user = getpwnam("hotdesk-input");
    /* A socket that systemd made belongs to root. */
    return peer.uid == 0 || peer.uid == geteuid() || (user && peer.uid == user->pw_uid);
}

static int connect_socket(struct input *input)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", input->path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int result = connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
    if (result == 0 && !peer_is_trusted(fd))
        result = -EPERM;
    if (result == 0)
        return open_link(input, fd);
    close(fd);
    return result;
}

static bool have_devices(void)
{
    glob_t found = {0};
    bool readable_one = false;
    if (glob("/dev/input/event*", 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && !readable_one; i++)
            readable_one = access(found.gl_pathv[i], R_OK) == 0;
    globfree(&found);
    return readable_one;
}

static void try_start(struct input *input)
{
    int result;
    if (input->mode == INPUT_CHILD && !have_devices()) {
        if (!input->told_missing)
            log_info(
                "no device in /dev/input that can be read: the viewer's window is the only source");
        input->told_missing = true;
        try_later(input);
        return;
    }
    result = input->mode == INPUT_CHILD ? start_child(input) : connect_socket(input);
    if (result == 0) {
        input->told_missing = false;
        return;
    }
    if (!input->told_missing)
        log_warning("cannot %s hotdesk-input%s%s: %s; trying again",
                    input->mode == INPUT_CHILD ? "start" : "connect to",
                    input->mode == INPUT_SOCKET ? " at " : "", input->path, strerror(-result));
    input->told_missing = true;
    try_later(input);
}

int input_create(uv_loop_t *loop, const char *where, const struct input_handlers *handlers,
                 void *context, struct input **ret_input)
{
    struct input *input = calloc(1, sizeof *input);
    if (!input)
        return -ENOMEM;
    input->loop = loop;
    input->handlers = handlers;
    input->context = context;
    input->fd = -1;
    input->pause_ms = PAUSE_MIN_MS;
    uv_timer_init(loop, &input->retry);
    input->retry.data = input;
    if (strcmp(where, "auto") == 0) {
        input->mode = INPUT_CHILD;
    } else if (strcmp(where, "none") != 0) {
        input->mode = INPUT_SOCKET;
        snprintf(input->path, sizeof input->path, "%s", where);
    }
    if (input->mode != INPUT_NONE)
        try_start(input);
    *ret_input = input;
    return 0;
}

static void kill_child(uv_timer_t *timer)
{
    struct input *input = timer->data;
    if (input->child)
        uv_process_kill(input->child, SIGKILL);
}

struct input *input_destroy(struct input *input)
{
    if (!input)
        return NULL;
    close_link(input); /* gives the devices back */
    if (input->child) {
        input->ending = true;
        uv_process_kill(input->child, SIGTERM);
        uv_timer_start(&input->retry, kill_child, KILL_AFTER_MS, 0);
    } else {
        uv_close((uv_handle_t *)&input->retry, free_input);
    }
    return NULL;
}

void input_send(struct input *input, const struct link_message *message)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    if (!input || input->fd < 0 || input->broken || !link_encode(message, bytes))
        return;
    if (send(input->fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof bytes)
        input->broken = true; /* full: it is as good as silent */
}

bool input_is_connected(const struct input *input)
{
    return input->fd >= 0;
}
