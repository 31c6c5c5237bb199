#include "server/screen/decoder.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame_file.h"
#include "protocol/limits.h"
#include "server/child/child.h"

struct decoder {
    struct child *child;
    int stream_fd, file_fd;
    const struct decoder_handlers *handlers;
    void *context;
    struct frame_size size;
};

/* -- what it says -- */

static bool send_message(struct decoder *decoder, const struct frame_message *message)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    frame_message_encode(message, bytes);
    return child_send(decoder->child, bytes, -1) == 0;
}

static const char *seal(struct decoder *decoder)
{
    const char *why = child_is_shut_in(decoder->child);
    if (why)
        return why;
    if (frame_file_seal(decoder->file_fd) < 0)
        return "its picture file cannot be sealed";
    if (!send_message(decoder, &(struct frame_message){.type = FRAME_SEALED}))
        return "it does not read what it is told";
    decoder->handlers->ready(decoder->context);
    return NULL;
}

/* NULL, or what is wrong with it. */
static const char *pass_on(struct decoder *decoder, const struct frame_message *message)
{
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

static const char *take(void *context, const uint8_t bytes[FRAME_MESSAGE_BYTES])
{
    struct decoder *decoder = context;
    struct frame_message message;
    const char *why = NULL;
    if (!frame_message_decode(bytes, FRAME_FROM_DECODER, &message, &why))
        return why;
    if (message.type == FRAME_READY)
        return seal(decoder);
    if (message.type == FRAME_STOPPED)
        return child_last_word(decoder->child, message.text);
    why = child_may_speak(decoder->child);
    return why ? why : pass_on(decoder, &message);
}

static void stopped(void *context, const char *why)
{
    struct decoder *decoder = context;
    decoder->handlers->stopped(decoder->context, why);
}

static const struct child_kind kind = {.name = "hotdesk-decode",
                                       .messages_a_turn = DECODER_MESSAGES_A_TURN,
                                       .take = take,
                                       .stopped = stopped};

/* -- life -- */

static void close_descriptors(const struct decoder *decoder)
{
    const int fds[] = {decoder->stream_fd, decoder->file_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static int start(struct decoder *decoder, uv_loop_t *loop, const char *program)
{
    int stream[2];
    decoder->file_fd = frame_file_create();
    if (decoder->file_fd < 0)
        return decoder->file_fd;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) < 0)
        return -errno;
    decoder->stream_fd = stream[0];
    const int fds[] = {stream[1], -1, decoder->file_fd}; /* as in server/decode/main.c */
    int result =
        child_start(loop, program, fds, sizeof fds / sizeof *fds, &kind, decoder, &decoder->child);
    close(stream[1]);
    return result;
}

int decoder_start(uv_loop_t *loop, const char *program, const struct decoder_handlers *handlers,
                  void *context, struct decoder **ret_decoder)
{
    struct decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return -ENOMEM;
    *decoder =
        (struct decoder){.stream_fd = -1, .file_fd = -1, .handlers = handlers, .context = context};
    int result = start(decoder, loop, program);
    if (result < 0) {
        decoder_stop(decoder);
        return result;
    }
    *ret_decoder = decoder;
    return 0;
}

struct decoder *decoder_stop(struct decoder *decoder)
{
    if (!decoder)
        return NULL;
    child_stop(decoder->child);
    close_descriptors(decoder);
    free(decoder);
    return NULL;
}

void decoder_look(struct decoder *decoder, enum frame_look look)
{
    /* One that is stuck is killed soon, since it does not take the target's bytes either. */
    send_message(decoder, &(struct frame_message){.type = FRAME_LOOK, .look = look});
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
