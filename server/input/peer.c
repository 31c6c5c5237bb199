#include "server/input/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/link_queue.h"
#include "common/log.h"
#include "protocol/limits.h"

#define LOG_MODULE "link"

/* A handle that outlives its owner until the loop has closed it. */
struct watch {
    uv_poll_t poll;
    int fd;
    struct peer *peer;
};

struct peer {
    uv_loop_t *loop;
    struct watch *listener;
    struct watch *connection;
    uid_t allowed;
    const struct peer_handlers *handlers;
    void *context;
    struct log_limit limit;
    struct link_queue queue; /* large, last */
};

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct watch *watch_end(struct watch *watch)
{
    if (!watch)
        return NULL;
    uv_poll_stop(&watch->poll);
    close(watch->fd);
    watch->fd = -1;
    watch->peer = NULL;
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
    return NULL;
}

/* Takes `fd` over, on failure too. */
static int watch_begin(struct peer *peer, int fd, uv_poll_cb callback, struct watch **ret_watch)
{
    struct watch *watch = calloc(1, sizeof *watch);
    int result = watch ? uv_poll_init(peer->loop, &watch->poll, fd) : -ENOMEM;
    if (result < 0) {
        free(watch);
        close(fd);
        return result;
    }
    watch->poll.data = watch;
    watch->fd = fd;
    watch->peer = peer;
    uv_poll_start(&watch->poll, UV_READABLE | UV_DISCONNECT, callback);
    *ret_watch = watch;
    return 0;
}

static bool is_allowed(struct peer *peer, int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return false;
    if (who.uid == 0 || who.uid == geteuid() || who.uid == peer->allowed)
        return true;
    if (log_limit_passes(&peer->limit, LOG_MODULE))
        log_warning("refused user %d (process %d): not the server's user", (int)who.uid,
                    (int)who.pid);
    return false;
}

static void connection_end(struct peer *peer)
{
    peer->connection = watch_end(peer->connection);
    link_queue_clear(&peer->queue);
    peer->handlers->closed(peer->context);
}

/* False when there is no more to read now. */
static bool receive_one(struct peer *peer)
{
    uint8_t bytes[LINK_MESSAGE_BYTES + 1]; /* one more: a longer message is seen as such */
    ssize_t size = recv(peer->connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    struct link_message message;
    const char *why = "wrong size";
    if (size == LINK_MESSAGE_BYTES && link_decode(bytes, false, &message, &why)) {
        peer->handlers->message(peer->context, &message);
        return peer->connection;
    }
    if (size > 0)
        log_error("hotdesk-server sent what it may not (%s): closing the link", why);
    connection_end(peer);
    return false;
}

void peer_receive(struct peer *peer)
{
    for (int i = 0; i < LINK_MESSAGES_A_TURN && peer->connection && receive_one(peer);)
        i++;
}

/* -EAGAIN: not now. */
static int send_now(struct peer *peer, const struct link_message *message)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    if (!link_encode(message, bytes))
        return -EINVAL;
    ssize_t sent = send(peer->connection->fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent == sizeof bytes ? 0 : sent < 0 ? -errno : -EIO;
}

static void on_event(uv_poll_t *poll, int status, int events);

static void wait_for_room(struct peer *peer)
{
    int room = link_queue_first(&peer->queue) ? UV_WRITABLE : 0;
    uv_poll_start(&peer->connection->poll, UV_READABLE | UV_DISCONNECT | room, on_event);
}

static void send_queued(struct peer *peer)
{
    const struct link_message *message;
    while ((message = link_queue_first(&peer->queue)) && send_now(peer, message) == 0)
        link_queue_drop_first(&peer->queue);
    wait_for_room(peer);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    if (watch->peer && events & UV_WRITABLE && link_queue_first(&watch->peer->queue))
        send_queued(watch->peer);
    if (watch->peer)
        peer_receive(watch->peer);
}

static void on_connecting(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct peer *peer = watch->peer;
    if (!peer)
        return;
    int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (peer->connection || !is_allowed(peer, fd)) {
        close(fd);
        return;
    }
    if (watch_begin(peer, fd, on_event, &peer->connection) == 0)
        peer->handlers->connected(peer->context);
}

int peer_create(uv_loop_t *loop, int fd, bool listening, uid_t allowed,
                const struct peer_handlers *handlers, void *context, struct peer **ret_peer)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        return -ENOMEM;
    peer->loop = loop;
    peer->allowed = allowed;
    peer->handlers = handlers;
    peer->context = context;
    peer->limit.burst = 5;
    int result = -EPERM;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        result = -errno;
    else if (listening)
        result = watch_begin(peer, fd, on_connecting, &peer->listener);
    else if (is_allowed(peer, fd))
        result = watch_begin(peer, fd, on_event, &peer->connection);
    if (result < 0) {
        free(peer);
        return result;
    }
    *ret_peer = peer;
    return 0;
}

struct peer *peer_destroy(struct peer *peer)
{
    if (!peer)
        return NULL;
    watch_end(peer->listener);
    watch_end(peer->connection);
    free(peer);
    return NULL;
}

bool peer_send(struct peer *peer, const struct link_message *message)
{
    if (!peer->connection)
        return false;
    if (link_queue_first(&peer->queue))
        return link_queue_add(&peer->queue, message);
    int result = send_now(peer, message);
    if (result != -EAGAIN)
        return result == 0;
    link_queue_add(&peer->queue, message);
    wait_for_room(peer);
    return true;
}
