/*
 * Preloaded into a program of a test: it is told that its unit raised these limits, which not even
 * root may do in some containers. Root may be real-time there all the same.
 */
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By the name that getrlimit has where files have 64 bits. */
int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *ret_limit)
{
    if (resource != RLIMIT_RTPRIO && resource != RLIMIT_MEMLOCK)
        return (int)syscall(SYS_prlimit64, 0, resource, NULL, ret_limit);
    *ret_limit = (struct rlimit64){RLIM64_INFINITY, RLIM64_INFINITY};
    return 0;
}
