/* hotdesk-viewer's options: the table of viewer.conf. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "server/hotkey/hotkey_config.h"

/* What the user is told of; each has what is before it. */
enum { VIEWER_TELL_OFF, VIEWER_TELL_REFUSED, VIEWER_TELL_ALL };

enum { VIEWER_POINTER_ABSOLUTE, VIEWER_POINTER_CAPTURED };

struct viewer_options {
    struct hotkey_config hotkeys;
    int32_t scale;                  /* enum fit_scale */
    int32_t pointer;                /* VIEWER_POINTER_* */
    bool picture;                   /* with --session: the full screen */
    char monitor[CONFIG_TEXT_ROOM]; /* of that; "": none in particular */
    struct config_section monitors; /* with a target of their own: its name, by theirs */
    bool osd;                       /* names, refusals and states over the picture */
    bool osd_link;                  /* and a warning when the link is slow */
    bool border;                    /* around the picture */
    struct config_section colors;   /* of targets, by name */
    struct config_section sets;     /* names of targets, by the name of the set */
    char font[CONFIG_TEXT_ROOM];    /* of it: a path; "": the usual one */
    int32_t notice, beep;           /* VIEWER_TELL_* */
    int32_t log_level;              /* enum log_level */
};

extern const char *const VIEWER_SCALES[]; /* by enum fit_scale, then NULL */
extern const struct config_option VIEWER_OPTIONS[];
extern const size_t VIEWER_OPTION_COUNT;
