#include "server/viewer/monitors.h"

#include <SDL_syswm.h>
#include <X11/extensions/Xrandr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/viewer/outputs.h"

struct monitors {
    Display *xlib;           /* a connection of its own; NULL: not on X11, or without RandR 1.5 */
    struct outputs *outputs; /* NULL: not on Wayland */
};

/* --- X11 --- */

static Display *open_xlib(const char *name)
{
    int event, error, major = 0, minor = 0;
    Display *xlib = XOpenDisplay(name);
    if (!xlib)
        return NULL;
    if (!XRRQueryExtension(xlib, &event, &error) || !XRRQueryVersion(xlib, &major, &minor) ||
        (major == 1 && minor < 5)) {
        XCloseDisplay(xlib);
        return NULL;
    }
    XSelectInput(xlib, DefaultRootWindow(xlib), StructureNotifyMask); /* of xrandr --setmonitor */
    XRRSelectInput(xlib, DefaultRootWindow(xlib),
                   RRScreenChangeNotifyMask | RRCrtcChangeNotifyMask | RROutputChangeNotifyMask);
    XFlush(xlib);
    return xlib;
}

static void list_of_x(Display *xlib, struct monitor_list *list)
{
    int count = 0;
    XRRMonitorInfo *all = XRRGetMonitors(xlib, DefaultRootWindow(xlib), True, &count);
    for (int i = 0; all && i < count && list->count < MONITORS_MAX; i++) {
        char *name = XGetAtomName(xlib, all[i].name);
        struct monitor *monitor = &list->monitors[list->count];
        *monitor = (struct monitor){.x_px = all[i].x,
                                    .y_px = all[i].y,
                                    .width_px = all[i].width,
                                    .height_px = all[i].height,
                                    .is_primary = all[i].primary};
        snprintf(monitor->name, sizeof monitor->name, "%s", name ? name : "");
        if (name)
            XFree(name);
        list->count += monitor->width_px > 0 && monitor->height_px > 0;
    }
    if (all)
        XRRFreeMonitors(all);
}

/* --- what SDL knows --- */

static void list_of_sdl(const struct monitors *monitors, struct monitor_list *list)
{
    int count = SDL_GetNumVideoDisplays();
    for (int i = 0; i < count && list->count < MONITORS_MAX; i++) {
        SDL_Rect place;
        const char *name = outputs_name(monitors->outputs, (size_t)i, (size_t)count);
        struct monitor *monitor = &list->monitors[list->count];
        if (SDL_GetDisplayBounds(i, &place) < 0)
            continue;
        if (!name)
            name = SDL_GetDisplayName(i);
        *monitor = (struct monitor){.x_px = place.x,
                                    .y_px = place.y,
                                    .width_px = place.w,
                                    .height_px = place.h,
                                    .is_primary = i == 0};
        snprintf(monitor->name, sizeof monitor->name, "%s", name ? name : "");
        list->count++;
    }
}

/* --- both --- */

struct monitors *monitors_open(SDL_Window *window)
{
    struct monitors *monitors = calloc(1, sizeof *monitors);
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!monitors || !SDL_GetWindowWMInfo(window, &info))
        return monitors;
    if (info.subsystem == SDL_SYSWM_X11)
        monitors->xlib = open_xlib(DisplayString(info.info.x11.display));
    else if (info.subsystem == SDL_SYSWM_WAYLAND)
        monitors->outputs = outputs_create(info.info.wl.display);
    return monitors;
}

struct monitors *monitors_close(struct monitors *monitors)
{
    if (!monitors)
        return NULL;
    if (monitors->xlib)
        XCloseDisplay(monitors->xlib);
    outputs_destroy(monitors->outputs);
    free(monitors);
    return NULL;
}

int monitors_fd(const struct monitors *monitors)
{
    return monitors->xlib ? ConnectionNumber(monitors->xlib) : -1;
}

bool monitors_turn(struct monitors *monitors)
{
    bool has_news = false;
    while (monitors->xlib && XPending(monitors->xlib) > 0) {
        XEvent event;
        XNextEvent(monitors->xlib, &event);
        XRRUpdateConfiguration(&event);
        has_news = true;
    }
    return has_news;
}

void monitors_list(struct monitors *monitors, struct monitor_list *ret_list)
{
    memset(ret_list, 0, sizeof *ret_list); /* lists are compared as bytes */
    if (monitors->xlib)
        list_of_x(monitors->xlib, ret_list);
    else
        list_of_sdl(monitors, ret_list);
}

bool monitors_pointer(struct monitors *monitors, int32_t ret_place_px[2])
{
    Window root, child;
    int root_x_px = 0, root_y_px = 0, x_px, y_px;
    unsigned buttons;
    if (!monitors->xlib || !XQueryPointer(monitors->xlib, DefaultRootWindow(monitors->xlib), &root,
                                          &child, &root_x_px, &root_y_px, &x_px, &y_px, &buttons))
        return false;
    ret_place_px[0] = root_x_px;
    ret_place_px[1] = root_y_px;
    return true;
}
