#include "agent/single.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES_ROOM (2 * SINGLE_TEXT_ROOM + SINGLE_CONSOLE_ROOM + 32)

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
    single_tell(fd, &(struct single_news){0});
    return fd;
}

/* Number and texts are for people; the lock is what counts. */
void single_tell(int lock, const struct single_news *news)
{
    char lines[LINES_ROOM];
    const int size = snprintf(lines, sizeof lines, "%ld\n%s\n%s\n%s\n", (long)getpid(), news->side,
                              news->screen, news->console);

    if (size > 0 && (size_t)size < sizeof lines && pwrite(lock, lines, (size_t)size, 0) == size &&
        ftruncate(lock, size) != 0)
        return; /* a longer text's end is left: the reader takes whole lines */
}

/* Where the next line begins. */
static const char *take_line(const char *at, char *ret_text, size_t room)
{
    const size_t size = strcspn(at, "\n");

    snprintf(ret_text, room, "%.*s", (int)size, at);
    return at[size] ? at + size + 1 : at + size;
}

void single_read(const char *directory, struct single_news *ret_news)
{
    char lines[LINES_ROOM] = "", number[SINGLE_TEXT_ROOM];
    int fd = single_open(directory, O_RDONLY);

    *ret_news = (struct single_news){0};
    if (fd < 0)
        return;
    if (pread(fd, lines, sizeof lines - 1, 0) > 0) {
        const char *at = take_line(lines, number, sizeof number);
        at = take_line(at, ret_news->side, sizeof ret_news->side);
        at = take_line(at, ret_news->screen, sizeof ret_news->screen);
        take_line(at, ret_news->console, sizeof ret_news->console);
    }
    close(fd);
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
