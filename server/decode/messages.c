#include "server/decode/messages.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static bool wait_for(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    return poll(&poll_fd, 1, -1) >= 0 || errno == EINTR;
}

bool messages_send(int fd, struct stop *stop, const struct frame_message *message)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];

    if (!frame_message_encode(message, bytes))
        return stop_because(stop, "a message of type %d with a field out of its range",
                            message->type);
    for (;;) {
        ssize_t count = send(fd, bytes, sizeof bytes, MSG_NOSIGNAL);
        if (count == (ssize_t)sizeof bytes)
            return true;
        if (count >= 0 || (errno != EAGAIN && errno != EINTR) || !wait_for(fd, POLLOUT))
            return stop_because(stop, "hotdesk-server is gone");
    }
}

bool messages_receive(int fd, struct stop *stop, struct frame_message *ret_message, bool *ret_got)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    const char *why = NULL;

    *ret_got = false;
    ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_TRUNC);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (count <= 0)
        return stop_because(stop, "hotdesk-server is gone");
    if (count != (ssize_t)sizeof bytes)
        return stop_because(stop, "hotdesk-server sent a message of another size");
    if (!frame_message_decode(bytes, FRAME_TO_DECODER, ret_message, &why))
        return stop_because(stop, "hotdesk-server sent %s", why);
    *ret_got = true;
    return true;
}

bool messages_wait(int fd, struct stop *stop, struct frame_message *ret_message)
{
    for (;;) {
        bool got = false;
        if (!wait_for(fd, POLLIN))
            return stop_because(stop, "poll: %s", strerror(errno));
        if (!messages_receive(fd, stop, ret_message, &got))
            return false;
        if (got)
            return true;
    }
}
