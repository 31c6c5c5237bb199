#include "server/viewer/client.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An answer that lists the most targets there may be fits. */
#define IN_ROOM_BYTES (256 * 1024)
/* Enough for a second of a fast mouse: the server reads long before that. */
#define SEND_BUFFER_BYTES (1024 * 1024)

struct client {
    int fd;
    size_t start, end; /* of what was received and not yet taken */
    char in[IN_ROOM_BYTES];
};

int client_connect(const char *path, struct client **ret_client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
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
    if (client && client->fd >= 0)
        close(client->fd);
    free(client);
    return NULL;
}

int client_fd(const struct client *client)
{
    return client->fd;
}

bool client_send(struct client *client, const void *bytes, size_t size_bytes)
{
    ssize_t sent;
    do {
        sent = send(client->fd, bytes, size_bytes, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent == (ssize_t)size_bytes)
        return true;
    /* A part of a message would shift all that follow. */
    shutdown(client->fd, SHUT_RDWR);
    return false;
}

static void make_room(struct client *client)
{
    memmove(client->in, client->in + client->start, client->end - client->start);
    client->end -= client->start;
    client->start = 0;
}

int client_receive(struct client *client)
{
    make_room(client);
    /* One byte stays free for the NUL of a line. */
    while (client->end < IN_ROOM_BYTES - 1) {
        ssize_t got =
            recv(client->fd, client->in + client->end, IN_ROOM_BYTES - 1 - client->end, 0);
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
