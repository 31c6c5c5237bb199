#include "server/control/socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NEW_SUFFIX ".new"
#define BACKLOG    16

/* Parents of a system's socket are open to all (the socket itself says who may connect), a user's
 * only to him. Those that exist stay as they are. */
static int make_parents(const char *path, mode_t mode)
{
    char dir[SOCKET_PATH_ROOM];
    snprintf(dir, sizeof dir, "%s", path);
    for (char *slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(dir, mode) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return 0;
}

/* 0 when the path is free or holds a socket on which nobody answers. */
static int see_who_is_there(const struct sockaddr_un *address)
{
    struct stat found;
    if (lstat(address->sun_path, &found) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(found.st_mode))
        return -EEXIST;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int error = connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 ? errno : 0;
    close(fd);
    switch (error) {
    case ECONNREFUSED:
    case ENOENT:
        return 0;
    case 0:
    case EAGAIN: /* its backlog is full: somebody is alive */
        return -EADDRINUSE;
    default:
        return -error;
    }
}

/* Whoever sits at the computer must be able to connect to a system's server, and is in no group:
 * the mode lets all in, and SO_PEERCRED decides about each verb (rights.h). A user's own server has
 * nobody else to serve. */
static int give_rights(const char *path, const struct rights *rights)
{
    return chmod(path, rights->system ? 0666 : 0600) < 0 ? -errno : 0;
}

/* Bound under another name and renamed when it is complete: nobody meets a half-made socket, and an
 * old one is replaced in one step. */
static int bind_at(int fd, const struct sockaddr_un *address, const struct rights *rights)
{
    struct sockaddr_un new = *address;
    strcat(new.sun_path, NEW_SUFFIX);
    unlink(new.sun_path);
    if (bind(fd, (const struct sockaddr *)&new, sizeof new) < 0)
        return -errno;
    int r = give_rights(new.sun_path, rights);
    if (r == 0 && listen(fd, BACKLOG) < 0)
        r = -errno;
    if (r == 0 && rename(new.sun_path, address->sun_path) < 0)
        r = -errno;
    if (r < 0)
        unlink(new.sun_path);
    return r;
}

int socket_place_open(const char *path, const struct rights *rights, struct socket_place *ret_place)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) + sizeof NEW_SUFFIX > sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);

    int r = make_parents(path, rights->system ? 0755 : 0700);
    if (r == 0)
        r = see_who_is_there(&address);
    if (r < 0)
        return r;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    r = bind_at(fd, &address, rights);
    struct stat made;
    if (r == 0 && lstat(path, &made) < 0)
        r = -errno;
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_place = (struct socket_place){.fd = fd, .device = made.st_dev, .inode = made.st_ino};
    strcpy(ret_place->path, path);
    return 0;
}

void socket_place_close(struct socket_place *place)
{
    struct stat found;
    if (place->fd < 0)
        return;
    if (lstat(place->path, &found) == 0 && found.st_dev == place->device &&
        found.st_ino == place->inode)
        unlink(place->path);
    close(place->fd);
    place->fd = -1;
}
