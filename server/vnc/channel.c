#include "server/vnc/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The one descriptor that may come along, or -1. */
static int descriptor_of(struct msghdr *message)
{
    int fd = -1;
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

static int decode(const uint8_t bytes[FRAME_MESSAGE_BYTES], struct channel_message *ret_message)
{
    const char *why = NULL;
    ret_message->is_frame = bytes[0] < VNC_TYPE_MIN;
    bool good = ret_message->is_frame
                    ? frame_message_decode(bytes, FRAME_TO_FOLLOWER, &ret_message->frame, &why)
                    : vnc_message_decode(bytes, VNC_TO_CHILD, &ret_message->vnc, &why);
    return good ? 1 : -EPROTO;
}

int channel_receive(int fd, bool waits, struct channel_message *ret_message)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    union {
        struct cmsghdr head; /* aligns it */
        char room[CMSG_SPACE(sizeof fd)];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.room};
    ssize_t n;
    do
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | (waits ? 0 : MSG_DONTWAIT));
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n != (ssize_t)sizeof bytes)
        return n < 0 ? -errno : n == 0 ? -EPIPE : -EPROTO;
    ret_message->fd = descriptor_of(&message);
    int result = decode(bytes, ret_message);
    if (result < 0 && ret_message->fd >= 0)
        close(ret_message->fd);
    return result;
}

int channel_send(int fd, const struct vnc_message *message)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    if (!vnc_message_encode(message, bytes))
        return -EINVAL;
    ssize_t n;
    do
        n = send(fd, bytes, sizeof bytes, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof bytes ? 0 : -EPIPE;
}
