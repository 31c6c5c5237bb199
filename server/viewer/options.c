#include "server/viewer/options.h"

#include <stdio.h>

#include "server/viewer/colors.h"
#include "server/viewer/sets.h"

const char *const VIEWER_SCALES[] = {"fit", "1", "fill", NULL};
static const char *const POINTERS[] = {"absolute", "captured", NULL};
static const char *const TELLS[] = {"off", "refused", "all", NULL};
static const char *const LOG_LEVELS[] = {"error", "warning", "info", "debug", NULL};

static bool check_monitor(const char *key, const char *text, char *ret_why, size_t room_bytes)
{
    if (*key && *text)
        return true;
    snprintf(ret_why, room_bytes, "an entry is \"MONITOR\" = \"COMPUTER\"");
    return false;
}

const struct config_option VIEWER_OPTIONS[] = {
    HOTKEY_CONFIG_OPTIONS(struct viewer_options, hotkeys),
    {.name = "scale",
     .type = CONFIG_CHOICE,
     .choices = VIEWER_SCALES,
     .default_text = "fit",
     .help = "How a picture is shown that has not the window's size: fit: all of it; 1: pixel for "
             "pixel; fill: without a border. What is outside comes in when the pointer goes there.",
     .offset = offsetof(struct viewer_options, scale)},
    {.name = "pointer",
     .type = CONFIG_CHOICE,
     .choices = POINTERS,
     .default_text = "absolute",
     .help = "With --window: absolute: the pointer leaves the window as any other; captured: while "
             "a target is active it stays, and what the mouse counts is sent, for games.",
     .offset = offsetof(struct viewer_options, pointer)},
    {.name = "picture",
     .type = CONFIG_BOOL,
     .default_text = "yes",
     .help = "With --session, show the active target's screen, over the whole of this one.",
     .offset = offsetof(struct viewer_options, picture)},
    {.name = "monitor",
     .type = CONFIG_TEXT,
     .default_text = "",
     .help = "With --session, the monitor that shows it, by its name in xrandr (on Wayland: the "
             "compositor's), such as HDMI-1. Empty, or it is not there: the one with the pointer; "
             "where nobody knows that, the first.",
     .offset = offsetof(struct viewer_options, monitor)},
    {.name = "monitors",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help = "With --session, monitors that always show one computer, which is only watched there, "
             "such as \"HDMI-2\" = \"lab3\".",
     .offset = offsetof(struct viewer_options, monitors),
     .check = check_monitor},
    {.name = "osd",
     .type = CONFIG_BOOL,
     .default_text = "yes",
     .help =
         "Over the picture: number and name at each switch, why one was refused, why a computer "
         "shows nothing.",
     .offset = offsetof(struct viewer_options, osd)},
    {.name = "osd-link",
     .type = CONFIG_BOOL,
     .default_text = "yes",
     .help = "Over the picture too: a warning while keys or picture come late, and why.",
     .offset = offsetof(struct viewer_options, osd_link)},
    {.name = "border",
     .type = CONFIG_BOOL,
     .default_text = "no",
     .help = "A frame around the picture in the computer's colour, with its number and name: no "
             "computer can draw on it, or look like another one.",
     .offset = offsetof(struct viewer_options, border)},
    {.name = "colors",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help =
         "Colours of computers by name, such as \"lab3\" = \"#f59e0b\"; others have one by their "
         "number.",
     .offset = offsetof(struct viewer_options, colors),
     .check = colors_check},
    {.name = "sets",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help =
         "Sets of computers for --wall, such as \"lab\" = \"lab3 lab4 rack-*\": names, in which * "
         "stands for any letters and ? for one.",
     .offset = offsetof(struct viewer_options, sets),
     .check = sets_check},
    {.name = "font",
     .type = CONFIG_TEXT,
     .default_text = "",
     .help = "A font's file for that, for letters that DejaVu Sans has not. Empty: DejaVu Sans.",
     .offset = offsetof(struct viewer_options, font)},
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
