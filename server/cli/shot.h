/* A target's picture on this side of the control socket: its file, and copies of it. */
#pragma once

#include <stdint.h>

#include "common/frame_file.h"
#include "server/cli/client.h"

struct shot {
    struct frame_map *map; /* the target's file; NULL: not yet */
    bool is_current;       /* it has what the target shows now */
    char state[FRAME_TEXT_ROOM];
};

/* Opens a connection that follows the target; an enum exit_code, explained. `what` wants to. */
int shot_follow(const char *socket_path, const char *target, const char *what,
                struct client **ret_client);
/* Takes up the next message; *ret_message tells which it was. 0, -ETIMEDOUT, -EBADMSG, or as
 * client_read_frame. */
int shot_hear(struct shot *shot, struct client *client, int timeout_ms,
              struct frame_message *ret_message);
/* The caller frees *ret_pixels, 0x00RRGGBB, rows without gaps. 0; -ETIMEDOUT: it changes too fast;
 * -ENODATA: there is none; -errno. */
int shot_copy(const struct shot *shot, uint64_t end_us, uint32_t **ret_pixels,
              struct frame_rectangle *ret_all);
void shot_finish(struct shot *shot);
