/*
 * What a target sends, as one buffer, through the decoder in this process: for libFuzzer (`./dev
 * fuzz`), and for replay.c, which runs files. No sandbox: a fault must be seen here, not shut in.
 */
#include "tests/hostile/fuzz.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame_file.h"
#include "common/frame_writer.h"
#include "server/decode/decoder.h"

#define MIXED_BYTES (96 * 64 * 4)

static struct frame_writer *writer;
static int message_fds[2];
static int nowhere_fd;
static char reason[FRAME_TEXT_ROOM + 16];

/* hotdesk-server's side: it reads all that it is told. */
static void *listen_to_all(void *argument)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    while (recv(message_fds[1], bytes, sizeof bytes, 0) > 0) {
        struct frame_message message;
        const char *why = NULL;
        if (!frame_message_decode(bytes, FRAME_FROM_DECODER, &message, &why))
            abort();
    }
    return NULL;
}

static void start_once(void)
{
    pthread_t thread;
    int fd = frame_file_create();

    if (fd < 0 || frame_writer_open(fd, &writer) < 0 || frame_file_seal(fd) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, message_fds) < 0 ||
        pthread_create(&thread, NULL, listen_to_all, NULL) != 0)
        abort();
    close(fd);
    nowhere_fd = memfd_create("answers", MFD_CLOEXEC);
}

/* Of all that is in the file's head, the pointer's shape and some of the pixels: valgrind sees a
 * byte that nobody wrote when the number is printed. */
static unsigned mix_file(void)
{
    const uint8_t *bytes = *(uint8_t **)(void *)writer;
    unsigned mixed = 0;

    for (size_t i = 0; i < FRAME_PIXELS_OFFSET + MIXED_BYTES; i++)
        mixed = mixed * 31 + bytes[i];
    return mixed;
}

static int file_of(const uint8_t *bytes, size_t size_bytes)
{
    int fd = memfd_create("target", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, size_bytes) != (ssize_t)size_bytes ||
        lseek(fd, 0, SEEK_SET) != 0 || ftruncate(nowhere_fd, 0) < 0)
        abort();
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    static struct decoder decoder;

    if (!writer)
        start_once();
    int fd = file_of(bytes, size_bytes);
    if (decoder_init(&decoder, writer, fd, nowhere_fd, message_fds[0]) < 0)
        abort();
    look_set(&decoder.look, FRAME_LOOK_FULL);
    decoder_run(&decoder);
    snprintf(reason, sizeof reason, "%s", decoder.stop.why);
    decoder_finish(&decoder);
    close(fd);
    if (reason[0] == '\0')
        abort(); /* an end without a name */
    return 0;
}

const char *fuzz_reason(void)
{
    const size_t size = strlen(reason);
    snprintf(reason + size, sizeof reason - size, " (%u)", mix_file() % 10);
    return reason;
}
