#include "server/control/unsent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ROOM_MIN 4096

size_t unsent_size(const struct unsent *unsent)
{
    return unsent->end - unsent->first;
}

int unsent_add(struct unsent *unsent, const void *bytes, size_t size_bytes)
{
    size_t used = unsent_size(unsent);
    if (unsent->first > 0) {
        memmove(unsent->bytes, unsent->bytes + unsent->first, used);
        unsent->first = 0;
        unsent->end = used;
    }
    if (used + size_bytes > unsent->room) {
        size_t room = unsent->room ? unsent->room : ROOM_MIN;
        while (room < used + size_bytes)
            room *= 2;
        char *grown = realloc(unsent->bytes, room);
        if (!grown)
            return -ENOMEM;
        unsent->bytes = grown;
        unsent->room = room;
    }
    memcpy(unsent->bytes + used, bytes, size_bytes);
    unsent->end += size_bytes;
    return 0;
}

int unsent_flush(struct unsent *unsent, int fd)
{
    while (unsent_size(unsent) > 0) {
        ssize_t n = send(fd, unsent->bytes + unsent->first, unsent_size(unsent),
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        unsent->first += (size_t)n;
    }
    unsent_finish(unsent);
    return 0;
}

void unsent_finish(struct unsent *unsent)
{
    free(unsent->bytes);
    *unsent = (struct unsent){0};
}
