/*
 * The files of the targets that were shown last stay mapped: to map one anew, page by page as it is
 * read, takes longer than to show it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/frame_file.h"

#define MAPS_MAX 4

struct maps {
    struct kept_map {
        uint16_t number;
        ino_t inode;
        struct frame_map *map; /* NULL: a free place */
        uint64_t used;         /* counts uses: the lowest goes first */
    } kept[MAPS_MAX];
    uint64_t uses;
    struct frame_map *dropped; /* until maps_settle */
};

/* All zero is empty. The map of that file, which stays ours; one of another file of that target, or
 * the one that was not used for the longest, goes with the next maps_settle. 0, or as
 * frame_map_open. */
int maps_open(struct maps *maps, uint16_t number, int fd, const struct frame_map **ret_map);
/* Nobody uses the one any more that maps_open replaced. */
void maps_settle(struct maps *maps);
void maps_finish(struct maps *maps);
