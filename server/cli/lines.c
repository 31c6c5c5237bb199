#include "server/cli/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int lines_fill(struct lines *lines)
{
    ssize_t n = read(lines->fd, lines->bytes + lines->used, sizeof lines->bytes - 1 - lines->used);
    if (n <= 0) {
        close(lines->fd);
        lines->fd = -1; /* poll passes over it */
        return n < 0 ? -errno : -EPIPE;
    }
    lines->used += (size_t)n;
    return 0;
}

bool lines_take(struct lines *lines, char ret_line[LINE_ROOM])
{
    char *end = lines->used ? memchr(lines->bytes, '\n', lines->used) : NULL;
    size_t length = end ? (size_t)(end - lines->bytes) : lines->used;
    if (lines->used == 0 || (!end && lines->fd >= 0 && lines->used < sizeof lines->bytes - 1))
        return false;
    memcpy(ret_line, lines->bytes, length);
    ret_line[length] = '\0';
    lines->used -= length + (end ? 1 : 0);
    memmove(lines->bytes, lines->bytes + length + (end ? 1 : 0), lines->used);
    return true;
}
