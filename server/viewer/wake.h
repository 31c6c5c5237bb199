/*
 * Lets SDL_WaitEvent wait for descriptors too: a thread sleeps on them and pushes an SDL user
 * event. The window's own input needs no thread and no timer: SDL's wait returns at once, and the
 * reader of the event writes to the server.
 */
#pragma once

#include <stdint.h>

struct wake;

/* SDL must be there. 0 or -errno; wake_destroy frees it and ends the thread. */
int wake_create(struct wake **ret_wake);
struct wake *wake_destroy(struct wake *wake);
/* The type of the event that it pushes. */
uint32_t wake_event_type(const struct wake *wake);
/* Wakes once when fd (or -1: nothing) is readable; call it again after each time that it was read.
 */
void wake_watch(struct wake *wake, int fd);
