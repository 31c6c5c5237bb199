#include "server/net/vnc_password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *find_fault(const struct stat *found)
{
    if (!S_ISREG(found->st_mode))
        return "is no file";
    if (found->st_uid != getuid() && found->st_uid != 0)
        return "belongs to another user";
    if (found->st_mode & 077)
        return "can be read by others: chmod 600";
    return NULL;
}

static int read_from(int fd, const char *path, char ret_password[VNC_PASSWORD_ROOM],
                     char ret_error[ERROR_ROOM])
{
    struct stat found;
    char line[VNC_PASSWORD_ROOM + 1] = "";
    const char *fault = fstat(fd, &found) < 0 ? "cannot be looked at" : find_fault(&found);
    ssize_t size = fault ? 0 : read(fd, line, sizeof line - 1);
    line[strcspn(line, "\n")] = '\0';
    size_t length = strlen(line);
    if (!fault && (size < 0 || length == 0))
        fault = "has no password in its first line";
    if (!fault && length >= VNC_PASSWORD_ROOM)
        fault = "has more than 8 characters in its first line: VNC would not look at the rest";
    if (fault) {
        snprintf(ret_error, ERROR_ROOM, "%s %s", path, fault);
    } else {
        memcpy(ret_password, line, length + 1);
    }
    explicit_bzero(line, sizeof line);
    return fault ? -EINVAL : 0;
}

int vnc_password_read(const char *path, char ret_password[VNC_PASSWORD_ROOM],
                      char ret_error[ERROR_ROOM])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        int result = -errno;
        snprintf(ret_error, ERROR_ROOM, "%s: %s", path, strerror(-result));
        return result;
    }
    int result = read_from(fd, path, ret_password, ret_error);
    close(fd);
    return result;
}
