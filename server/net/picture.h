/* A target's picture in `status`. Pure but for memory. */
#pragma once

#include <jansson.h>

#include "server/screen/screen.h"
#include "server/target/agent.h"

/* {"state", "text", "how", "followers", "width_px", "height_px", "faults", "bytes", "updates"} and
 * what limiting_add adds. `agent` NULL: it is not connected. */
json_t *picture_json(const struct screen_view *view, const struct agent_view *agent,
                     unsigned followers);
