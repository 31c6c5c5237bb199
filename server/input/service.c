#include "server/input/service.h"

#include <errno.h>
#include <sys/socket.h>

#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

int service_listening_fd(void)
{
    int count = sd_listen_fds(1);
    if (count <= 0)
        return -ENOENT;
    if (count > 1 || sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX, SOCK_SEQPACKET, 1) <= 0)
        return -EINVAL;
    return SD_LISTEN_FDS_START;
}
#else
int service_listening_fd(void)
{
    return -ENOENT;
}
#endif
