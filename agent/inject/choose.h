/*
 * What types here when nobody chose: the table of docs/injectors.md. Pure.
 */
#pragma once

#include <stdbool.h>

#include "agent/inject/inject.h"

enum inject_display {
    INJECT_DISPLAY_NONE,     /* DISPLAY is not set */
    INJECT_DISPLAY_DEAD,     /* it cannot be opened */
    INJECT_DISPLAY_NO_XTEST, /* an X server without that extension */
    INJECT_DISPLAY_XWAYLAND, /* shows the X programs of a Wayland desktop */
    INJECT_DISPLAY_GOOD,
};

struct inject_facts {
    const char *session_type;    /* XDG_SESSION_TYPE, NULL: not set */
    const char *wayland_display; /* WAYLAND_DISPLAY, NULL: not set */
    enum inject_display display; /* not looked at in a Wayland session */
    int uinput_error;            /* 0, or -errno of opening /dev/uinput to write */
};

/* From the environment alone. */
bool inject_session_is_wayland(const struct inject_facts *facts);

/* True: *ret_kind is xtest or uinput, and ret_why tells why. False: neither can type here, and
 * ret_why tells why not and what to do. */
bool inject_choose(const struct inject_facts *facts, enum inject_kind *ret_kind,
                   char ret_why[MESSAGE_REASON_ROOM]);

/* Writes "/dev/uinput cannot be opened: ...", with what to do about it, after `before`. */
void inject_tell_uinput_refused(const char *before, int error, char ret_why[MESSAGE_REASON_ROOM]);
