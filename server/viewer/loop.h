/* What all windows of the viewer, and its service, do alike. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Hints and SDL_Init; false: it failed, and was said. */
bool loop_init_sdl(void);
/* After a window was made, before its surface is asked for the first time. */
void loop_prepare_window(void);
uint64_t loop_earlier(uint64_t a_us, uint64_t b_us);
/* For SDL_WaitEventTimeout and poll: milliseconds until then, rounded up; -1: for ever
 * (UINT64_MAX). */
int loop_wait_ms(uint64_t deadline_us, uint64_t now_us);
bool loop_is_readable(int fd);
