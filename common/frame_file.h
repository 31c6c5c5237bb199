/*
 * The picture file of protocol/frame.h: how it is made and sealed, and how it is read.
 *
 * A reader waits for nobody: it copies, and if the sequence number has changed meanwhile, it copies
 * again, a bounded number of times. What the head says is never used unchecked.
 */
#pragma once

#include "protocol/frame.h"

struct frame_map; /* a file, mapped to be read */

/* What the head said at one moment, checked. `pixels` points into the file. */
struct frame_picture {
    uint64_t sequence;
    uint32_t width_px, height_px;
    size_t stride_bytes;
    const uint8_t *pixels;
};

struct frame_cursor {
    uint32_t sequence;
    uint32_t width_px, height_px; /* 0, 0: none yet */
    uint32_t hot_x_px, hot_y_px;
    bool visible;
    uint32_t pixels[FRAME_CURSOR_SIDE_PX * FRAME_CURSOR_SIDE_PX]; /* rows of width_px */
};

/* A new, empty, sparse file of FRAME_FILE_BYTES (close-on-exec), or -errno. */
int frame_file_create(void);

/* Once the decoder has mapped it (READY): nobody can map it to write any more, nor change its size,
 * nor take a seal away. 0; -EBADF when its size is another one already; -errno. */
int frame_file_seal(int fd);
bool frame_file_is_sealed(int fd);

/* Maps a sealed file of the right size. 0; -EBADF for anything else; -errno. The descriptor stays
 * the caller's and may be closed at once. */
int frame_map_open(int fd, struct frame_map **ret_map);
struct frame_map *frame_map_close(struct frame_map *map);
/* From now on it is the thumbnail that the functions below read, or the picture again. */
void frame_map_show_thumbnail(struct frame_map *map, bool shown);

/* The picture as it is now. -EAGAIN: it is being written; -ENODATA: there is none yet; -EPROTO: the
 * head is nonsense. Use the pixels, then ask frame_map_is_unchanged: only then what was read was
 * whole, and of this size. */
int frame_map_look(const struct frame_map *map, struct frame_picture *ret_picture);
/* Copies a rectangle that is inside of it into rows of `stride_bytes`. */
void frame_picture_copy(const struct frame_picture *picture,
                        const struct frame_rectangle *rectangle, void *ret_pixels,
                        size_t stride_bytes);
bool frame_map_is_unchanged(const struct frame_map *map, const struct frame_picture *picture);

/* The patch of a MOVE, if it is still that one's: use its pixels, then ask again; only when the
 * answer is the same they were whole. NULL: it is another's. */
const uint8_t *frame_map_patch(const struct frame_map *map, const struct frame_move *move);

/* Copies a rectangle, whole, into rows of `stride_bytes`. -ERANGE when it is outside of the picture
 * that is there now, -EAGAIN after too many tries, or as frame_map_look. Afterwards the room holds
 * what was copied last, even on failure. */
int frame_map_copy(const struct frame_map *map, const struct frame_rectangle *rectangle,
                   void *ret_pixels, size_t stride_bytes, uint64_t *ret_sequence);

/* The pointer's shape; without one yet its size is 0, 0. Errors as above. */
int frame_map_copy_cursor(const struct frame_map *map, struct frame_cursor *ret_cursor);
