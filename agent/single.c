#include "agent/single.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int single_open(const char *directory, int flags)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/lock", directory) >= (int)sizeof path)
        return -ENAMETOOLONG;
    int fd = open(path, flags | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

int single_acquire(const char *directory)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = single_open(directory, O_RDWR | O_CREAT);

    if (fd < 0)
        return fd;
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        int error = errno == EACCES || errno == EAGAIN ? -EWOULDBLOCK : -errno;
        close(fd);
        return error;
    }
    /* The number is for people; the lock is what counts. */
    if (ftruncate(fd, 0) == 0)
        dprintf(fd, "%ld\n", (long)getpid());
    return fd;
}

long single_holder(const char *directory)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char text[32] = {0};
    int fd = single_open(directory, O_RDWR);

    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    long holder = fcntl(fd, F_OFD_GETLK, &lock) != 0 ? -errno : 0;
    if (holder == 0 && lock.l_type != F_UNLCK)
        holder = pread(fd, text, sizeof text - 1, 0) > 0 ? strtol(text, NULL, 10) : 1;
    close(fd);
    return holder;
}
