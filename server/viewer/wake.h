/*
 * Waits for SDL's events and for descriptors at once. On X11 the connection to the X server is
 * waited for together with them; elsewhere a thread sleeps on them and pushes an SDL user event,
 * which costs two more changes of thread. The window's own input needs no timer: the wait returns
 * at once, and the reader of the event writes to the server.
 */
#pragma once

#include <SDL_events.h>
#include <SDL_video.h>
#include <stdbool.h>
#include <stdint.h>

struct wake;

/* SDL must be there, and `window` outlives it. 0 or -errno; wake_destroy frees it. */
int wake_create(SDL_Window *window, struct wake **ret_wake);
struct wake *wake_destroy(struct wake *wake);
/* As SDL_WaitEventTimeout: the next event, or false after timeout_ms (-1: never). */
bool wake_wait(struct wake *wake, int timeout_ms, SDL_Event *ret_event);
/* The type of the event that tells of a descriptor. */
uint32_t wake_event_type(const struct wake *wake);
/* Wakes once when fd (or -1: nothing) is readable; call it again after each time that it was read.
 */
void wake_watch(struct wake *wake, int fd);
