#include "server/viewer/wake.h"

#include <SDL_syswm.h>
#include <SDL_thread.h>
#include <SDL_timer.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* SDL's queue has 65,535 places; when it is full the events before ours are read first. */
#define QUEUE_FULL_PAUSE_MS 1
/* SDL tells some of what the X server said only a while later, when it is asked again: a focus that
 * does not come back within 200 ms. */
#define AFTERWARDS_MS 250

struct wake {
    int epoll_fd;
    uint32_t event_type;
    int x_fd;        /* -1: not on X11 */
    bool x_was_read; /* SDL may have more to say of it */
    /* Not on X11: */
    int end_fd; /* ends the thread */
    SDL_Thread *thread;
};

/* --- on X11 --- */

static int find_x_fd(SDL_Window *window)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_X11)
        return -1;
    return ConnectionNumber(info.info.x11.display);
}

/* What SDL has read already is asked for first: the connection would not become readable for it. */
static bool wait_on_x11(struct wake *wake, int timeout_ms, SDL_Event *ret_event)
{
    struct pollfd fds[] = {{.fd = wake->x_fd, .events = POLLIN},
                           {.fd = wake->epoll_fd, .events = POLLIN}};
    struct epoll_event readable;
    const bool is_cut =
        wake->x_was_read && ((unsigned)timeout_ms > AFTERWARDS_MS); /* -1, too, is more */

    if (SDL_PollEvent(ret_event))
        return true;
    int count = poll(fds, 2, is_cut ? AFTERWARDS_MS : timeout_ms);
    wake->x_was_read = count > 0 && fds[0].revents;
    if (count > 0 && fds[1].revents && epoll_wait(wake->epoll_fd, &readable, 1, 0) > 0) {
        *ret_event = (SDL_Event){.type = wake->event_type};
        return true;
    }
    return SDL_PollEvent(ret_event);
}

/* --- elsewhere --- */

static void push(const struct wake *wake)
{
    SDL_Event event = {.type = wake->event_type};
    while (SDL_PushEvent(&event) < 0)
        SDL_Delay(QUEUE_FULL_PAUSE_MS);
}

static int run(void *context)
{
    struct wake *wake = context;
    for (;;) {
        struct epoll_event event;
        int count = epoll_wait(wake->epoll_fd, &event, 1, -1);
        if (count < 0 && errno != EINTR)
            return 1;
        if (count > 0 && event.data.fd == wake->end_fd)
            return 0;
        if (count > 0)
            push(wake);
    }
}

static int start_thread(struct wake *wake)
{
    struct epoll_event event = {.events = EPOLLIN};

    event.data.fd = wake->end_fd = eventfd(0, EFD_CLOEXEC);
    if (wake->end_fd < 0 || epoll_ctl(wake->epoll_fd, EPOLL_CTL_ADD, wake->end_fd, &event) < 0)
        return -errno;
    wake->thread = SDL_CreateThread(run, "wake", wake);
    return wake->thread ? 0 : -EAGAIN;
}

static void stop_thread(struct wake *wake)
{
    uint64_t one = 1;
    while (write(wake->end_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    SDL_WaitThread(wake->thread, NULL);
}

/* --- both --- */

int wake_create(SDL_Window *window, struct wake **ret_wake)
{
    struct wake *wake = calloc(1, sizeof *wake);
    if (!wake)
        return -ENOMEM;
    wake->end_fd = -1;
    wake->event_type = SDL_RegisterEvents(1);
    wake->x_fd = find_x_fd(window);
    wake->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int error = wake->epoll_fd < 0 ? -errno : wake->x_fd >= 0 ? 0 : start_thread(wake);
    if (error) {
        wake_destroy(wake);
        return error;
    }
    *ret_wake = wake;
    return 0;
}

struct wake *wake_destroy(struct wake *wake)
{
    if (!wake)
        return NULL;
    if (wake->thread)
        stop_thread(wake);
    if (wake->end_fd >= 0)
        close(wake->end_fd);
    if (wake->epoll_fd >= 0)
        close(wake->epoll_fd);
    free(wake);
    return NULL;
}

bool wake_wait(struct wake *wake, int timeout_ms, SDL_Event *ret_event)
{
    return wake->x_fd >= 0 ? wait_on_x11(wake, timeout_ms, ret_event)
                           : SDL_WaitEventTimeout(ret_event, timeout_ms);
}

uint32_t wake_event_type(const struct wake *wake)
{
    return wake->event_type;
}

void wake_watch(struct wake *wake, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(wake->epoll_fd, EPOLL_CTL_MOD, fd, &event) < 0)
        epoll_ctl(wake->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}
