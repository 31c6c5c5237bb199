#include "server/cli/client.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/paths.h"
#include "protocol/limits.h"
#include "server/cli/clean.h"
#include "server/cli/cli.h"

#define READ_BYTES 65536

struct client {
    int fd;
    char path[PATH_MAX];
    char *bytes;
    size_t used, room;
    int file_fd; /* came with bytes that are not taken yet; -1: none */
};

/* -- connecting -- */

static void explain_rights(const char *path)
{
    struct stat found;
    bool known = stat(path, &found) == 0;
    const struct group *group = known && (found.st_mode & S_IWGRP) ? getgrgid(found.st_gid) : NULL;
    const struct passwd *owner = known ? getpwuid(found.st_uid) : NULL;
    fprintf(stderr, "hotdesk: you may not use %s: root may (try it with sudo)", path);
    if (owner && found.st_uid != 0)
        fprintf(stderr, ", user %s", owner->pw_name);
    if (group && found.st_gid != 0)
        fprintf(stderr, ", and members of group %s ('sudo usermod -aG %s NAME', then log in again)",
                group->gr_name, group->gr_name);
    fputc('\n', stderr);
}

static int explain_connect(const char *path, int error)
{
    if (error == EACCES || error == EPERM) {
        explain_rights(path);
        return EXIT_NOT_ALLOWED;
    }
    if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR)
        fprintf(
            stderr,
            "hotdesk: hotdesk-server is not running here (no answer at %s): start it with "
            "'hotdesk-server', or 'sudo systemctl start hotdesk-server' where it is installed\n",
            path);
    else
        fprintf(stderr, "hotdesk: no answer from hotdesk-server at %s: %s\n", path,
                strerror(error));
    return EXIT_NO_SERVER;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    /* A server that hangs does not accept; its queue is then full and connect would wait for ever.
     */
    struct timeval patience = {.tv_sec = CLIENT_ANSWER_MS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int client_open(const char *path, struct client **ret_client)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client) {
        fprintf(stderr, "hotdesk: out of memory\n");
        return EXIT_REFUSED;
    }
    client->file_fd = -1;
    int r = 0;
    if (path)
        snprintf(client->path, sizeof client->path, "%s", path);
    else
        r = paths_control_socket(client->path, sizeof client->path);
    if (r == 0)
        r = client->fd = connect_to(client->path);
    if (r < 0) {
        int code = explain_connect(*client->path ? client->path : "its socket", -r);
        free(client);
        return code;
    }
    *ret_client = client;
    return EXIT_DONE;
}

struct client *client_close(struct client *client)
{
    if (!client)
        return NULL;
    close(client->fd);
    if (client->file_fd >= 0)
        close(client->file_fd);
    free(client->bytes);
    free(client);
    return NULL;
}

/* -- reading -- */

static int take_line(struct client *client, json_t **ret_line)
{
    char *end = client->used ? memchr(client->bytes, '\n', client->used) : NULL;
    if (!end)
        return client->used < CLI_LINE_MAX_BYTES ? -EAGAIN : -EBADMSG;
    size_t length = (size_t)(end - client->bytes);
    json_t *line = json_loadb(client->bytes, length, 0, NULL);
    client->used -= length + 1;
    memmove(client->bytes, end + 1, client->used);
    if (!json_is_object(line)) {
        json_decref(line);
        return -EBADMSG;
    }
    clean_json(line);
    *ret_line = line;
    return 0;
}

/* A descriptor may come with the bytes behind an answer to `frames`. The kernel ends a read before
 * the next one, so one at a time waits here: a later one's bytes are read after it was taken, or it
 * takes the place of one that nobody took. */
static ssize_t receive(struct client *client, void *bytes)
{
    union {
        struct cmsghdr head; /* aligns it */
        char room[CMSG_SPACE(sizeof client->file_fd)];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = READ_BYTES};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.room};
    ssize_t n = recvmsg(client->fd, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
        if (client->file_fd >= 0)
            close(client->file_fd);
        memcpy(&client->file_fd, CMSG_DATA(head), sizeof client->file_fd);
    }
    return n;
}

