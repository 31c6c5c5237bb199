/*
 * A target's picture, as it goes from hotdesk-decode over hotdesk-server to whoever shows it: a
 * file in memory (memfd) with the pixels, and messages of FRAME_MESSAGE_BYTES that tell what is new
 * in it.
 *
 * The file is made by the server, written by the decoder alone, and sealed (common/frame_file.h),
 * so that a reader can trust its size, and nothing else in it: what a reader takes from it, it
 * checks.
 *
 * Between server and decoder runs a SOCK_SEQPACKET socket. The decoder maps the file and sends
 * READY; the server seals the file and sends SEALED; only then the decoder shuts itself in and
 * reads the target's first byte. It looks only while LOOK says so, at the start not. STOPPED is its
 * last.
 *
 * To a follower (control verb `frames`) the same messages come on a stream, with the target's
 * number; the decoder's own carry number 0. FILE comes first, with the file's descriptor, and again
 * whenever the file is another one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"

#define FRAME_MESSAGE_BYTES     256
#define FRAME_TEXT_ROOM         128
#define FRAME_PIXEL_BYTES       4
#define FRAME_PATCH_PIXELS_MAX  (256u << 10)
#define FRAME_CURSOR_FILE_BYTES (FRAME_CURSOR_SIDE_PX * FRAME_CURSOR_SIDE_PX * FRAME_PIXEL_BYTES)

/* The file. Pixels are 32-bit words of this computer: 0x00RRGGBB in the picture (the highest byte
 * has no meaning), 0xAARRGGBB with colours premultiplied in the cursor; rows are without gaps, so
 * that a picture's stride is its width times four, and a cursor's, too. */
#define FRAME_FILE_MAGIC    0x68646672u /* "hdfr" */
#define FRAME_FILE_VERSION  3
#define FRAME_CURSOR_OFFSET 4096
#define FRAME_PIXELS_OFFSET (FRAME_CURSOR_OFFSET + FRAME_CURSOR_FILE_BYTES)
#define FRAME_PATCH_OFFSET  (FRAME_PIXELS_OFFSET + (size_t)FRAME_PIXELS_MAX * FRAME_PIXEL_BYTES)
#define FRAME_THUMBNAIL_OFFSET                                                                     \
    (FRAME_PATCH_OFFSET + (size_t)FRAME_PATCH_PIXELS_MAX * FRAME_PIXEL_BYTES)
#define FRAME_THUMBNAIL_PIXELS_MAX (THUMBNAIL_WIDTH_MAX_PX * THUMBNAIL_HEIGHT_MAX_PX)
#define FRAME_FILE_BYTES                                                                           \
    (FRAME_THUMBNAIL_OFFSET + (size_t)FRAME_THUMBNAIL_PIXELS_MAX * FRAME_PIXEL_BYTES)

/* At the start of the file. `sequence` grows by two with each finished update of picture or cursor;
 * it is odd while one is written. Read and written by common/frame_file.c and frame_writer.c only.
 */
struct frame_head {
    uint32_t magic;
    uint32_t version;
    _Atomic uint64_t sequence;
    uint32_t width_px, height_px; /* 0, 0: no picture yet */
    uint32_t stride_bytes;
    uint32_t cursor_sequence; /* grows with each shape */
    uint32_t cursor_width_px, cursor_height_px;
    uint32_t cursor_hot_x_px, cursor_hot_y_px;
    uint32_t cursor_visible; /* 1, or 0: the target shows no pointer */
    /* Of the MOVE that the patch belongs to; odd while it is written. */
    _Atomic uint64_t patch_sequence;
    uint32_t thumbnail_width_px, thumbnail_height_px; /* 0, 0: none yet */
};

enum frame_type {
    /* decoder -> server, and those marked * -> follower */
    FRAME_READY = 1,
    FRAME_SIZE = 2,   /* * the picture has another size; all of it is new */
    FRAME_DAMAGE = 3, /* * a whole update of the target's is in the file, changed in these places */
    FRAME_CURSOR = 4, /* * another shape, or shown or hidden */
    FRAME_BELL = 5,   /* * */
    FRAME_CURRENT = 6,   /* * the file has what the target showed when looking began, or later */
    FRAME_STOPPED = 7,   /* why the decoder ends; the last */
    FRAME_MOVE = 8,      /* * a whole update that is soon in the file, for who has all before it */
    FRAME_THUMBNAIL = 9, /* * a new thumbnail is in the file */
    /* server -> decoder */
    FRAME_SEALED = 20, /* the file is sealed: shut yourself in and begin */
    FRAME_LOOK = 21,   /* how somebody looks, or that nobody does */
    /* server -> follower */
    FRAME_FILE = 40,    /* with the descriptor (SCM_RIGHTS) of the target's file */
    FRAME_POINTER = 41, /* where the pointer is */
    FRAME_STATE = 42,   /* of target `number`: why there is no picture, "" when there is one;
                           number 0: `local` is active, and nothing is to be shown */
};

