#include "server/viewer/xdpi.h"

#include <X11/Xlib.h>
#include <X11/Xresource.h>
#include <stdlib.h>

#include "server/viewer/density.h"

#define USUAL_DPI 96.0

static uint32_t percent_of(const char *dpi)
{
    double percent = strtod(dpi, NULL) * 100 / USUAL_DPI + 0.5;
    if (!(percent >= DENSITY_USUAL_PERCENT)) /* or it is no number */
        return DENSITY_USUAL_PERCENT;
    return percent > DENSITY_MAX_PERCENT ? DENSITY_MAX_PERCENT : (uint32_t)percent;
}

uint32_t xdpi_percent(void)
{
    uint32_t percent = DENSITY_USUAL_PERCENT;
    Display *xlib = XOpenDisplay(NULL);
    const char *text = xlib ? XResourceManagerString(xlib) : NULL;
    XrmDatabase database = text ? XrmGetStringDatabase(text) : NULL;
    char *type;
    XrmValue value;
    if (database && XrmGetResource(database, "Xft.dpi", "Xft.Dpi", &type, &value) && value.addr)
        percent = percent_of(value.addr);
    if (database)
        XrmDestroyDatabase(database);
    if (xlib)
        XCloseDisplay(xlib);
    return percent;
}
