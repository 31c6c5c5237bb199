/*
 * A notice on this computer's desktop that stays until it is taken away: by the session's bus,
 * which is connected only while there is one to show. Where no desktop's notices are yet, it comes
 * up as soon as they are. Without libsystemd it does nothing.
 */
#pragma once

#include <uv.h>

#define ANNOUNCE_ROOM 512

struct announce;

/* 0 or -errno. */
int announce_create(uv_loop_t *loop, struct announce **ret_announce);
/* Takes it away. The loop must run once more. NULL ok. */
struct announce *announce_destroy(struct announce *announce);
/* Replaces what is shown. */
void announce_show(struct announce *announce, const char *summary, const char *text);
void announce_end(struct announce *announce);