static int read_more(struct client *client)
{
    if (client->used + READ_BYTES > client->room) {
        size_t room = 2 * client->room + READ_BYTES;
        char *grown = realloc(client->bytes, room);
        if (!grown)
            return -ENOMEM;
        client->bytes = grown;
        client->room = room;
    }
    ssize_t n = receive(client, client->bytes + client->used);
    if (n < 0)
        return -errno;
    if (n == 0)
        return -ECONNRESET;
    client->used += (size_t)n;
    return 0;
}

/* Waits for more and reads it. */
static int wait_for_more(struct client *client, int timeout_ms, uint64_t end_us)
{
    uint64_t now_us = clock_now_us();
    int left_ms = timeout_ms < 0 ? -1 : now_us < end_us ? (int)((end_us - now_us) / 1000 + 1) : 0;
    struct pollfd ready = {.fd = client->fd, .events = POLLIN};
    int r = poll(&ready, 1, left_ms);
    if (r == 0)
        return -ETIMEDOUT;
    return r < 0 ? -errno : read_more(client);
}

int client_read(struct client *client, int timeout_ms, json_t **ret_line)
{
    uint64_t end_us = clock_now_us() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * 1000;
    for (;;) {
        int r = take_line(client, ret_line);
        if (r != -EAGAIN)
            return r;
        r = wait_for_more(client, timeout_ms, end_us);
        if (r < 0 && r != -EINTR)
            return r;
    }
}

int client_read_frame(struct client *client, int timeout_ms, struct frame_message *ret_message,
                      int *ret_fd)
{
    uint64_t end_us = clock_now_us() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * 1000;
    const char *why;
    while (client->used < FRAME_MESSAGE_BYTES) {
        int r = wait_for_more(client, timeout_ms, end_us);
        if (r < 0 && r != -EINTR)
            return r;
    }
    if (!frame_message_decode((const uint8_t *)client->bytes, FRAME_TO_FOLLOWER, ret_message, &why))
        return -EBADMSG;
    client->used -= FRAME_MESSAGE_BYTES;
    memmove(client->bytes, client->bytes + FRAME_MESSAGE_BYTES, client->used);
    *ret_fd = -1;
    if (ret_message->type == FRAME_FILE) {
        *ret_fd = client->file_fd;
        client->file_fd = -1;
    }
    return 0;
}

int client_send(struct client *client, const json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT);
    if (!text)
        return -ENOMEM;
    size_t length = strlen(text), sent = 0;
    text[length++] = '\n'; /* the end of the string is not sent */
    int r = 0;
    while (sent < length && r == 0) {
        ssize_t n = send(client->fd, text + sent, length - sent, MSG_NOSIGNAL);
        if (n >= 0)
            sent += (size_t)n;
        else if (errno != EINTR)
            r = errno == EAGAIN ? -ETIMEDOUT : -errno;
    }
    free(text);
    /* A full server says `busy` and closes before it reads: its answer counts, not our failure. */
    return r == -EPIPE ? 0 : r;
}

int client_explain(const struct client *client, int error)
{
    switch (error) {
    case -ETIMEDOUT:
        fprintf(stderr,
                "hotdesk: hotdesk-server does not answer (waited %d s at %s): see its log\n",
                CLIENT_ANSWER_MS / 1000, client->path);
        return EXIT_NO_SERVER;
    case -ECONNRESET:
    case -EPIPE:
        fprintf(stderr,
                "hotdesk: hotdesk-server has closed the connection (did it end? see its log)\n");
        return EXIT_NO_SERVER;
    case -EBADMSG:
        fprintf(stderr,
                "hotdesk: what answers at %s is not hotdesk-server, or of another version\n",
                client->path);
        return EXIT_REFUSED;
    default:
        fprintf(stderr, "hotdesk: the connection to hotdesk-server failed: %s\n", strerror(-error));
        return EXIT_REFUSED;
    }
}

void client_print_json(const json_t *answer)
{
    json_dumpf(answer, stdout, JSON_INDENT(2));
    putchar('\n');
}
