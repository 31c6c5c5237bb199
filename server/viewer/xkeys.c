#include "server/viewer/xkeys.h"

#include <SDL_syswm.h>
#include <X11/XKBlib.h>
#include <string.h>

#define XKB_FIRST_KEYCODE 8

static bool has_evdev_keycodes(Display *display)
{
    XkbDescPtr keyboard = XkbAllocKeyboard();
    if (!keyboard)
        return false;
    bool has = false;
    if (XkbGetNames(display, XkbKeycodesNameMask, keyboard) == Success && keyboard->names &&
        keyboard->names->keycodes != None) {
        char *name = XGetAtomName(display, keyboard->names->keycodes);
        has = name && strncmp(name, "evdev", strlen("evdev")) == 0;
        if (name)
            XFree(name);
    }
    XkbFreeKeyboard(keyboard, XkbAllComponentsMask, True);
    return has;
}

bool xkeys_enable(SDL_Window *window)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_X11 ||
        !has_evdev_keycodes(info.info.x11.display))
        return false;
    SDL_EventState(SDL_SYSWMEVENT, SDL_ENABLE);
    return true;
}

bool xkeys_event(const SDL_Event *event, uint16_t *ret_code, bool *ret_down)
{
    if (event->type != SDL_SYSWMEVENT || event->syswm.msg->subsystem != SDL_SYSWM_X11)
        return false;
    const XEvent *x11 = &event->syswm.msg->msg.x11.event;
    if ((x11->type != KeyPress && x11->type != KeyRelease) ||
        x11->xkey.keycode <= XKB_FIRST_KEYCODE)
        return false;
    *ret_code = (uint16_t)(x11->xkey.keycode - XKB_FIRST_KEYCODE);
    *ret_down = x11->type == KeyPress;
    return true;
}
