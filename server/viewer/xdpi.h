/* How large letters are to be on an X display. */
#pragma once

#include <stdint.h>

/* Beside the usual 96 dpi, as the resource Xft.dpi says, which desktops set and GTK and Qt obey;
 * what monitors tell of their size is wrong too often. 100: it is not set, or there is no X. */
uint32_t xdpi_percent(void);
