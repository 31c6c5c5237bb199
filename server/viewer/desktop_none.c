/* desktop.h in a build without libsystemd. */
#include "server/viewer/desktop.h"

#include <errno.h>
#include <stddef.h>

int desktop_open(struct desktop **ret_desktop)
{
    return -ENOSYS;
}

struct desktop *desktop_close(struct desktop *desktop)
{
    return NULL;
}

int desktop_fd(const struct desktop *desktop)
{
    return -1;
}

short desktop_poll_events(const struct desktop *desktop)
{
    return 0;
}

uint64_t desktop_deadline_us(const struct desktop *desktop)
{
    return UINT64_MAX;
}

int desktop_turn(struct desktop *desktop)
{
    return 0;
}

const char *desktop_locked_by(const struct desktop *desktop)
{
    return NULL;
}

void desktop_notify(struct desktop *desktop, const char *summary, const char *text)
{
}

void desktop_inhibit_idle(struct desktop *desktop, bool on)
{
}
