#include "server/viewer/wake.h"

#include <SDL_events.h>
#include <SDL_thread.h>
#include <SDL_timer.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* SDL's queue has 65,535 places; when it is full the events before ours are read first. */
#define QUEUE_FULL_PAUSE_MS 1

struct wake {
    int epoll_fd;
    int end_fd; /* ends the thread */
    uint32_t event_type;
    SDL_Thread *thread;
};

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

int wake_create(struct wake **ret_wake)
{
    struct wake *wake = calloc(1, sizeof *wake);
    if (!wake)
        return -ENOMEM;
    wake->end_fd = -1;
    wake->event_type = SDL_RegisterEvents(1);
    wake->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (wake->epoll_fd >= 0)
        wake->end_fd = eventfd(0, EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = wake->end_fd};
    if (wake->end_fd < 0 || epoll_ctl(wake->epoll_fd, EPOLL_CTL_ADD, wake->end_fd, &event) < 0) {
        int error = errno;
        wake_destroy(wake);
        return -error;
    }
    wake->thread = SDL_CreateThread(run, "wake", wake);
    if (!wake->thread) {
        wake_destroy(wake);
        return -EAGAIN;
    }
    *ret_wake = wake;
    return 0;
}

struct wake *wake_destroy(struct wake *wake)
{
    if (!wake)
        return NULL;
    if (wake->thread) {
        uint64_t one = 1;
        while (write(wake->end_fd, &one, sizeof one) < 0 && errno == EINTR)
            ;
        SDL_WaitThread(wake->thread, NULL);
    }
    if (wake->end_fd >= 0)
        close(wake->end_fd);
    if (wake->epoll_fd >= 0)
        close(wake->epoll_fd);
    free(wake);
    return NULL;
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
