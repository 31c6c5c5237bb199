/* A message on a unix socket, with a descriptor or without (SCM_RIGHTS, unix(7)). */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Never waits, raises no SIGPIPE. `fd` -1: none; it stays the caller's. As sendmsg(2): how many
 * bytes went, or -1 and errno. */
ssize_t send_fd(int socket_fd, const void *bytes, size_t size_bytes, int fd);
