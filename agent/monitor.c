#include "agent/monitor.h"

#include <X11/extensions/Xrandr.h>
#include <string.h>

static bool has_monitors(Display *xlib)
{
    int event, error, major = 0, minor = 0;

    return XRRQueryExtension(xlib, &event, &error) && XRRQueryVersion(xlib, &major, &minor) &&
           (major > 1 || minor >= 5);
}

static bool is_named(Display *xlib, const XRRMonitorInfo *monitor, const char *name)
{
    char *its_name = XGetAtomName(xlib, monitor->name);
    bool is_it = its_name && strcmp(its_name, name) == 0;

    if (its_name)
        XFree(its_name);
    return is_it;
}

bool monitor_find(Display *xlib, const char *name, struct area *ret_area)
{
    XWindowAttributes root;
    int count = 0;
    bool found = false;

    if (!has_monitors(xlib) || !XGetWindowAttributes(xlib, DefaultRootWindow(xlib), &root))
        return false;
    XRRMonitorInfo *monitors = XRRGetMonitors(xlib, DefaultRootWindow(xlib), True, &count);
    for (int i = 0; monitors && i < count && !found; i++) {
        struct area area = {monitors[i].x, monitors[i].y, monitors[i].width, monitors[i].height};
        found = is_named(xlib, &monitors[i], name) && area_clip(&area, root.width, root.height);
        if (found)
            *ret_area = area;
    }
    if (monitors)
        XRRFreeMonitors(monitors);
    return found;
}

static bool is_connected(Display *xlib, XRRScreenResources *all, RROutput number)
{
    XRROutputInfo *output = XRRGetOutputInfo(xlib, all, number);
    bool is_it = output && output->connection == RR_Connected;

    if (output)
        XRRFreeOutputInfo(output);
    return is_it;
}

bool monitor_all_are_off(Display *xlib)
{
    const Window root = DefaultRootWindow(xlib);
    int count = -1; /* stays so when the question fails */
    bool is_off = false;

    if (!has_monitors(xlib))
        return false;
    XRRMonitorInfo *monitors = XRRGetMonitors(xlib, root, True, &count);
    if (monitors)
        XRRFreeMonitors(monitors);
    if (count != 0)
        return false;
    XRRScreenResources *all = XRRGetScreenResourcesCurrent(xlib, root);
    for (int i = 0; all && i < all->noutput && !is_off; i++)
        is_off = is_connected(xlib, all, all->outputs[i]);
    if (all)
        XRRFreeScreenResources(all);
    return is_off;
}
