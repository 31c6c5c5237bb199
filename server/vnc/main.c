/*
 * hotdesk-vnc: shows a target to VNC clients, and takes what they type, in a sandbox
 * (docs/vnc.md, docs/security.md).
 *
 * Started by hotdesk-server alone, one for a target, with descriptor 3 (messages), and nothing
 * else: clients' sockets and the picture's file come over it.
 */
#include <errno.h>
#include <malloc.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/times.h"
#include "server/sandbox/sandbox.h"
#include "server/vnc/channel.h"
#include "server/vnc/service.h"

#define MESSAGE_FD 3
#define EXIT_USAGE 2

/* The file, a copy of as large a picture, what waits for clients, programs and libraries. */
_Static_assert(VNC_MEMORY_MAX_BYTES >=
                   FRAME_FILE_BYTES + (size_t)FRAME_PIXELS_MAX * FRAME_PIXEL_BYTES +
                       (size_t)VNC_CLIENTS_MAX * VNC_UNSENT_MAX_BYTES + (160u << 20),
               "hotdesk-vnc has room for the largest picture and all of its clients");

/* Of descriptors that are there already, but for socketpair. */
static const int CALLS[] = {
    SCMP_SYS(socketpair),  SCMP_SYS(shutdown), SCMP_SYS(close),      SCMP_SYS(fcntl),
    SCMP_SYS(getpeername), SCMP_SYS(select),   SCMP_SYS(pselect6),   SCMP_SYS(setsockopt),
    SCMP_SYS(ioctl),       SCMP_SYS(fstat),    SCMP_SYS(newfstatat), SCMP_SYS(getrandom),
};

/* libgnutls, which libvncserver brings along, would start up, and test itself, for nothing. */
int _gnutls_global_init_skip(void);

int _gnutls_global_init_skip(void)
{
    return 1;
}

static bool is_started_well(void)
{
    int type = 0;
    return getsockopt(MESSAGE_FD, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof type}) == 0 &&
           type == SOCK_SEQPACKET && close_range(MESSAGE_FD + 1, ~0u, 0) == 0;
}

static int begin(struct service *service)
{
    const struct sandbox_calls more = {CALLS, sizeof CALLS / sizeof *CALLS, .maps_files = true};
    struct channel_message message;
    int result = channel_receive(MESSAGE_FD, true, &message);
    if (result < 0)
        return result;
    if (message.is_frame || message.vnc.type != VNC_SETUP)
        return -EPROTO;
    service->fd = MESSAGE_FD;
    service->setup = message.vnc.setup;
    result = service_init(service);
    return result < 0 ? result : sandbox_enter(&more);
}

static _Noreturn void end(const char *what, int result)
{
    struct vnc_message message = {.type = VNC_STOPPED};
    snprintf(message.text, sizeof message.text, "%s: %s", what, strerror(-result));
    channel_send(MESSAGE_FD, &message);
    _exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    static struct service service;
    times_read_factor();
    if (!is_started_well()) {
        fputs("hotdesk-vnc: hotdesk-server starts this program\n", stderr);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_ARENA_MAX, 1); /* each thread's own would be 64 MiB of address space */
    int result = sandbox_limit(VNC_MEMORY_MAX_BYTES);
    if (result == 0)
        result = begin(&service);
    if (result < 0)
        end("it cannot begin", result);
    result = channel_send(MESSAGE_FD, &(struct vnc_message){.type = VNC_READY});
    if (result == 0)
        result = service_run(&service);
    if (result < 0)
        end("it cannot go on", result);
    _exit(EXIT_SUCCESS);
}
