/*
 * hotdesk-decode: a target's RFB bytes in, its picture out, in a sandbox (docs/security.md).
 *
 * Started by hotdesk-server alone, one for a target, with descriptors 3 (RFB), 4 (messages) and
 * 5 (the picture's file), and nothing else.
 */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/frame_file.h"
#include "common/frame_writer.h"
#include "common/times.h"
#include "server/decode/decoder.h"
#include "server/decode/messages.h"
#include "server/sandbox/sandbox.h"

#define RFB_FD     3
#define MESSAGE_FD 4
#define FILE_FD    5
#define EXIT_USAGE 2

/* The file, our own copy of as large a picture, programs and libraries, what decoding needs. */
_Static_assert(DECODER_MEMORY_MAX_BYTES >=
                   FRAME_FILE_BYTES + (size_t)FRAME_PIXELS_MAX * FRAME_PIXEL_BYTES + (160u << 20),
               "a decoder has room for the largest picture");

static bool is_socket(int fd, int type)
{
    int found = 0;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &found, &(socklen_t){sizeof found}) == 0 &&
           found == type;
}

static bool is_started_well(void)
{
    return is_socket(RFB_FD, SOCK_STREAM) && is_socket(MESSAGE_FD, SOCK_SEQPACKET) &&
           fcntl(RFB_FD, F_SETFL, O_NONBLOCK) == 0 && close_range(FILE_FD + 1, ~0u, 0) == 0;
}

/* The file is mapped before it is sealed: later nobody can, neither we. */
static bool open_file(struct stop *stop, struct frame_writer **ret_writer)
{
    const struct frame_message ready = {.type = FRAME_READY};
    struct frame_message message;

    int result = frame_writer_open(FILE_FD, ret_writer);
    if (result < 0)
        return stop_because(stop, "the picture's file: %s", strerror(-result));
    if (!messages_send(MESSAGE_FD, stop, &ready) || !messages_wait(MESSAGE_FD, stop, &message))
        return false;
    if (message.type != FRAME_SEALED || !frame_file_is_sealed(FILE_FD))
        return stop_because(stop, "the picture's file is not sealed");
    close(FILE_FD);
    return true;
}

static bool shut_in(struct stop *stop, struct budget **ret_budget)
{
    int result = budget_create(MESSAGE_FD, ret_budget);
    if (result == 0)
        result = sandbox_enter(NULL);
    return result == 0 || stop_because(stop, "no sandbox: %s", strerror(-result));
}

static void run(struct decoder *decoder, struct frame_writer *writer)
{
    int result = decoder_init(decoder, writer, RFB_FD, RFB_FD, MESSAGE_FD);
    if (result < 0) {
        stop_because(&decoder->stop, "no decoder: %s", strerror(-result));
        return;
    }
    if (shut_in(&decoder->stop, &decoder->budget))
        decoder_run(decoder);
}

/* Only what a sandboxed process can do; its memory goes with it. */
static _Noreturn void end(const struct stop *stop)
{
    struct frame_message message = {.type = FRAME_STOPPED};
    struct stop ignored = {""};

    memcpy(message.text, stop->why, sizeof message.text);
    messages_send(MESSAGE_FD, &ignored, &message);
    _exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    static struct decoder decoder;
    struct frame_writer *writer = NULL;

    times_read_factor();
    if (!is_started_well()) {
        fputs("hotdesk-decode: hotdesk-server starts this program\n", stderr);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_ARENA_MAX, 1); /* each thread's own would be 64 MiB of address space */
    int result = sandbox_limit(DECODER_MEMORY_MAX_BYTES);
    if (result < 0)
        stop_because(&decoder.stop, "no limits: %s", strerror(-result));
    else if (open_file(&decoder.stop, &writer))
        run(&decoder, writer);
    end(&decoder.stop);
}
