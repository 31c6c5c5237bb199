/*
 * A connection to an X server on a uv loop, whose loss or errors do not end the process.
 *
 * By default Xlib calls exit() for both. Here an error is counted, and a connection that breaks is
 * told by `lost`, from the loop. Every connection is impervious to another client's XGrabServer,
 * where the server has XTEST: otherwise any question put to it would block us for as long as that
 * client likes.
 */
#pragma once

#include <X11/Xlib.h>
#include <stdbool.h>
#include <uv.h>

struct display;

/* Before the first display of a program that has them in more than one thread. */
void display_init(void);

struct display_handlers {
    void (*event)(void *context, XEvent *event); /* may be NULL */
    void (*settled)(void *context);              /* after a batch of events; may be NULL */
    void (*lost)(void *context);                 /* then destroy it */
};

/* `name` "" or NULL: $DISPLAY. 0 or -errno with a sentence. Blocks while the server sets up the
 * connection. `ret_why` has room for MESSAGE_REASON_ROOM bytes. */
int display_open(uv_loop_t *loop, const char *name, const struct display_handlers *handlers,
                 void *context, struct display **ret_display, char *ret_why);
struct display *display_destroy(struct display *display); /* NULL ok */

Display *display_xlib(struct display *display);
bool display_is_lost(const struct display *display);
bool display_has_xtest(const struct display *display);
/* Sends what is buffered. */
void display_flush(struct display *display);
/* After a question that was not asked from within `event` or `settled`: events that came along with
 * its answer are given out, from the loop. No descriptor tells of them. */
void display_answered(struct display *display);
/* Gives them out at once: after set-up. */
void display_process(struct display *display);
/* How many requests of this thread have failed so far. */
unsigned display_errors(void);
