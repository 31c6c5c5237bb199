/*
 * What a service tells systemd, sd_notify(3): Type=notify and WatchdogSec= of its unit. Nothing
 * happens when systemd did not start the program, or when it is built without libsystemd.
 */
#pragma once

#include <stdint.h>

void notify_ready(void);
void notify_stopping(void);
/* The loop turns. systemd kills a service that has not said so for WatchdogSec=. */
void notify_alive(void);
/* How often notify_alive() is wanted, half of WatchdogSec=; 0: nobody waits for it. */
uint64_t notify_interval_us(void);
