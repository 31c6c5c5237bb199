#include "common/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int try(const char *path, int length, size_t room_bytes)
{
    return length > 0 && (size_t)length < room_bytes && access(path, X_OK) == 0 ? 0 : -ENOENT;
}

int program_find(const char *name, const char *folder, char *ret_path, size_t room_bytes)
{
    char own[512];
    ssize_t size_bytes = readlink("/proc/self/exe", own, sizeof own - 1);
    if (size_bytes < 0)
        return -errno;
    own[size_bytes] = '\0';
    char *slash = strrchr(own, '/');
    int length = slash ? (int)(slash - own) : 0;
    int result =
        try(ret_path, snprintf(ret_path, room_bytes, "%.*s/%s", length, own, name), room_bytes);
    if (result < 0)
        result = try(ret_path,
                     snprintf(ret_path, room_bytes, "%.*s/../%s/%s", length, own, folder, name),
                     room_bytes);
    if (result < 0)
        result = try(ret_path, snprintf(ret_path, room_bytes, "%s/%s", HOTDESK_LIBEXECDIR, name),
                     room_bytes);
    return result;
}
