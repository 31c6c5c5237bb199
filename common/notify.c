#include "common/notify.h"

#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

uint64_t notify_interval_us(void)
{
    uint64_t limit_us = 0;
    return sd_watchdog_enabled(0, &limit_us) > 0 ? limit_us / 2 : 0;
}

static void notify(const char *state)
{
    sd_notify(0, state);
}
#else
uint64_t notify_interval_us(void)
{
    return 0;
}

static void notify(const char *state)
{
}
#endif

void notify_ready(void)
{
    notify("READY=1");
}

void notify_stopping(void)
{
    notify("STOPPING=1");
}

void notify_alive(void)
{
    if (notify_interval_us())
        notify("WATCHDOG=1");
}
