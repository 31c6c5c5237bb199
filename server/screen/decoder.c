#include "server/screen/decoder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame_file.h"
#include "common/times.h"
#include "protocol/limits.h"

#define WHY_ROOM (FRAME_TEXT_ROOM + 32)
#define HANDLES  4

/* Descriptors in hotdesk-decode. */
enum { STREAM_FD = 3, MESSAGE_FD = 4, FILE_FD = 5, FD_COUNT };

struct decoder {
    uv_process_t child;
    uv_poll_t poll;   /* of message_fd */
    uv_timer_t timer; /* it is to be ready, or to end */
    uv_timer_t rest;  /* it has said a lot: poll goes on then */
    unsigned handles; /* open; the last one frees */
    bool child_is_over, stopping, told;
    int stream_fd, message_fd, file_fd;
    const struct decoder_handlers *handlers;
    void *context;
    bool sealed;
    struct frame_size size;
    char why[WHY_ROOM]; /* its own last word */
};

static void on_closed(uv_handle_t *handle)
{
    struct decoder *decoder = handle->data;
    if (--decoder->handles == 0)
        free(decoder);
}

static void tell_stopped(struct decoder *decoder, const char *why)
{
    if (decoder->told || decoder->stopping)
        return;
    decoder->told = true;
    uv_timer_stop(&decoder->timer);
    uv_timer_stop(&decoder->rest);
    uv_poll_stop(&decoder->poll);
    if (!decoder->child_is_over)
        uv_process_kill(&decoder->child, SIGKILL);
    decoder->handlers->stopped(decoder->context, why);
}

/* -- what it says -- */

static const char *seal(struct decoder *decoder)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    struct frame_message sealed = {.type = FRAME_SEALED};
    if (decoder->sealed)
        return "it said twice that it is ready";
    if (frame_file_seal(decoder->file_fd) < 0)
        return "its picture file cannot be sealed";
    frame_message_encode(&sealed, bytes);
    if (send(decoder->message_fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof bytes)
        return "it does not read what it is told";
    decoder->sealed = true;
    uv_timer_stop(&decoder->timer);
    decoder->handlers->ready(decoder->context);
    return NULL;
}

/* NULL, or what is wrong with it. */
static const char *take(struct decoder *decoder, const struct frame_message *message)
{
    if (message->type == FRAME_READY)
        return seal(decoder);
    if (message->type == FRAME_STOPPED) {
        snprintf(decoder->why, sizeof decoder->why, "%s", message->text);
        return decoder->why;
    }
    if (!decoder->sealed)
        return "it spoke before it was shut in";
    if (message->type == FRAME_SIZE)
        decoder->size = message->size;
    if (message->type == FRAME_DAMAGE &&
        !frame_damage_fits(&message->damage, decoder->size.width_px, decoder->size.height_px))
        return "it told of changes outside of its picture";
    if (message->type == FRAME_MOVE &&
        !frame_move_fits(&message->move, decoder->size.width_px, decoder->size.height_px))
        return "it told of a move outside of its picture";
    decoder->handlers->message(decoder->context, message);
    return NULL;
}

static void silent(uv_timer_t *timer)
{
    struct decoder *decoder = timer->data;
    tell_stopped(decoder,
                 decoder->sealed ? "it tells nothing any more" : "it was not ready in time");
}

/* False when nothing more is to be read now. */
static bool read_one(struct decoder *decoder)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES + 1];
    struct frame_message message;
    const char *why = NULL;
    ssize_t n = recv(decoder->message_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) { /* its exit tells why, if it is one */
        uv_poll_stop(&decoder->poll);
        uv_timer_stop(&decoder->rest);
        if (!decoder->child_is_over)
            uv_timer_start(&decoder->timer, silent, time_ms(TIME_DECODER_READY), 0);
        return false;
    }
    if (n != FRAME_MESSAGE_BYTES)
        why = "it sent a message of a wrong size";
    else if (frame_message_decode(bytes, FRAME_FROM_DECODER, &message, &why))
        why = take(decoder, &message);
    if (why)
        tell_stopped(decoder, why);
    return !why && !decoder->stopping && !decoder->told;
}

static void readable(uv_poll_t *poll, int status, int events);

static void rested(uv_timer_t *timer)
{
    struct decoder *decoder = timer->data;
    uv_poll_start(&decoder->poll, UV_READABLE, readable);
}

/* One that floods us waits on its full socket, and takes no processor from anybody. */
static void readable(uv_poll_t *poll, int status, int events)
{
    struct decoder *decoder = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < DECODER_MESSAGES_A_TURN; i++)
        if (!read_one(decoder))
            return;
    uv_poll_stop(poll);
    uv_timer_start(&decoder->rest, rested, time_ms(TIME_DECODER_REST), 0);
}

/* -- life -- */

