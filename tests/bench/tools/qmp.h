/* The keyboard of a virtual machine, by QEMU's control socket (QMP, input-send-event). */
#pragma once

#include <stdbool.h>

/* Ready for keys. Its descriptor, or -errno. */
int qmp_open(const char *path);

/* `keycode`: X's, of the home row from a to k. What QEMU answers is thrown away. 0, or -errno. */
int qmp_press(int fd, unsigned keycode, bool down);
