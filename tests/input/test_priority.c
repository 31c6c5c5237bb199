/* What hotdesk-input asks of the kernel, call by call: it is told to a kernel of ours, that grants
 * and refuses. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "server/input/priority.h"

static struct {
    rlim_t rtprio, memlock;                         /* granted */
    int refuse_bound, refuse_schedule, refuse_lock; /* errno, or 0 */
    rlim_t soft_us, hard_us;                        /* RLIMIT_RTTIME */
    int schedules, policy, priority;
    int locks, lock_flags;
} kernel;

int __wrap_getrlimit64(int resource, struct rlimit *ret_limit);
int __wrap_setrlimit64(int resource, const struct rlimit *limit);
int __wrap_sched_setscheduler(int pid, int policy, const struct sched_param *param);
int __wrap_mlockall(int flags);

int __wrap_getrlimit64(int resource, struct rlimit *ret_limit)
{
    rlim_t limit = resource == RLIMIT_RTPRIO ? kernel.rtprio : kernel.memlock;
    assert_true(resource == RLIMIT_RTPRIO || resource == RLIMIT_MEMLOCK);
    *ret_limit = (struct rlimit){limit, limit};
    return 0;
}

static int answer(int error)
{
    errno = error;
    return error ? -1 : 0;
}

int __wrap_setrlimit64(int resource, const struct rlimit *limit)
{
    assert_int_equal(resource, RLIMIT_RTTIME);
    if (!kernel.refuse_bound) {
        kernel.soft_us = limit->rlim_cur;
        kernel.hard_us = limit->rlim_max;
    }
    return answer(kernel.refuse_bound);
}

int __wrap_sched_setscheduler(int pid, int policy, const struct sched_param *param)
{
    assert_int_equal(pid, 0);
    assert_int_not_equal(kernel.hard_us, 0); /* never without its bound */
    kernel.schedules++;
    kernel.policy = policy;
    kernel.priority = param->sched_priority;
    return answer(kernel.refuse_schedule);
}

int __wrap_mlockall(int flags)
{
    kernel.locks++;
    kernel.lock_flags = flags;
    return answer(kernel.refuse_lock);
}

static int begin(void **unused)
{
    memset(&kernel, 0, sizeof kernel);
    return 0;
}

static void nothing_is_asked_without_limits(void **unused)
{
    kernel.rtprio =
        PRIORITY_RTPRIO - 1;  /* enough for the worker, and not for who watches over it */
    kernel.memlock = 8 << 20; /* what everybody has */
    assert_int_equal(priority_take(PRIORITY_WORKER), 0);
    assert_int_equal(priority_lock_memory(), 0);
    assert_int_equal(kernel.schedules, 0);
    assert_int_equal(kernel.locks, 0);
}

static void real_time_is_bounded_and_not_inherited(void **unused)
{
    kernel.rtprio = PRIORITY_RTPRIO;
    assert_int_equal(priority_take(PRIORITY_WORKER), 0);
    assert_int_equal(kernel.policy, SCHED_FIFO | SCHED_RESET_ON_FORK);
    assert_int_equal(kernel.priority, PRIORITY_WORKER);
    assert_int_equal(kernel.soft_us, 200000);
    assert_int_equal(kernel.hard_us, 200000);
}

static void the_watchdog_is_above_the_worker(void **unused)
{
    assert_int_equal(PRIORITY_WATCHDOG, PRIORITY_WORKER + 1);
    assert_true(PRIORITY_WATCHDOG < 50); /* the kernel's threads of interrupts */
}

static void a_refused_priority_is_told_and_no_more(void **unused)
{
    kernel.rtprio = RLIM_INFINITY;
    kernel.refuse_schedule = EPERM;
    assert_int_equal(priority_take(PRIORITY_WATCHDOG), -EPERM);
    assert_int_equal(kernel.schedules, 1);
    priority_apply(PRIORITY_WATCHDOG);
    assert_int_equal(kernel.schedules, 2);
}

static void no_real_time_without_its_bound(void **unused)
{
    kernel.rtprio = RLIM_INFINITY;
    kernel.refuse_bound = EINVAL;
    assert_int_equal(priority_take(PRIORITY_WORKER), -EINVAL);
    assert_int_equal(kernel.schedules, 0);
}

static void pages_are_locked_once_they_are_used(void **unused)
{
    kernel.memlock = PRIORITY_LOCK_BYTES;
    assert_int_equal(priority_lock_memory(), 0);
    assert_int_equal(kernel.lock_flags, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    kernel.refuse_lock = ENOMEM;
    assert_int_equal(priority_lock_memory(), -ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_asked_without_limits, begin),
        cmocka_unit_test_setup(real_time_is_bounded_and_not_inherited, begin),
        cmocka_unit_test_setup(the_watchdog_is_above_the_worker, begin),
        cmocka_unit_test_setup(a_refused_priority_is_told_and_no_more, begin),
        cmocka_unit_test_setup(no_real_time_without_its_bound, begin),
        cmocka_unit_test_setup(pages_are_locked_once_they_are_used, begin),
    };
    return cmocka_run_group_tests_name("priority", tests, NULL, NULL);
}
