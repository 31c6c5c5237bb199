/* Bytes that a socket did not take yet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct unsent {
    char *bytes;
    size_t first, end, room;
};

size_t unsent_size(const struct unsent *unsent);
/* -ENOMEM, or 0. */
int unsent_add(struct unsent *unsent, const void *bytes, size_t size_bytes);
/* Sends what the socket takes now. 0, also when something is left, or -errno. */
int unsent_flush(struct unsent *unsent, int fd);
void unsent_finish(struct unsent *unsent);
