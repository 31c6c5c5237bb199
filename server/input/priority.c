#include "server/input/priority.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "common/log.h"
#include "common/times.h"

#define LOG_MODULE "priority"

static bool is_granted(int resource, rlim_t wanted)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur >= wanted;
}

/* Both limits alike: the soft one alone would end it by a signal that can be caught. */
static int bound_time(void)
{
    const struct rlimit limit = {.rlim_cur = time_us(TIME_REALTIME),
                                 .rlim_max = time_us(TIME_REALTIME)};
    return setrlimit(RLIMIT_RTTIME, &limit) < 0 ? -errno : 0;
}

int priority_take(int priority)
{
    if (!is_granted(RLIMIT_RTPRIO, PRIORITY_RTPRIO))
        return 0;
    /* First: without its bound a loop of ours would keep the processor from everybody. */
    int result = bound_time();
    const struct sched_param param = {.sched_priority = priority};
    if (result == 0 && sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0)
        result = -errno;
    return result;
}

int priority_lock_memory(void)
{
    /* With less a stack or a heap that grows would be refused later, which is worse. */
    if (!is_granted(RLIMIT_MEMLOCK, PRIORITY_LOCK_BYTES))
        return 0;
    /* Not what is mapped and never used: that is most of it. */
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0;
}

void priority_apply(int priority)
{
    int result = priority_take(priority);
    if (result < 0)
        log_debug("no real-time priority: %s; going on without", strerror(-result));
    result = priority_lock_memory();
    if (result < 0)
        log_debug("memory is not locked: %s; going on without", strerror(-result));
}
