/*
 * How each target's screen is to be sent: options `quality` and `scale`, by the target's name, "*"
 * for all that are not named.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "protocol/message.h"

struct server;
struct server_options;

/* For the table of options. */
bool wishes_check_quality(const char *key, const char *text, char *ret_why, size_t room_bytes);
bool wishes_check_scale(const char *key, const char *text, char *ret_why, size_t room_bytes);

struct message_screen_wish wishes_of(const struct server_options *options, const char *name);
/* Tells a target's agent, if it is connected and takes wishes. */
void wishes_tell(struct server *server, uint16_t number);
void wishes_tell_all(struct server *server);
