#include "server/viewer/options.h"

static const char *const TELLS[] = {"off", "refused", "all", NULL};
static const char *const LOG_LEVELS[] = {"error", "warning", "info", "debug", NULL};

const struct config_option VIEWER_OPTIONS[] = {
    HOTKEY_CONFIG_OPTIONS(struct viewer_options, hotkeys),
    {.name = "notice",
     .type = CONFIG_CHOICE,
     .choices = TELLS,
     .default_text = "refused",
     .help = "With --session, a notice of the desktop: off; refused: of switches that were refused "
             "or "
             "taken back; all: of every switch.",
     .offset = offsetof(struct viewer_options, notice)},
    {.name = "beep",
     .type = CONFIG_CHOICE,
     .choices = TELLS,
     .default_text = "off",
     .help = "The same by the X server's bell.",
     .offset = offsetof(struct viewer_options, beep)},
    {.name = "log-level",
     .type = CONFIG_CHOICE,
     .choices = LOG_LEVELS,
     .default_text = "info",
     .help = "What goes to the log; typed keys never do.",
     .offset = offsetof(struct viewer_options, log_level)},
};
const size_t VIEWER_OPTION_COUNT = sizeof VIEWER_OPTIONS / sizeof *VIEWER_OPTIONS;
