/* What systemd is told (sd_notify(3)); nothing without it. */
#pragma once

void notify_ready(void);
void notify_stopping(void);
/* The loop turns. Called at least once a second; passed on as often as WatchdogSec= asks. */
void notify_alive(void);
