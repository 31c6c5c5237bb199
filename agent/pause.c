#include "agent/pause.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int pause_path(const char *directory, char ret_path[PATH_MAX])
{
    const int length = snprintf(ret_path, PATH_MAX, "%s/%s", directory, PAUSE_FILE);

    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* One that is there keeps its time. */
int pause_begin(const char *directory)
{
    char path[PATH_MAX];
    const int error = pause_path(directory, path);

    if (error)
        return error;
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

int pause_end(const char *directory)
{
    char path[PATH_MAX];
    const int error = pause_path(directory, path);

    if (error)
        return error;
    return unlink(path) == 0 ? 0 : -errno;
}

bool pause_is_on(const char *directory, time_t *ret_since)
{
    char path[PATH_MAX];
    struct stat found = {0};
    const bool is_on = pause_path(directory, path) != 0 || lstat(path, &found) == 0 ||
                       (errno != ENOENT && errno != ENOTDIR);

    if (ret_since)
        *ret_since = found.st_mtime;
    return is_on;
}
