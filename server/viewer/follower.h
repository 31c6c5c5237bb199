/*
 * A connection that follows pictures (control verb `frames`, docs/control.md): keeps the file of
 * the target that is shown, checked, and tells what is new in it. When the server is not there it
 * tries again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/frame_file.h"
#include "protocol/frame.h"
#include "server/viewer/client.h"
#include "server/viewer/maps.h"

struct follower_handlers {
    /* Another file, or none (NULL) any more: the old one is not to be used after the call. `number`
     * 0: nothing is to be shown. */
    void (*file)(void *context, uint16_t number, const struct frame_map *map);
    void (*size)(void *context);
    void (*damage)(void *context,
                   const struct frame_damage *damage);          /* not checked against a size */
    void (*move)(void *context, const struct frame_move *move); /* not checked, either */
    void (*cursor)(void *context);
    void (*pointer)(void *context, const struct frame_pointer *pointer);
    void (*bell)(void *context);
    /* Why there is no picture; "": there is one. */
    void (*state)(void *context, uint16_t number, const char *text);
};

struct follower {
    const struct follower_handlers *handlers;
    void *context;
    const char *target;    /* a name, or "active" */
    struct client *client; /* NULL: not connected */
    bool is_granted;
    uint64_t retry_us;
    uint16_t number;
    const struct frame_map *map; /* of `maps` */
    struct maps maps;
    char told[FRAME_TEXT_ROOM]; /* what the log has of the server's refusals */
};

/* `target` and `handlers` are borrowed. */
void follower_init(struct follower *follower, const char *target,
                   const struct follower_handlers *handlers, void *context);
void follower_finish(struct follower *follower);
/* Connects when it is time to. */
void follower_tick(struct follower *follower, uint64_t now_us);
/* The descriptor is readable. */
void follower_receive(struct follower *follower, uint64_t now_us);
uint64_t follower_deadline_us(const struct follower *follower); /* UINT64_MAX: none */
int follower_fd(const struct follower *follower);               /* -1: none */
