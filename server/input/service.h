/* What systemd gives to a service and wants from it. All does nothing when not run by systemd. */
#pragma once

#include <sys/types.h>

/* The listening SOCK_SEQPACKET socket of hotdesk-input.socket, -ENOENT when there is none, -EINVAL
 * when what was given is something else. */
int service_listening_fd(void);
void service_ready(void);
void service_alive(void); /* WATCHDOG=1 */
void service_stopping(void);
