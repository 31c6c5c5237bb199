/*
 * Writes the picture file of protocol/frame.h. Used by hotdesk-decode, and by tests in its place.
 *
 *     frame_writer_begin(); any of set_size, copy, set_cursor; frame_writer_end();
 *
 * Readers take nothing that was written between begin and end before the end.
 */
#pragma once

#include "protocol/frame.h"

struct frame_writer;

/* Maps a file of the right size that is not sealed yet. 0; -EBADF for anything else; -errno. The
 * descriptor stays the caller's. */
int frame_writer_open(int fd, struct frame_writer **ret_writer);
struct frame_writer *frame_writer_close(struct frame_writer *writer);

void frame_writer_begin(struct frame_writer *writer);
/* The sequence number that the file now has, for the DAMAGE message. */
uint64_t frame_writer_end(struct frame_writer *writer);

/* A valid size (frame_size_is_valid). The picture is black then. */
void frame_writer_set_size(struct frame_writer *writer, uint32_t width_px, uint32_t height_px);

/* Copies a rectangle of a picture of the same size, whose rows have no gaps. */
void frame_writer_copy(struct frame_writer *writer, const struct frame_rectangle *rectangle,
                       const void *pixels);

/* The file's own pixels, as they are: of the last size that was set. */
const void *frame_writer_pixels(const struct frame_writer *writer);
/* What frame_writer_end will return, for the MOVE message. */
uint64_t frame_writer_next(const struct frame_writer *writer);
/* The pixels of a move's rectangles, which fit, into the patch. Not between begin and end. */
void frame_writer_patch(struct frame_writer *writer, const struct frame_move *move,
                        const void *pixels);

/* A shape; NULL pixels: nothing to be shown. Sides 1..FRAME_CURSOR_SIDE_PX, the hot spot inside. */
void frame_writer_set_cursor(struct frame_writer *writer, const uint32_t *pixels, uint32_t width_px,
                             uint32_t height_px, uint32_t hot_x_px, uint32_t hot_y_px);

/* A whole thumbnail of a valid size (frame_thumbnail_size_is_valid), rows without gaps. */
void frame_writer_set_thumbnail(struct frame_writer *writer, const uint32_t *pixels,
                                uint32_t width_px, uint32_t height_px);