/* A target is asked for thumbnails only when nobody looks at the picture itself. */
enum frame_look { FRAME_LOOK_AWAY, FRAME_LOOK_FULL, FRAME_LOOK_THUMBNAIL };

enum frame_way { FRAME_FROM_DECODER, FRAME_TO_DECODER, FRAME_TO_FOLLOWER };

struct frame_rectangle {
    uint16_t x_px, y_px, width_px, height_px;
};

struct frame_size {
    uint16_t width_px, height_px;
};

/* `sequence` is that of the file once the update was in it: a reader that finds a higher one in the
 * file knows that more damage is on its way. */
struct frame_damage {
    uint64_t sequence;
    uint8_t count; /* 1..FRAME_RECTANGLES_MAX */
    struct frame_rectangle rectangles[FRAME_RECTANGLES_MAX];
};

/* A large part of the picture only moved. A reader that shows exactly what the file had with the
 * sequence `before` may move it there, paint the rectangles over it, and shows then what the file
 * has with `sequence`: without waiting until all of that is written. The rectangles' pixels are in
 * the patch, one after the other, rows without gaps, as long as its sequence is this one. DAMAGE of
 * the same sequence follows in any case: who cannot use this leaves it out. */
struct frame_move {
    uint64_t sequence, before;
    struct frame_rectangle to;
    uint16_t from_x_px, from_y_px;
    uint8_t count; /* 0..FRAME_RECTANGLES_MAX */
    struct frame_rectangle rectangles[FRAME_RECTANGLES_MAX];
};

struct frame_pointer {
    uint16_t x_px, y_px;
    bool visible;
    bool warped; /* the target moved it, not we */
};

struct frame_message {
    enum frame_type type;
    uint16_t number; /* of the target; 0 from and to a decoder */
    union {
        struct frame_size size;       /* SIZE, THUMBNAIL */
        struct frame_damage damage;   /* DAMAGE */
        struct frame_move move;       /* MOVE */
        enum frame_look look;         /* LOOK */
        struct frame_pointer pointer; /* POINTER */
        char text[FRAME_TEXT_ROOM];   /* STOPPED, STATE */
    };
};

/* Neither side is 0 and the pixels fit into the file. */
bool frame_size_is_valid(uint32_t width_px, uint32_t height_px);

bool frame_thumbnail_size_is_valid(uint32_t width_px, uint32_t height_px);

/* Not empty and inside of a picture of that size. */
bool frame_rectangle_fits(const struct frame_rectangle *rectangle, uint32_t width_px,
                          uint32_t height_px);
bool frame_damage_fits(const struct frame_damage *damage, uint32_t width_px, uint32_t height_px);

/* All of it inside of a picture of that size, and the patch has room for its rectangles. */
bool frame_move_fits(const struct frame_move *move, uint32_t width_px, uint32_t height_px);
/* Copies rows of pixels within one picture; the two places may overlap. */
void frame_rows_move(void *to, const void *from, size_t stride_bytes, uint32_t width_px,
                     uint32_t height_px);

/* Adds a rectangle (not empty). What is inside of another is left out; when there is no more room,
 * those are merged that waste the fewest pixels. */
void frame_damage_add(struct frame_damage *damage, const struct frame_rectangle *rectangle);

/* Always writes FRAME_MESSAGE_BYTES, zero-padded; texts are cleaned on the way. False when a field
 * is out of range (our own bug). */
bool frame_message_encode(const struct frame_message *message,
                          uint8_t ret_bytes[FRAME_MESSAGE_BYTES]);

/* False when it is none that goes this way; *ret_why then is a static sentence. That rectangles are
 * inside of the picture is for the receiver to check (frame_damage_fits): only it knows the size.
 */
bool frame_message_decode(const uint8_t bytes[FRAME_MESSAGE_BYTES], enum frame_way way,
                          struct frame_message *ret_message, const char **ret_why);
