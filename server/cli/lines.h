/* Lines of a descriptor that is read piece by piece. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LINE_ROOM 4096

struct lines {
    int fd; /* -1: it has ended */
    size_t used;
    char bytes[LINE_ROOM];
};

/* Reads once. 0; -EPIPE or another -errno when nothing more can come: then it is closed. */
int lines_fill(struct lines *lines);
/* A line, or all there is once the room is full or nothing more can come. False: there is none. */
bool lines_take(struct lines *lines, char ret_line[LINE_ROOM]);
