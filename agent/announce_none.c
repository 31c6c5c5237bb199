/* announce.h in a build without libsystemd. */
#include "agent/announce.h"

#include <stddef.h>

int announce_create(uv_loop_t *loop, struct announce **ret_announce)
{
    *ret_announce = NULL;
    return 0;
}

struct announce *announce_destroy(struct announce *announce)
{
    return NULL;
}

void announce_show(struct announce *announce, const char *summary, const char *text)
{
}

void announce_end(struct announce *announce)
{
}
