#include "server/net/vnc_door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "server/control/socket.h"

#define LOG_MODULE "vnc"
#define BACKLOG    16

struct vnc_door {
    uv_poll_t poll;
    bool is_unix;
    struct socket_place place; /* of a TCP port only `fd` */
    vnc_door_handler handler;
    void *context;
    struct log_limit log_limit;
};

/* The mode of the socket says the same: two locks, since this one is the only one. */
static bool peer_may_enter(struct vnc_door *door, int fd, char ret_from[VNC_FROM_ROOM])
{
    struct ucred peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &(socklen_t){sizeof peer}) < 0)
        return false;
    snprintf(ret_from, VNC_FROM_ROOM, "uid %u, pid %d", (unsigned)peer.uid, (int)peer.pid);
    if (peer.uid == getuid() || peer.uid == 0)
        return true;
    if (log_limit_passes(&door->log_limit, LOG_MODULE))
        log_event("refused", &(struct log_fields){0}, "refused a VNC client (%s): not its socket",
                  ret_from);
    return false;
}

static void describe(int fd, char ret_from[VNC_FROM_ROOM])
{
    struct sockaddr_in peer = {0};
    int on = 1;
    char address[INET_ADDRSTRLEN] = "?";
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    getpeername(fd, (struct sockaddr *)&peer, &(socklen_t){sizeof peer});
    inet_ntop(AF_INET, &peer.sin_addr, address, sizeof address);
    snprintf(ret_from, VNC_FROM_ROOM, "%s:%u", address, ntohs(peer.sin_port));
}

/* One at a time: the loop comes back for the next, and input is served between. */
static void accept_one(uv_poll_t *poll, int status, int events)
{
    struct vnc_door *door = poll->data;
    char from[VNC_FROM_ROOM] = "?";
    (void)status;
    (void)events;
    int fd = accept4(door->place.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    if (door->is_unix && !peer_may_enter(door, fd, from)) {
        close(fd);
        return;
    }
    if (!door->is_unix)
        describe(fd, from);
    door->handler(door->context, fd, from);
}

static int open_tcp(uint16_t port, int *ret_fd)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0) {
        int result = -errno;
        close(fd);
        return result;
    }
    *ret_fd = fd;
    return 0;
}

int vnc_door_open(uv_loop_t *loop, const struct vnc_wish *wish, const char *path,
                  vnc_door_handler handler, void *context, struct vnc_door **ret_door,
                  char ret_error[ERROR_ROOM])
{
    const struct rights rights = {.own_uid = getuid()}; /* not of a system: 0600 */
    struct vnc_door *door = calloc(1, sizeof *door);
    if (!door)
        return -ENOMEM;
    *door = (struct vnc_door){
        .is_unix = wish->kind == VNC_UNIX, .place.fd = -1, .handler = handler, .context = context};
    door->log_limit.burst = LOG_STRANGERS_A_MINUTE;
    int result = door->is_unix ? socket_place_open(path, &rights, &door->place)
                               : open_tcp(wish->tcp_port, &door->place.fd);
    if (result < 0) {
        if (door->is_unix)
            snprintf(ret_error, ERROR_ROOM, "%s: %s", path, strerror(-result));
        else
            snprintf(ret_error, ERROR_ROOM, "TCP port %u: %s", wish->tcp_port, strerror(-result));
        free(door);
        return result;
    }
    uv_poll_init(loop, &door->poll, door->place.fd);
    door->poll.data = door;
    uv_poll_start(&door->poll, UV_READABLE, accept_one);
    *ret_door = door;
    return 0;
}

static void free_door(uv_handle_t *handle)
{
    free(handle->data);
}

struct vnc_door *vnc_door_close(struct vnc_door *door)
{
    if (!door)
        return NULL;
    uv_close((uv_handle_t *)&door->poll, free_door);
    if (door->is_unix)
        socket_place_close(&door->place);
    else
        close(door->place.fd);
    return NULL;
}
