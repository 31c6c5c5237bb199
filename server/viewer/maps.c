#include "server/viewer/maps.h"

#include <errno.h>
#include <sys/stat.h>

/* The place for a target's file: its own, a free one, or the one that is given up. */
static struct kept_map *find_place(struct maps *maps, uint16_t number)
{
    struct kept_map *place = &maps->kept[0];

    for (int i = 0; i < MAPS_MAX; i++) {
        struct kept_map *kept = &maps->kept[i];
        if (kept->map && kept->number == number)
            return kept;
        if (place->map && (!kept->map || kept->used < place->used))
            place = kept;
    }
    return place;
}

int maps_open(struct maps *maps, uint16_t number, int fd, const struct frame_map **ret_map)
{
    struct kept_map *place = find_place(maps, number);
    struct frame_map *map = NULL;
    struct stat file;

    if (fstat(fd, &file) < 0)
        return -errno;
    if (!place->map || place->number != number || place->inode != file.st_ino) {
        int error = frame_map_open(fd, &map);
        if (error < 0)
            return error;
        maps_settle(maps);
        maps->dropped = place->map;
        *place = (struct kept_map){.number = number, .inode = file.st_ino, .map = map};
    }
    place->used = ++maps->uses;
    *ret_map = place->map;
    return 0;
}

void maps_settle(struct maps *maps)
{
    maps->dropped = frame_map_close(maps->dropped);
}

void maps_finish(struct maps *maps)
{
    maps_settle(maps);
    for (int i = 0; i < MAPS_MAX; i++)
        frame_map_close(maps->kept[i].map);
    *maps = (struct maps){0};
}
