/* Names of a Wayland compositor's outputs, such as DP-1 (wl_output, version 4): SDL has only a
 * description of each. */
#pragma once

#include <stddef.h>

struct outputs;
struct wl_display;

/* On SDL's own connection, which reads it. NULL: out of memory. */
struct outputs *outputs_create(struct wl_display *display);
struct outputs *outputs_destroy(struct outputs *outputs); /* NULL ok */
/* Of the output at this place in the order in which they came, which is SDL's too; NULL: not known,
 * as while there are not `count`. Valid until events are read. */
const char *outputs_name(const struct outputs *outputs, size_t index, size_t count);
