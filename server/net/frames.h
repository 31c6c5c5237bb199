/*
 * Pictures in the server: joins server/screen/ with targets, guests and the control socket.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol/message.h"
#include "server/control/control.h"
#include "server/screen/audience.h"
#include "server/screen/screen.h"
#include "server/target/channel.h"

struct server;
struct frames;

/* 0 or -errno. */
int frames_create(struct server *server, struct frames **ret_frames);
/* After the control socket, so that nobody follows any more; the loop must run once more. NULL ok.
 */
struct frames *frames_destroy(struct frames *frames);

/* The targets are the registry's. */
int frames_added(struct frames *frames, uint16_t number);
/* As registry_order: who follows one of them goes on, and is told all of it under its number. */
void frames_ordered(struct frames *frames, uint16_t number, uint16_t wanted);
void frames_forgotten(struct frames *frames, uint16_t number);
/* Its connection, or what its agent tells, has changed. */
void frames_target_changed(struct frames *frames, uint16_t number);
/* Another target is active: those that follow the active one are shown it. */
void frames_switched(struct frames *frames, uint16_t number);

/* Somebody has lost the right to see pictures, and may have kept their files: those are given up,
 * and who follows gets others. NULL ok. */
void frames_renew(struct frames *frames);

/* Another part of the server follows a picture, as a client does by the verb `frames`. NULL without
 * memory. The target is told that it is looked at until onlooker_leave, before it is forgotten. */
struct onlooker *frames_join(struct frames *frames, uint16_t number, onlooker_send send,
                             void *context);

/* The verb `frames`. */
void frames_handle(void *server, struct control_client *client, const json_t *request);
/* guests_handlers.screen; context: struct server */
void frames_hello(void *server, struct channel *channel, const struct message_hello *hello);

/* False for a target that is not there. */
bool frames_view(const struct frames *frames, uint16_t number, struct screen_view *ret_view);
/* Somebody sees the active target's picture, which is this one's. */
bool frames_are_shown(const struct frames *frames, uint16_t number);
/* Its pointer has no shape: a program has hidden it. */
bool frames_pointer_is_empty(const struct frames *frames, uint16_t number);
/* Tells followers of this target. */
void frames_tell_pointer(struct frames *frames, uint16_t number,
                         const struct frame_pointer *pointer);
/* How many show the active target. */
unsigned frames_viewers(const struct frames *frames);
/* As picture_json, or null. */
json_t *frames_status(const struct frames *frames, uint16_t number);
