#include "agent/resume.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

#define SLEPT_MIN_US 1000000 /* less is a matter of when the two clocks were read */

struct resume {
    uv_poll_t poll;
    int fd;
    uint64_t asleep_us;
    void (*woke)(void *context);
    void *context;
};

bool resume_has_slept(uint64_t *asleep_us, uint64_t boottime_us, uint64_t monotonic_us)
{
    const uint64_t now_us = boottime_us > monotonic_us ? boottime_us - monotonic_us : 0;
    const uint64_t before_us = *asleep_us;

    *asleep_us = now_us;
    return now_us >= before_us + SLEPT_MIN_US;
}

static uint64_t resume_boottime_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool resume_look(struct resume *resume)
{
    return resume_has_slept(&resume->asleep_us, resume_boottime_us(), clock_now_us());
}

/* Never due: the kernel cancels it when the clock is set, and after each sleep
 * (timerfd_create(2)). */
static int resume_arm(struct resume *resume)
{
    const struct itimerspec never = {.it_value = {.tv_sec = INT32_MAX}};

    return timerfd_settime(resume->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) ==
                   0
               ? 0
               : -errno;
}

static void resume_on_poll(uv_poll_t *poll, int status, int events)
{
    struct resume *resume = poll->data;
    uint64_t expired;
    const ssize_t size = read(resume->fd, &expired, sizeof expired);

    if (status < 0 || (size < 0 && errno != ECANCELED && errno != EAGAIN) || resume_arm(resume)) {
        uv_poll_stop(poll);
        return;
    }
    if (resume_look(resume))
        resume->woke(resume->context);
}

int resume_watch(uv_loop_t *loop, void (*woke)(void *context), void *context,
                 struct resume **ret_resume)
{
    struct resume *resume = calloc(1, sizeof *resume);
    int error = -ENOMEM;

    if (!resume)
        return error;
    resume->woke = woke;
    resume->context = context;
    resume->poll.data = resume;
    resume->fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    error = resume->fd < 0 ? -errno : resume_arm(resume);
    if (!error)
        error = uv_poll_init(loop, &resume->poll, resume->fd);
    if (error) {
        if (resume->fd >= 0)
            close(resume->fd);
        free(resume);
        return error;
    }
    resume_look(resume);
    uv_poll_start(&resume->poll, UV_READABLE, resume_on_poll);
    *ret_resume = resume;
    return 0;
}

static void resume_on_closed(uv_handle_t *handle)
{
    struct resume *resume = handle->data;

    close(resume->fd);
    free(resume);
}

struct resume *resume_destroy(struct resume *resume)
{
    if (resume)
        uv_close((uv_handle_t *)&resume->poll, resume_on_closed);
    return NULL;
}
