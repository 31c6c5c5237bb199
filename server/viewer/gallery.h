/*
 * The thumbnails of all targets, as one connection of the control verb `frames` tells them. What is
 * told last is what a map shows: the thumbnail, or the picture itself while somebody looks at that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/frame_file.h"

struct gallery;

struct gallery_handlers {
    /* All of it is another one; NULL: none. */
    void (*map)(void *context, uint16_t number, const struct frame_map *map);
    void (*renewed)(void *context, uint16_t number);
    void (*damaged)(void *context, uint16_t number, const struct frame_damage *damage);
};

/* NULL: no memory. `handlers` outlives it. */
struct gallery *gallery_create(const struct gallery_handlers *handlers, void *context);
/* Without a call of a handler: nobody may use its maps any more. NULL ok. */
struct gallery *gallery_destroy(struct gallery *gallery);
void gallery_tick(struct gallery *gallery, uint64_t now_us);
void gallery_receive(struct gallery *gallery, uint64_t now_us);
uint64_t gallery_deadline_us(const struct gallery *gallery); /* UINT64_MAX: none */
int gallery_fd(const struct gallery *gallery);               /* -1: none */
/* NULL: none. */
const struct frame_map *gallery_map(const struct gallery *gallery, uint16_t number);
/* Why there is none, as the server told; "": there is one, or will be. */
const char *gallery_text(const struct gallery *gallery, uint16_t number);
