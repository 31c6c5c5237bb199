#include "agent/inject/choose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool inject_session_is_wayland(const struct inject_facts *facts)
{
    return (facts->session_type && strcmp(facts->session_type, "wayland") == 0) ||
           (facts->wayland_display && *facts->wayland_display);
}

static const char *advice_for(int error)
{
    switch (-error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return "; load its module: modprobe uinput";
    case EACCES:
    case EPERM:
        return "; hotdesk-agent-system.service has the right";
    default:
        return "";
    }
}

void inject_tell_uinput_refused(const char *before, int error, char ret_why[MESSAGE_REASON_ROOM])
{
    snprintf(ret_why, MESSAGE_REASON_ROOM, "%s/dev/uinput cannot be opened: %s%s", before,
             strerror(-error), advice_for(error));
}

/* Two words for each reason not to type by X: why uinput, and why neither. */
struct reason {
    const char *taken, *refused;
};

static const struct reason wayland = {
    "Wayland session: by X only X programs would be reached",
    "Wayland session, needs uinput: ",
};

static const struct reason displays[] = {
    [INJECT_DISPLAY_NONE] = {"no X display: text consoles and login screens",
                             "no X display (DISPLAY is not set), and "},
    [INJECT_DISPLAY_DEAD] = {"the X display cannot be opened", "cannot open the X display, and "},
    [INJECT_DISPLAY_NO_XTEST] = {"the X display has no XTEST extension",
                                 "the X display has no XTEST extension, and "},
    [INJECT_DISPLAY_XWAYLAND] = {"Wayland session: the X display is Xwayland",
                                 "Wayland session, needs uinput: "},
};

bool inject_choose(const struct inject_facts *facts, enum inject_kind *ret_kind,
                   char ret_why[MESSAGE_REASON_ROOM])
{
    const bool is_wayland = inject_session_is_wayland(facts);

    if (!is_wayland && facts->display == INJECT_DISPLAY_GOOD) {
        *ret_kind = INJECT_XTEST;
        snprintf(ret_why, MESSAGE_REASON_ROOM, "X11 session");
        return true;
    }

    const struct reason *reason = is_wayland ? &wayland : &displays[facts->display];
    if (facts->uinput_error) {
        inject_tell_uinput_refused(reason->refused, facts->uinput_error, ret_why);
        return false;
    }
    *ret_kind = INJECT_UINPUT;
    snprintf(ret_why, MESSAGE_REASON_ROOM, "%s", reason->taken);
    return true;
}
