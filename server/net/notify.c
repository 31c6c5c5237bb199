#include "server/net/notify.h"

#if HAVE_SYSTEMD
#include <stdint.h>
#include <systemd/sd-daemon.h>
#endif

void notify_ready(void)
{
#if HAVE_SYSTEMD
    sd_notify(0, "READY=1");
#endif
}

void notify_stopping(void)
{
#if HAVE_SYSTEMD
    sd_notify(0, "STOPPING=1");
#endif
}

void notify_alive(void)
{
#if HAVE_SYSTEMD
    uint64_t limit_us = 0;
    if (sd_watchdog_enabled(0, &limit_us) > 0)
        sd_notify(0, "WATCHDOG=1");
#endif
}
