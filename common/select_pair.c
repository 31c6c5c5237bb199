#include "common/select_pair.h"

#include <errno.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

int select_pair_create(size_t unread_bytes, int ret_fds[2])
{
    const int size = (int)unread_bytes;
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -errno;
    if (fds[1] >= FD_SETSIZE) {
        close(fds[0]);
        close(fds[1]);
        return -EMFILE;
    }
    setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    ret_fds[0] = fds[0];
    ret_fds[1] = fds[1];
    return 0;
}
