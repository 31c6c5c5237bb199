/*
 * Preloaded: the monotonic clock of a program runs faster, and its waits in poll end sooner, by the
 * number in HOTDESK_HURRY. So that a bound of half a minute is seen in a second.
 */
#undef _FORTIFY_SOURCE /* its poll is an inline function */
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long times = 1;

__attribute__((constructor)) static void read_times(void)
{
    const char *text = getenv("HOTDESK_HURRY");
    if (text && atoll(text) > 0)
        times = atoll(text);
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    int status = (int)syscall(SYS_clock_gettime, clock, ret_time);
    if (status == 0 && clock == CLOCK_MONOTONIC) {
        const long long ns = (ret_time->tv_sec * 1000000000LL + ret_time->tv_nsec) * times;
        *ret_time = (struct timespec){ns / 1000000000, ns % 1000000000};
    }
    return status;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    const long long ns = timeout_ms * 1000000LL / times;
    const struct timespec wait = {ns / 1000000000, ns % 1000000000};
    return ppoll(fds, count, timeout_ms < 0 ? NULL : &wait, NULL);
}
