#include "common/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_FIRST_BYTES 4096 /* of a file: most are shorter */

static int write_all(int fd, const void *bytes, size_t size_bytes)
{
    const uint8_t *at = bytes;

    while (size_bytes > 0) {
        ssize_t count = write(fd, at, size_bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        at += count;
        size_bytes -= (size_t)count;
    }
    return 0;
}

/* A rename is only sure to outlive a power cut when its directory was synced too. */
static int sync_directory_of(const char *path)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) : 0;

    snprintf(directory, sizeof directory, "%.*s/", length, path);
    int fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
    close(fd);
    return result;
}

/* Closes fd whatever happens. */
static int finish_file(int fd, const char *temporary, const char *path, int result)
{
    if (result == 0 && fsync(fd) < 0)
        result = -errno;
    if (close(fd) < 0 && result == 0)
        result = -errno;
    if (result == 0 && rename(temporary, path) < 0)
        result = -errno;
    if (result < 0)
        unlink(temporary);
    return result;
}

int paths_write_file(const char *path, const void *bytes, size_t size_bytes)
{
    char temporary[PATH_MAX];
    int size = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);

    if (size < 0 || (size_t)size >= sizeof temporary)
        return -ENAMETOOLONG;
    int fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
    if (fd < 0)
        return -errno;
    int result = finish_file(fd, temporary, path, write_all(fd, bytes, size_bytes));
    return result < 0 ? result : sync_directory_of(path);
}

/* Reads to the end, or one byte more than `limit_bytes`, into room that grows with it; a byte is
 * left behind it. */
static ssize_t read_some(int fd, size_t limit_bytes, char **text)
{
    size_t used = 0, room = 0;

    for (;;) {
        if (used == room) {
            room = room ? 2 * room : READ_FIRST_BYTES;
            room = room < limit_bytes + 1 ? room : limit_bytes + 1;
            char *more = realloc(*text, room + 1);
            if (!more)
                return -ENOMEM;
            *text = more;
        }
        ssize_t count = read(fd, *text + used, room - used);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        used += (size_t)count;
        if (count == 0 || used > limit_bytes)
            return (ssize_t)used;
    }
}

int paths_read_file(const char *path, size_t limit_bytes, char **ret_text, size_t *ret_size_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -errno;
    char *text = NULL;
    ssize_t size = read_some(fd, limit_bytes, &text);
    close(fd);
    if (size >= 0 && (size_t)size > limit_bytes)
        size = -EFBIG;
    if (size < 0) {
        free(text);
        return (int)size;
    }
    text[size] = '\0';
    *ret_text = text;
    *ret_size_bytes = (size_t)size;
    return 0;
}
