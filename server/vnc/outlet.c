#include "server/vnc/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/byte-queue.h"
#include "protocol/limits.h"

#define CHUNK_BYTES (64 << 10)
#define FDS_MAX     (1 + 2 * VNC_CLIENTS_MAX)

struct way {
    bool used, removed;
    int from_fd, to_fd;
    struct byte_queue queue;
    const char *failure;
};

/* The thread holds the lock whenever it does not wait. Descriptors of a way are closed by it alone.
 */
struct outlet {
    pthread_mutex_t lock;
    pthread_t thread;
    int to_thread[2], to_main[2]; /* pipes; a byte is only a nudge */
    struct way ways[VNC_CLIENTS_MAX];
};

static void nudge(int fd)
{
    ssize_t n = write(fd, "", 1); /* a full pipe is as good */
    (void)n;
}

static void drain(int fd)
{
    char bytes[64];
    while (read(fd, bytes, sizeof bytes) > 0) {
    }
}

static void fail(struct outlet *outlet, struct way *way, const char *why)
{
    way->failure = why;
    shutdown(way->from_fd, SHUT_RDWR); /* libvncserver waits for nothing more */
    nudge(outlet->to_main[1]);
}

/* False when there is nothing more at the moment. */
static bool read_some(struct outlet *outlet, struct way *way)
{
    static uint8_t bytes[CHUNK_BYTES];
    ssize_t n = recv(way->from_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0)
        fail(outlet, way, "it was closed");
    else if (byte_queue_add(&way->queue, bytes, (size_t)n) < 0)
        fail(outlet, way, "it does not read what it asked for");
    return n > 0 && !way->failure;
}

static void send_some(struct outlet *outlet, struct way *way)
{
    ssize_t n = send(way->to_fd, byte_queue_head(&way->queue), way->queue.size_bytes,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        fail(outlet, way, "it has gone");
        return;
    }
    byte_queue_drop(&way->queue, (size_t)n);
    if (way->queue.size_bytes == 0) {
        byte_queue_finish(&way->queue); /* a large update's room is for the next client */
        byte_queue_init(&way->queue, VNC_UNSENT_MAX_BYTES);
        nudge(outlet->to_main[1]);
    }
}

/* Its last words, such as why a password was not right, go out if they can. */
static void end(struct outlet *outlet, struct way *way)
{
    while (!way->failure && read_some(outlet, way)) {
    }
    if (way->queue.size_bytes > 0)
        send_some(outlet, way);
    shutdown(way->to_fd, SHUT_RDWR);
    close(way->from_fd);
    close(way->to_fd);
    byte_queue_finish(&way->queue);
    way->used = false;
}

static nfds_t list(struct outlet *outlet, struct pollfd ret_fds[FDS_MAX])
{
    nfds_t count = 0;
    ret_fds[count++] = (struct pollfd){.fd = outlet->to_thread[0], .events = POLLIN};
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++) {
        struct way *way = &outlet->ways[i];
        if (way->used && way->removed)
            end(outlet, way);
        bool goes = way->used && !way->failure;
        ret_fds[count++] = (struct pollfd){.fd = goes ? way->from_fd : -1, .events = POLLIN};
        ret_fds[count++] = (struct pollfd){
            .fd = goes && way->queue.size_bytes > 0 ? way->to_fd : -1, .events = POLLOUT};
    }
    return count;
}

static void serve(struct outlet *outlet, const struct pollfd fds[FDS_MAX])
{
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++) {
        struct way *way = &outlet->ways[i];
        /* Never what was put there while this waited. */
        if (!way->used || way->removed || way->failure || fds[1 + 2 * i].fd != way->from_fd)
            continue;
        if (fds[1 + 2 * i].revents)
            read_some(outlet, way);
        if (!way->failure && way->queue.size_bytes > 0)
            send_some(outlet, way);
    }
}

