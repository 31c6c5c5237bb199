/* hotdesk-viewer's options: the table of viewer.conf. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/config.h"

enum { VIEWER_LEADER_SCROLL_LOCK, VIEWER_LEADER_RIGHT_CTRL }; /* in the order of its choices */

struct viewer_options {
    int32_t leader;
    int32_t log_level; /* enum log_level */
};

extern const struct config_option VIEWER_OPTIONS[];
extern const size_t VIEWER_OPTION_COUNT;
