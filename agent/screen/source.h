/*
 * What a screen is read from. One ops struct; kinds: x11, pattern (for tests).
 *
 * A source does nothing while it is not watched. All of it belongs to one loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "agent/screen/moves.h"
#include "agent/screen/picture.h"
#include "agent/screen/tiles.h"
#include "protocol/message.h"

#define SHAPE_PX_MAX 256 /* of a pointer's width and height */

struct shape { /* of the pointer */
    int width_px, height_px, hot_x_px, hot_y_px;
    uint32_t pixels[SHAPE_PX_MAX * SHAPE_PX_MAX]; /* ARGB, colours multiplied by alpha */
};

struct source;

struct source_handlers {
    void (*changed)(void *context);               /* there is something to read, from the loop */
    void (*resized)(void *context);               /* `width_px` and `height_px` are others now */
    void (*pointed)(void *context);               /* the pointer's shape is another one */
    void (*lost)(void *context, const char *why); /* then destroy it */
};

struct source_ops {
    void (*watch)(struct source *source, bool on);
    int (*read)(struct source *source, struct picture *picture, struct tiles *changed,
                struct moves *moves);
    int (*read_shape)(struct source *source, struct shape *ret_shape);
    int (*read_pointer)(struct source *source, int *ret_x_px, int *ret_y_px); /* or NULL */
    void (*show)(struct source *source, const char *monitor);                 /* or NULL */
    void (*destroy)(struct source *source);
};

struct source { /* the head of each kind's own struct */
    const struct source_ops *ops;
    int width_px, height_px;
    int depth;                     /* of a pixel, in bits; 0: it has none of its own */
    char how[MESSAGE_REASON_ROOM]; /* "XDamage, MIT-SHM" */
    bool has_news;                 /* `changed` was called, and nothing read since */
    uint64_t reads;                /* so far */
    uint64_t merged;               /* changes that came before the last one was read */
};

enum source_kind { SOURCE_X11, SOURCE_NONE, SOURCE_PATTERN };

struct source_settings {
    enum source_kind kind;
    const char *display; /* X display, "" or NULL for $DISPLAY */
    const char *monitor; /* of it, by its name in xrandr; "" or NULL: all of them */
};

/* 0; or -errno, with a sentence why there is no screen. `settings` outlives the call alone. No
 * handler is called before it returns. */
int source_open(uv_loop_t *loop, const struct source_settings *settings,
                const struct source_handlers *handlers, void *context, struct source **ret_source,
                char ret_why[MESSAGE_REASON_ROOM]);
struct source *source_destroy(struct source *source); /* NULL ok */

/* Watched from now on, everything counts as changed. */
void source_watch(struct source *source, bool on);
/* Takes what may have changed into `picture`, which has the source's size; what did change is added
 * to `changed`, but for what only moved (`moves`; NULL: such is not looked for). -EAGAIN: the
 * screen is just becoming another one, `resized` is called soon. */
int source_read(struct source *source, struct picture *picture, struct tiles *changed,
                struct moves *moves);
/* 0 or -errno. Where it is not known, an arrow; no pixels: the pointer is not shown. */
int source_read_shape(struct source *source, struct shape *ret_shape);
/* Where the pointer is, in what is shown; outside of it, its border. 0 or -errno. */
int source_read_pointer(struct source *source, int *ret_x_px, int *ret_y_px);
/* From now on this monitor, "": all of them. What comes of it is told by `resized`, `changed` or
 * `lost`, from the loop; `how` is another one at once. */
void source_show(struct source *source, const char *monitor);