static void child_exited(uv_process_t *child, int64_t status, int signal_number)
{
    struct decoder *decoder = child->data;
    char why[WHY_ROOM];
    decoder->child_is_over = true;
    while (!decoder->told && !decoder->stopping && read_one(decoder)) {
        /* its last word may still wait */
    }
    if (signal_number == SIGSYS)
        snprintf(why, sizeof why, "it asked the kernel for what it may not have");
    else if (signal_number)
        snprintf(why, sizeof why, "it was ended by signal %d (%s)", signal_number,
                 strsignal(signal_number));
    else
        snprintf(why, sizeof why, "it ended with status %d", (int)status);
    tell_stopped(decoder, why);
    uv_close((uv_handle_t *)&decoder->child, on_closed);
}

static int spawn(struct decoder *decoder, uv_loop_t *loop, const char *program,
                 const int fds[FD_COUNT])
{
    uv_stdio_container_t stdio[FD_COUNT] = {
        {.flags = UV_IGNORE},
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
    };
    for (int i = STREAM_FD; i < FD_COUNT; i++)
        stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = fds[i]};
    char name[] = "hotdesk-decode";
    char *arguments[] = {name, NULL}, *environment[] = {NULL};
    uv_process_options_t options = {.file = program,
                                    .args = arguments,
                                    .env = environment,
                                    .cwd = "/",
                                    .exit_cb = child_exited,
                                    .stdio = stdio,
                                    .stdio_count = FD_COUNT};
    return uv_spawn(loop, &decoder->child, &options);
}

static void close_all(int *fds, int count)
{
    for (int i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* `ret_fds` from STREAM_FD on are the child's ends. */
static int open_descriptors(struct decoder *decoder, int ret_fds[FD_COUNT])
{
    int stream[2] = {-1, -1}, message[2] = {-1, -1};
    int result = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, message) < 0)
        result = -errno;
    if (result == 0)
        result = decoder->file_fd = frame_file_create();
    if (result < 0) {
        close_all(stream, 2);
        close_all(message, 2);
        return result;
    }
    decoder->stream_fd = stream[0];
    decoder->message_fd = message[0];
    ret_fds[STREAM_FD] = stream[1];
    ret_fds[MESSAGE_FD] = message[1];
    ret_fds[FILE_FD] = decoder->file_fd;
    return 0;
}

static void close_descriptors(struct decoder *decoder)
{
    int fds[] = {decoder->stream_fd, decoder->message_fd, decoder->file_fd};
    close_all(fds, 3);
}

int decoder_start(uv_loop_t *loop, const char *program, const struct decoder_handlers *handlers,
                  void *context, struct decoder **ret_decoder)
{
    struct decoder *decoder = calloc(1, sizeof *decoder);
    int fds[FD_COUNT];
    if (!decoder)
        return -ENOMEM;
    decoder->handlers = handlers;
    decoder->context = context;
    decoder->child.data = decoder->poll.data = decoder->timer.data = decoder->rest.data = decoder;
    int result = open_descriptors(decoder, fds);
    if (result < 0) {
        free(decoder);
        return result;
    }
    uv_timer_init(loop, &decoder->timer);
    uv_timer_init(loop, &decoder->rest);
    uv_poll_init(loop, &decoder->poll, decoder->message_fd);
    decoder->handles = HANDLES;
    result = spawn(decoder, loop, program, fds);
    close(fds[STREAM_FD]);
    close(fds[MESSAGE_FD]);
    if (result < 0) {
        decoder->child_is_over = true;
        uv_close((uv_handle_t *)&decoder->child, on_closed);
        decoder_stop(decoder);
        return result;
    }
    uv_poll_start(&decoder->poll, UV_READABLE, readable);
    uv_timer_start(&decoder->timer, silent, time_ms(TIME_DECODER_READY), 0);
    *ret_decoder = decoder;
    return 0;
}

struct decoder *decoder_stop(struct decoder *decoder)
{
    if (!decoder || decoder->stopping)
        return NULL;
    decoder->stopping = true;
    if (!decoder->child_is_over)
        uv_process_kill(&decoder->child, SIGKILL);
    uv_close((uv_handle_t *)&decoder->timer, on_closed);
    uv_close((uv_handle_t *)&decoder->rest, on_closed);
    uv_close((uv_handle_t *)&decoder->poll, on_closed);
    close_descriptors(decoder);
    return NULL;
}

void decoder_look(struct decoder *decoder, enum frame_look look)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    const struct frame_message message = {.type = FRAME_LOOK, .look = look};
    frame_message_encode(&message, bytes);
    /* One that is stuck is killed soon, since it does not take the target's bytes either. */
    ssize_t n = send(decoder->message_fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)n;
}

int decoder_stream_fd(const struct decoder *decoder)
{
    return decoder->stream_fd;
}

int decoder_file_fd(const struct decoder *decoder)
{
    return decoder->file_fd;
}

struct frame_size decoder_size(const struct decoder *decoder)
{
    return decoder->size;
}
