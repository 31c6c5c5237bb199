/* hotdesk-viewer's options: the table of viewer.conf. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "server/hotkey/hotkey_config.h"

/* What the user is told of; each has what is before it. */
enum { VIEWER_TELL_OFF, VIEWER_TELL_REFUSED, VIEWER_TELL_ALL };

struct viewer_options {
    struct hotkey_config hotkeys;
    int32_t notice, beep; /* VIEWER_TELL_* */
    int32_t log_level;    /* enum log_level */
};

extern const struct config_option VIEWER_OPTIONS[];
extern const size_t VIEWER_OPTION_COUNT;