static void *run(void *context)
{
    struct outlet *outlet = context;
    struct pollfd fds[FDS_MAX];
    nudge(outlet->to_main[1]);
    for (;;) {
        pthread_mutex_lock(&outlet->lock);
        nfds_t count = list(outlet, fds);
        pthread_mutex_unlock(&outlet->lock);
        if (poll(fds, count, -1) < 0 && errno != EINTR)
            return NULL;
        pthread_mutex_lock(&outlet->lock);
        drain(outlet->to_thread[0]);
        serve(outlet, fds);
        pthread_mutex_unlock(&outlet->lock);
    }
}

/* What the C library does first in a thread is nothing that the sandbox allows. */
static int wait_for_thread(struct outlet *outlet)
{
    struct pollfd started = {.fd = outlet->to_main[0], .events = POLLIN};
    while (poll(&started, 1, -1) < 0)
        if (errno != EINTR)
            return -errno;
    drain(outlet->to_main[0]);
    return 0;
}

int outlet_create(struct outlet **ret_outlet)
{
    struct outlet *outlet = calloc(1, sizeof *outlet);
    if (!outlet)
        return -ENOMEM;
    if (pipe2(outlet->to_thread, O_CLOEXEC | O_NONBLOCK) < 0 ||
        pipe2(outlet->to_main, O_CLOEXEC | O_NONBLOCK) < 0) {
        int result = -errno;
        free(outlet);
        return result;
    }
    pthread_mutex_init(&outlet->lock, NULL);
    int result = -pthread_create(&outlet->thread, NULL, run, outlet);
    if (result < 0) {
        free(outlet);
        return result;
    }
    *ret_outlet = outlet;
    return wait_for_thread(outlet);
}

int outlet_wake_fd(const struct outlet *outlet)
{
    return outlet->to_main[0];
}

void outlet_heard(struct outlet *outlet)
{
    drain(outlet->to_main[0]);
}

static int begin(struct way *way, int from_fd, int to_fd)
{
    int from = fcntl(from_fd, F_DUPFD_CLOEXEC, 0), to = fcntl(to_fd, F_DUPFD_CLOEXEC, 0);
    if (from < 0 || to < 0) {
        int result = -errno;
        if (from >= 0)
            close(from);
        return result;
    }
    *way = (struct way){.used = true, .from_fd = from, .to_fd = to};
    byte_queue_init(&way->queue, VNC_UNSENT_MAX_BYTES);
    return 0;
}

int outlet_add(struct outlet *outlet, int from_fd, int to_fd)
{
    int result = -ENOBUFS;
    pthread_mutex_lock(&outlet->lock);
    for (int i = 0; i < VNC_CLIENTS_MAX && result == -ENOBUFS; i++)
        if (!outlet->ways[i].used) {
            result = begin(&outlet->ways[i], from_fd, to_fd);
            result = result < 0 ? result : i;
        }
    pthread_mutex_unlock(&outlet->lock);
    nudge(outlet->to_thread[1]);
    return result;
}

void outlet_remove(struct outlet *outlet, int place)
{
    pthread_mutex_lock(&outlet->lock);
    outlet->ways[place].removed = true;
    pthread_mutex_unlock(&outlet->lock);
    nudge(outlet->to_thread[1]);
}

bool outlet_is_idle(struct outlet *outlet, int place)
{
    int waits = 0;
    pthread_mutex_lock(&outlet->lock);
    const struct way *way = &outlet->ways[place];
    bool idle = way->queue.size_bytes == 0 && ioctl(way->from_fd, FIONREAD, &waits) == 0;
    pthread_mutex_unlock(&outlet->lock);
    return idle && waits == 0;
}

const char *outlet_failure(struct outlet *outlet, int place)
{
    pthread_mutex_lock(&outlet->lock);
    const char *why = outlet->ways[place].failure;
    pthread_mutex_unlock(&outlet->lock);
    return why;
}
