/*
 * The X display that the console's user sits at, watched from outside: is its screen locked, by
 * whatever locker? And what keeps it from locking while its keyboard types elsewhere.
 *
 * A lock is told by MIT-SCREEN-SAVER (the server's own saver), by xscreensaver's property
 * _SCREENSAVER_STATUS on the root window, or by a window that no window manager manages, covers the
 * whole screen, and whose program holds the keyboard: i3lock, slock, xsecurelock, xtrlock and their
 * like. Such a window counts from its first moment, and no longer when the keyboard is found free.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct xsession;

/* 0; -ENOTCONN: no display. It must not be used after its display has gone: Xlib ends the process.
 */
int xsession_open(struct xsession **ret_session, uint64_t now_us);
struct xsession *xsession_close(struct xsession *session); /* NULL ok */
int xsession_fd(const struct xsession *session);
/* Reads what has come and does what is due. Call it before each wait. */
void xsession_turn(struct xsession *session, uint64_t now_us);
uint64_t xsession_deadline_us(const struct xsession *session);
/* What locks the screen now; NULL: nothing. */
const char *xsession_locked_by(const struct xsession *session);

/* As if a key had been pressed here: the idle times of the display begin anew. */
void xsession_keep_awake(struct xsession *session);
void xsession_beep(struct xsession *session);
