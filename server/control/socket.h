/* The listening socket in the file system. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "server/control/rights.h"

#define SOCKET_PATH_ROOM 108 /* sun_path of unix(7) */

struct socket_place {
    int fd;
    char path[SOCKET_PATH_ROOM];
    dev_t device;
    ino_t inode;
};

/* Makes missing parents. -EADDRINUSE when a server answers there, -EEXIST when something stands
 * there that is no socket, -ENAMETOOLONG. */
int socket_place_open(const char *path, const struct rights *rights,
                      struct socket_place *ret_place);

/* Closes it and removes the file, if that is still ours. */
void socket_place_close(struct socket_place *place);
