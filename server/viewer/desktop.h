/*
 * The user's session bus: lockers that tell of themselves (org.freedesktop.ScreenSaver and its
 * like), notices (org.freedesktop.Notifications), and the wish that the screen stays on. sd-bus
 * types stay in desktop.c. Without libsystemd, or without a bus, all of it does nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct desktop;

/* 0 or -errno; -ENOSYS: built without it. */
int desktop_open(struct desktop **ret_desktop);
struct desktop *desktop_close(struct desktop *desktop); /* NULL ok */
int desktop_fd(const struct desktop *desktop);
short desktop_poll_events(const struct desktop *desktop);
uint64_t desktop_deadline_us(const struct desktop *desktop);
/* Reads what has come. 0 or -errno: the bus is lost, close it. */
int desktop_turn(struct desktop *desktop);
/* The name of the locker that is active; NULL: none. */
const char *desktop_locked_by(const struct desktop *desktop);

/* Replaces the notice before. */
void desktop_notify(struct desktop *desktop, const char *summary, const char *text);
void desktop_inhibit_idle(struct desktop *desktop, bool on);
