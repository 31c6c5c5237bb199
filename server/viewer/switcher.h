/*
 * The switcher: all targets as live thumbnails over a whole window, while the server says that it
 * is open (event `switcher`). It only shows: keys go to the server, which tells what is selected.
 */
#pragma once

#include <SDL_video.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "server/viewer/framebuffer.h"
#include "server/viewer/status.h"

#define SWITCHER_REQUEST_ROOM 1024

struct switcher;

/* `font` as osd_create's, `colors` of the configuration; both outlive it. NULL: no memory. */
struct switcher *switcher_create(const char *font, const struct config_section *colors);
struct switcher *switcher_destroy(struct switcher *switcher); /* NULL ok */
/* Whether it is to be shown now; what it shows is brought up to date. */
bool switcher_turn(struct switcher *switcher, const struct status *status, uint64_t now_us);
void switcher_receive(struct switcher *switcher, uint64_t now_us);
/* Something else was drawn there, or its size is another. */
void switcher_redraw(struct switcher *switcher);
void switcher_paint(struct switcher *switcher, struct framebuffer *window);
/* What the server has to know of it: how many columns there are, and what is on the keys. False:
 * nothing is new since it was opened. */
bool switcher_take_request(struct switcher *switcher, char ret_line[SWITCHER_REQUEST_ROOM]);
/* Of the target at a place of the window, 0 local. False: none. */
bool switcher_at(const struct switcher *switcher, int32_t x_px, int32_t y_px, uint16_t *ret_number);
uint64_t switcher_deadline_us(const struct switcher *switcher, uint64_t now_us);
int switcher_fd(const struct switcher *switcher); /* -1: none */
