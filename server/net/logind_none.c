/* logind.h in a build without libsystemd. */
#include "server/net/logind.h"

#include <errno.h>
#include <stddef.h>

int logind_create(uv_loop_t *loop, const char *seat, const struct logind_handlers *handlers,
                  void *context, struct logind **ret_logind)
{
    return -ENOSYS;
}

struct logind *logind_destroy(struct logind *logind)
{
    return NULL;
}

void logind_release_sleep(struct logind *logind)
{
}
