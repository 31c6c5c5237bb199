#include "server/viewer/fullscreen.h"

#include <SDL_syswm.h>
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

enum { STATE_REMOVE = 0, STATE_ADD = 1, FROM_PROGRAM = 1 }; /* of _NET_WM_STATE */

/* A window that is not shown has its state in a property, which is read when it is. */
static void set_property(Display *xlib, Window window)
{
    Atom full = XInternAtom(xlib, "_NET_WM_STATE_FULLSCREEN", False);
    XChangeProperty(xlib, window, XInternAtom(xlib, "_NET_WM_STATE", False), XA_ATOM, 32,
                    PropModeReplace, (unsigned char *)&full, 1);
}

static void ask_manager(Display *xlib, Window window, long action)
{
    XEvent event = {.xclient = {.type = ClientMessage,
                                .window = window,
                                .message_type = XInternAtom(xlib, "_NET_WM_STATE", False),
                                .format = 32}};
    event.xclient.data.l[0] = action;
    event.xclient.data.l[1] = (long)XInternAtom(xlib, "_NET_WM_STATE_FULLSCREEN", False);
    event.xclient.data.l[3] = FROM_PROGRAM;
    XSendEvent(xlib, DefaultRootWindow(xlib), False,
               SubstructureRedirectMask | SubstructureNotifyMask, &event);
}

/* Not through SDL: it reads the state, too, and moves no window that is a full screen. It hears of
 * the new size from the X server. */
static void set_on_x(const SDL_SysWMinfo *info, const struct monitor *monitor, bool is_shown)
{
    Display *xlib = info->info.x11.display;
    Window window = info->info.x11.window;
    if (is_shown)
        ask_manager(xlib, window, STATE_REMOVE);
    XMoveResizeWindow(xlib, window, monitor->x_px, monitor->y_px, (unsigned)monitor->width_px,
                      (unsigned)monitor->height_px);
    if (is_shown)
        ask_manager(xlib, window, STATE_ADD);
    else
        set_property(xlib, window);
    XFlush(xlib);
}

void fullscreen_set_watch_only(SDL_Window *window)
{
    const unsigned long never = 0;
    XWMHints hints = {.flags = InputHint, .input = False};
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_X11)
        return;
    Display *xlib = info.info.x11.display;
    XSetWMHints(xlib, info.info.x11.window, &hints);
    XChangeProperty(xlib, info.info.x11.window, XInternAtom(xlib, "_NET_WM_USER_TIME", False),
                    XA_CARDINAL, 32, PropModeReplace, (const unsigned char *)&never, 1);
}

/* SDL gives a window that it shows the keyboard where there is no window manager. */
void fullscreen_show_watch_only(SDL_Window *window)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_X11) {
        SDL_ShowWindow(window);
        return;
    }
    XMapRaised(info.info.x11.display, info.info.x11.window);
    XFlush(info.info.x11.display);
}

void fullscreen_set(SDL_Window *window, const struct monitor *monitor, bool is_shown)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (SDL_GetWindowWMInfo(window, &info) && info.subsystem == SDL_SYSWM_X11) {
        set_on_x(&info, monitor, is_shown);
        return;
    }
    SDL_SetWindowFullscreen(window, 0);
    SDL_SetWindowPosition(window, monitor->x_px, monitor->y_px);
    SDL_SetWindowFullscreen(window, SDL_WINDOW_FULLSCREEN_DESKTOP);
}
