#include "server/viewer/options.h"

static const char *const LOG_LEVELS[] = {"error", "warning", "info", "debug", NULL};

const struct config_option VIEWER_OPTIONS[] = {
    HOTKEY_CONFIG_OPTIONS(struct viewer_options, hotkeys),
    {.name = "log-level",
     .type = CONFIG_CHOICE,
     .choices = LOG_LEVELS,
     .default_text = "info",
     .help = "What goes to the log; typed keys never do.",
     .offset = offsetof(struct viewer_options, log_level)},
};
const size_t VIEWER_OPTION_COUNT = sizeof VIEWER_OPTIONS / sizeof *VIEWER_OPTIONS;
