#include "server/viewer/client.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/paths.h"

/* An answer that lists the most targets there may be fits. */
#define IN_ROOM_BYTES (256 * 1024)
/* Enough for a second of a fast mouse: the server reads long before that. */
#define SEND_BUFFER_BYTES (1024 * 1024)
#define FDS_MAX           8 /* that wait to be taken; more are left in the socket meanwhile */

struct client {
    int fd;
    size_t start, end; /* of what was received and not yet taken */
    size_t fd_count;
    int fds[FDS_MAX]; /* that came and were not yet taken */
    char in[IN_ROOM_BYTES];
};

int client_connect(struct client **ret_client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int result = paths_control_socket(address.sun_path, sizeof address.sun_path);
    if (result < 0)
        return result;
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return -ENOMEM;
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        client_destroy(client);
        return -error;
    }
    int size_bytes = SEND_BUFFER_BYTES;
    setsockopt(client->fd, SOL_SOCKET, SO_SNDBUF, &size_bytes, sizeof size_bytes);
    *ret_client = client;
    return 0;
}

struct client *client_destroy(struct client *client)
{
    if (!client)
        return NULL;
    for (size_t i = 0; i < client->fd_count; i++)
        close(client->fds[i]);
    if (client->fd >= 0)
        close(client->fd);
    free(client);
    return NULL;
}

int client_fd(const struct client *client)
{
    return client->fd;
}

int client_try_send(struct client *client, const void *bytes, size_t size_bytes)
{
    ssize_t sent;
    do {
        sent = send(client->fd, bytes, size_bytes, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent == (ssize_t)size_bytes)
        return 0;
    int error = sent < 0 ? errno : EIO;
    if (error != EAGAIN) /* a part of a message would shift all that follow */
        shutdown(client->fd, SHUT_RDWR);
    return -error;
}

bool client_send(struct client *client, const void *bytes, size_t size_bytes)
{
    int result = client_try_send(client, bytes, size_bytes);
    if (result == -EAGAIN)
        shutdown(client->fd, SHUT_RDWR);
    return result == 0;
}

static void make_room(struct client *client)
{
    memmove(client->in, client->in + client->start, client->end - client->start);
    client->end -= client->start;
    client->start = 0;
}

static void keep_fds(struct client *client, struct msghdr *header)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            if (client->fd_count < FDS_MAX)
                client->fds[client->fd_count++] = fd;
            else
                close(fd); /* two with one message: no server of ours sends that */
        }
    }
}

static ssize_t receive_some(struct client *client)
{
    struct iovec place = {.iov_base = client->in + client->end,
                          .iov_len = IN_ROOM_BYTES - 1 - client->end};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr header = {.msg_iov = &place,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
    ssize_t got = recvmsg(client->fd, &header, MSG_CMSG_CLOEXEC);
    if (got > 0)
        keep_fds(client, &header);
    return got;
}

int client_receive(struct client *client)
{
    make_room(client);
    /* One byte stays free for the NUL of a line. */
    while (client->end < IN_ROOM_BYTES - 1) {
        if (client->fd_count == FDS_MAX)
            return 0;
        ssize_t got = receive_some(client);
        if (got > 0)
            client->end += (size_t)got;
        else if (got == 0)
            return -EPIPE;
        else if (errno == EAGAIN)
            return 0;
        else if (errno != EINTR)
            return -errno;
    }
    return -ENOBUFS;
}

const char *client_take_line(struct client *client)
{
    char *line = client->in + client->start;
    char *newline = memchr(line, '\n', client->end - client->start);
    if (!newline)
        return NULL;
    *newline = '\0';
    client->start = (size_t)(newline + 1 - client->in);
    return line;
}

bool client_take_bytes(struct client *client, void *ret_bytes, size_t size_bytes)
{
    if (client->end - client->start < size_bytes)
        return false;
    memcpy(ret_bytes, client->in + client->start, size_bytes);
    client->start += size_bytes;
    return true;
}

int client_take_fd(struct client *client)
{
    if (client->fd_count == 0)
        return -1;
    int fd = client->fds[0];
    client->fd_count--;
    memmove(client->fds, client->fds + 1, client->fd_count * sizeof *client->fds);
    return fd;
}
