/* A stream socket pair, one end of which is for a library that waits by select(2) (libvncserver).
 */
#pragma once

#include <stddef.h>

/* `ret_fds[1]` is that end: always a descriptor that fits into an fd_set, since select() would
 * write outside of one otherwise. `unread_bytes` is how much it is asked to take that was not read
 * yet; the kernel gives what it allows. 0 or -errno (-EMFILE: no descriptor is small enough). */
int select_pair_create(size_t unread_bytes, int ret_fds[2]);
