/* What limits a target's picture now, and what its agent sent so far, for `status`. Pure but for
 * memory. */
#pragma once

#include <jansson.h>

#include "protocol/message.h"
#include "server/screen/screen.h"
#include "server/target/agent.h"

enum limiting {
    LIMITING_NOBODY,  /* nobody looks: nothing is sent */
    LIMITING_STILL,   /* nothing changes there */
    LIMITING_LINK,    /* the picture waits for the network */
    LIMITING_AGENT,   /* its agent's processor */
    LIMITING_DECODER, /* the decoder on the console */
    LIMITING_NONE,    /* each change is sent at once */
};

enum limiting limiting_of(const struct message_screen_figures *figures,
                          const struct screen_view *screen);
const char *limiting_name(enum limiting limit); /* in JSON */
/* Adds `limit` and `sent` to what `status` tells of a picture; null without figures. */
void limiting_add(json_t *picture, const struct agent_view *agent,
                  const struct screen_view *screen);
