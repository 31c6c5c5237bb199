/* What systemd gives to a service. */
#pragma once

/* The listening SOCK_SEQPACKET socket of hotdesk-input.socket, -ENOENT when there is none, -EINVAL
 * when what was given is something else. */
int service_listening_fd(void);
