/*
 * In the place of hotdesk-decode: takes its orders from the target's bytes, one letter each, so
 * that a scripted agent decides what a decoder does.
 *
 *   p paint a picture of 64x48 in the next colour   c say CURRENT        e write e back
 *   u cursor   b bell   s stop with a reason        x die                q end with status 3
 *   d damage outside   r say READY again            j half a message     h read nothing any more
 *   f flood with damage   v move   m move outside   a other: nothing
 * LOOK on and off are told to the target as L and l.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame_file.h"
#include "common/frame_writer.h"

#define WIDTH_PX  64
#define HEIGHT_PX 48

enum { STREAM_FD = 3, MESSAGE_FD = 4, FILE_FD = 5 };

static struct frame_writer *writer;
static uint32_t colour;

static void tell(struct frame_message message)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    if (!frame_message_encode(&message, bytes) ||
        send(MESSAGE_FD, bytes, sizeof bytes, MSG_NOSIGNAL) < 0)
        exit(EXIT_FAILURE);
}

static void tell_damage(uint16_t x_px, uint64_t sequence)
{
    struct frame_message message = {.type = FRAME_DAMAGE,
                                    .damage = {.sequence = sequence, .count = 1}};
    message.damage.rectangles[0] = (struct frame_rectangle){x_px, 0, WIDTH_PX, HEIGHT_PX};
    tell(message);
}

static void paint(void)
{
    static uint32_t pixels[WIDTH_PX * HEIGHT_PX];
    struct frame_rectangle all = {0, 0, WIDTH_PX, HEIGHT_PX};
    bool first = colour == 0;
    colour++;
    for (size_t i = 0; i < WIDTH_PX * HEIGHT_PX; i++)
        pixels[i] = colour;
    frame_writer_begin(writer);
    if (first)
        frame_writer_set_size(writer, WIDTH_PX, HEIGHT_PX);
    frame_writer_copy(writer, &all, pixels);
    uint64_t sequence = frame_writer_end(writer);
    if (first)
        tell((struct frame_message){.type = FRAME_SIZE, .size = {WIDTH_PX, HEIGHT_PX}});
    else
        tell_damage(0, sequence);
}

static void stop(void)
{
    struct frame_message message = {.type = FRAME_STOPPED};
    snprintf(message.text, sizeof message.text, "the target sent rubbish");
    tell(message);
    exit(EXIT_FAILURE);
}

static void obey(char order)
{
    switch (order) {
    case 'p':
        paint();
        break;
    case 'c':
        tell((struct frame_message){.type = FRAME_CURRENT});
        break;
    case 'e':
        if (write(STREAM_FD, "e", 1) != 1)
            exit(EXIT_FAILURE);
        break;
    case 'u':
        tell((struct frame_message){.type = FRAME_CURSOR});
        break;
    case 'n':
        tell((struct frame_message){.type = FRAME_THUMBNAIL, .size = {48, 30}});
        break;
    case 'b':
        tell((struct frame_message){.type = FRAME_BELL});
        break;
    case 's':
        stop();
        break;
    case 'x':
        raise(SIGKILL);
        break;
    case 'q':
        exit(3);
    case 'v':
    case 'm':
        tell((struct frame_message){
            .type = FRAME_MOVE,
            .move = {.to = {0, 0, WIDTH_PX, HEIGHT_PX - 1}, .from_y_px = order == 'v' ? 1 : 2}});
        break;
    case 'd':
        tell_damage(1, 2);
        break;
    case 'r':
        tell((struct frame_message){.type = FRAME_READY});
        break;
    case 'j':
        send(MESSAGE_FD, "short", 5, MSG_NOSIGNAL);
        break;
    case 'h':
        for (;;)
            pause();
    case 'f':
        for (int i = 0; i < 20000; i++)
            tell_damage(0, 2);
        break;
    default:
        break;
    }
}

static void read_message(void)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    struct frame_message message;
    const char *why;
    if (recv(MESSAGE_FD, bytes, sizeof bytes, 0) != sizeof bytes ||
        !frame_message_decode(bytes, FRAME_TO_DECODER, &message, &why))
        exit(EXIT_FAILURE);
    if (message.type == FRAME_SEALED && !frame_file_is_sealed(FILE_FD))
        exit(EXIT_FAILURE);
    if (message.type == FRAME_LOOK && write(STREAM_FD, &"lLt"[message.look], 1) != 1)
        exit(EXIT_FAILURE);
}

static void read_orders(void)
{
    char orders[4096];
    ssize_t n = read(STREAM_FD, orders, sizeof orders);
    if (n <= 0)
        exit(EXIT_SUCCESS);
    for (ssize_t i = 0; i < n; i++)
        obey(orders[i]);
}

int main(void)
{
    if (frame_writer_open(FILE_FD, &writer) < 0)
        return EXIT_FAILURE;
    tell((struct frame_message){.type = FRAME_READY});
    read_message(); /* SEALED */
    for (;;) {
        struct pollfd polled[] = {{.fd = STREAM_FD, .events = POLLIN},
                                  {.fd = MESSAGE_FD, .events = POLLIN}};
        if (poll(polled, 2, -1) < 0)
            return EXIT_FAILURE;
        if (polled[1].revents)
            read_message();
        if (polled[0].revents)
            read_orders();
    }
}
