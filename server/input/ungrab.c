#include "server/input/ungrab.h"

#include <signal.h>

#include "common/clock.h"
#include "server/input/led_guard.h"
#include "server/input/nodeio.h"

#define STACK_BYTES (128 * 1024)

static void *run(void *context)
{
    struct ungrab *ungrab = context;
    ungrab->begun_us = clock_now_us();
    nodeio_grab(ungrab->fd, false);
    led_guard_restore(ungrab->guard);
    return NULL;
}

static bool thread_create(struct ungrab *ungrab)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    /* Signals are for the loop's thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    bool created = pthread_create(&ungrab->thread, &attributes, run, ungrab) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return created;
}

void ungrab_start(struct ungrab *ungrab, int fd, struct led_guard *guard)
{
    ungrab_wait(ungrab);
    ungrab->fd = fd;
    ungrab->guard = guard;
    ungrab->running = thread_create(ungrab);
    if (!ungrab->running)
        run(ungrab);
}

uint64_t ungrab_wait(struct ungrab *ungrab)
{
    if (ungrab->running)
        pthread_join(ungrab->thread, NULL);
    ungrab->running = false;
    return ungrab->begun_us;
}
