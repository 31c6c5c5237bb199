#include "agent/screen/x11.h"

#include <X11/Xlib.h>
#include <X11/extensions/Xdamage.h>
#include <X11/extensions/Xfixes.h>
#include <X11/extensions/Xrandr.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/display.h"
#include "agent/inject/choose.h"
#include "agent/monitor.h"
#include "agent/screen/arrow.h"
#include "agent/screen/ximage.h"
#include "common/times.h"

#define READS_MAX 12 /* of one round: each waits for the X server */

struct x11 {
    struct source source;
    struct display *display;
    Display *xlib;
    Window root;
    char monitor[MESSAGE_NAME_ROOM]; /* "": all of the root window */
    int x_px, y_px;                  /* of what is shown, in the root window */
    const struct source_handlers *handlers;
    void *context;
    uv_timer_t sweep; /* all is looked at: damage can get lost, or is not told at all */
    uv_idle_t again;  /* its size, or its trouble, is to be looked at */
    unsigned handles;
    bool has_damage, has_fixes, has_randr;
    int damage_event, fixes_event, randr_event;
    Damage damage;
    bool watched, told, size_news, shape_news, merge_news;
    char trouble[MESSAGE_REASON_ROOM]; /* told from the loop: its owner destroys us then */
    struct ximage *image;
    struct pixel_format format;
    bool is_unclean; /* its pixels have something in the highest byte */
    struct tiles damaged;
};

static struct x11 *x11_of(struct source *source)
{
    return (struct x11 *)source;
}

/* --- size --- */

static int x11_set_shown(struct x11 *x11, const struct area *shown)
{
    struct tiles damaged;
    struct ximage *image = NULL;
    int error = tiles_init(&damaged, shown->width_px, shown->height_px);

    if (!error)
        error = ximage_create(x11->xlib, shown->width_px, shown->height_px, &image);
    if (error) {
        tiles_finish(&damaged);
        return error;
    }
    ximage_destroy(x11->image);
    tiles_finish(&x11->damaged);
    x11->image = image;
    x11->damaged = damaged;
    x11->x_px = shown->x_px;
    x11->y_px = shown->y_px;
    x11->source.width_px = shown->width_px;
    x11->source.height_px = shown->height_px;
    tiles_add_all(&x11->damaged);
    return 0;
}

static bool x11_size_fits(int width_px, int height_px)
{
    return width_px > 0 && height_px > 0 && width_px <= UINT16_MAX && height_px <= UINT16_MAX &&
           (int64_t)width_px * height_px <= FRAME_PIXELS_MAX;
}

static void x11_lose(struct x11 *x11, const char *why)
{
    if (x11->told)
        return;
    x11->told = true;
    x11->handlers->lost(x11->context, why);
}

static void x11_on_again(uv_idle_t *again);

/* What is to be shown now. False: nothing, and why. */
static bool x11_find_shown(struct x11 *x11, struct area *ret_area,
                           char ret_why[MESSAGE_REASON_ROOM])
{
    XWindowAttributes root = {0};

    if (*x11->monitor) {
        if (!monitor_find(x11->xlib, x11->monitor, ret_area)) {
            snprintf(ret_why, MESSAGE_REASON_ROOM, "monitor %.60s is not connected, or off",
                     x11->monitor);
            return false;
        }
    } else if (monitor_all_are_off(x11->xlib)) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "%s: every monitor is off", MESSAGE_NO_SIGNAL);
        return false;
    } else if (XGetWindowAttributes(x11->xlib, x11->root, &root)) {
        *ret_area = (struct area){0, 0, root.width, root.height};
    } else {
        return false; /* lost, as is told soon */
    }
    if (x11_size_fits(ret_area->width_px, ret_area->height_px))
        return true;
    snprintf(ret_why, MESSAGE_REASON_ROOM, "the screen is too large: %dx%d", ret_area->width_px,
             ret_area->height_px);
    return false;
}

static bool x11_shows(const struct x11 *x11, const struct area *area)
{
    return area->x_px == x11->x_px && area->y_px == x11->y_px &&
           area->width_px == x11->source.width_px && area->height_px == x11->source.height_px;
}

static void x11_look_at_size(struct x11 *x11)
{
    const int width_px = x11->source.width_px, height_px = x11->source.height_px;
    struct area shown;

    if (x11_find_shown(x11, &shown, x11->trouble)) {
        if (x11_shows(x11, &shown))
            return;
        if (x11_set_shown(x11, &shown) < 0)
            snprintf(x11->trouble, sizeof x11->trouble, "no memory for a screen of this size");
        else if (shown.width_px != width_px || shown.height_px != height_px)
            x11->handlers->resized(x11->context);
    }
    if (*x11->trouble)
        uv_idle_start(&x11->again, x11_on_again);
}

/* --- events --- */

static void x11_tell_changed(struct x11 *x11)
{
    if (!x11->watched || x11->damaged.count == 0 || x11->source.has_news)
        return;
    x11->source.has_news = true;
    x11->handlers->changed(x11->context);
}

static void x11_on_event(void *context, XEvent *event)
{
    struct x11 *x11 = context;

    if (x11->has_damage && event->type == x11->damage_event + XDamageNotify) {
        x11->merge_news = x11->merge_news || x11->source.has_news;
        const XRectangle *area = &((XDamageNotifyEvent *)event)->area;
        tiles_add(&x11->damaged, &(struct area){area->x - x11->x_px, area->y - x11->y_px,
                                                area->width, area->height});
    } else if (x11->has_fixes && event->type == x11->fixes_event + XFixesCursorNotify) {
        x11->shape_news = true;
    } else if (event->type == ConfigureNotify && event->xconfigure.window == x11->root) {
        x11->size_news = true;
    } else if (x11->has_randr && (event->type == x11->randr_event + RRScreenChangeNotify ||
                                  event->type == x11->randr_event + RRNotify)) {
        XRRUpdateConfiguration(event);
        x11->size_news = true;
    }
}

static void x11_on_settled(void *context)
{
    struct x11 *x11 = context;

    if (x11->size_news) {
        x11->size_news = false;
        x11_look_at_size(x11);
    }
    if (x11->told || *x11->trouble)
        return;
    if (x11->shape_news && x11->watched) {
        x11->shape_news = false;
        x11->handlers->pointed(x11->context);
    }
    x11->source.merged += x11->merge_news;
    x11->merge_news = false;
    x11_tell_changed(x11);
}

static void x11_on_lost(void *context)
{
    x11_lose(context, "the X display went away");
}

static const struct display_handlers x11_display_handlers = {
    .event = x11_on_event,
    .settled = x11_on_settled,
    .lost = x11_on_lost,
};

static void x11_on_again(uv_idle_t *again)
{
    struct x11 *x11 = again->data;

    uv_idle_stop(again);
    if (*x11->trouble)
        x11_lose(x11, x11->trouble);
    else
        display_process(x11->display);
}

static void x11_on_sweep(uv_timer_t *timer)
{
    struct x11 *x11 = timer->data;

    if (*x11->monitor) /* some changes of monitors are told by no event */
        x11_look_at_size(x11);
    tiles_add_all(&x11->damaged);
    x11_tell_changed(x11);
}

/* --- ops --- */

static void x11_watch(struct source *source, bool on)
{
    struct x11 *x11 = x11_of(source);
    const uint64_t every_ms = time_ms(x11->has_damage ? TIME_SWEEP : TIME_SWEEP_BLIND);

    if (x11->watched == on)
        return;
    x11->watched = on;
    source->has_news = false;
    if (x11->has_damage && on)
        x11->damage = XDamageCreate(x11->xlib, x11->root, XDamageReportDeltaRectangles);
    else if (x11->has_damage)
        XDamageDestroy(x11->xlib, x11->damage);
    if (x11->has_fixes)
        XFixesSelectCursorInput(x11->xlib, x11->root, on ? XFixesDisplayCursorNotifyMask : 0);
    display_flush(x11->display);
    if (!on) {
        uv_timer_stop(&x11->sweep);
        return;
    }
    uv_timer_start(&x11->sweep, x11_on_sweep, every_ms, every_ms);
    tiles_add_all(&x11->damaged);
    source->has_news = true;
}

/* The bounding box of all that is left. */
static void x11_take_rest(struct x11 *x11, struct area *rest)
{
    struct area next;

    while (tiles_take(&x11->damaged, 0, INT32_MAX, &next, NULL)) {
        const int right_px = rest->x_px + rest->width_px, bottom_px = rest->y_px + rest->height_px;
        const int next_right_px = next.x_px + next.width_px;
        const int next_bottom_px = next.y_px + next.height_px;
        rest->x_px = next.x_px < rest->x_px ? next.x_px : rest->x_px;
        rest->y_px = next.y_px < rest->y_px ? next.y_px : rest->y_px;
        rest->width_px = (next_right_px > right_px ? next_right_px : right_px) - rest->x_px;
        rest->height_px = (next_bottom_px > bottom_px ? next_bottom_px : bottom_px) - rest->y_px;
    }
}

/* For what looks for moves. Some rows tell whether this display needs it: reading them all would
 * take as long as reading the screen. */
static void x11_clean(struct x11 *x11, const struct area *area, uint32_t *pixels)
{
    const size_t width_px = (size_t)area->width_px; /* of 32 bits: no bytes between rows */

    for (int y = 0; y < area->height_px && !x11->is_unclean; y += TILE_PX)
        x11->is_unclean = picture_is_unclean(pixels + (size_t)y * width_px, area->width_px);
    if (x11->is_unclean)
        picture_clean(pixels, width_px * (size_t)area->height_px);
}

static int x11_read(struct source *source, struct picture *picture, struct tiles *changed,
                    struct moves *moves)
{
    struct x11 *x11 = x11_of(source);
    struct area area;

    source->has_news = false;
    /* What is drawn from here on is told anew, and read then. */
    if (x11->has_damage)
        XDamageSubtract(x11->xlib, x11->damage, None, None);
    for (int reads = 1; tiles_take(&x11->damaged, 0, INT32_MAX, &area, NULL); reads++) {
        size_t stride_bytes = 0;
        if (reads == READS_MAX)
            x11_take_rest(x11, &area);
        if (moves)
            moves_settle(moves, picture);
        const struct area there = {x11->x_px + area.x_px, x11->y_px + area.y_px, area.width_px,
                                   area.height_px};
        uint8_t *bytes = ximage_read(x11->image, &there, &stride_bytes);
        if (!bytes) { /* most likely it is becoming another size; if not, the sweep comes */
            x11->size_news = true;
            uv_idle_start(&x11->again, x11_on_again);
            return -EAGAIN;
        }
        if (moves && x11->format.is_picture) {
            x11_clean(x11, &area, (uint32_t *)bytes);
            moves_take(moves, picture, &x11->format, &area, bytes, stride_bytes, changed);
        } else {
            picture_take(picture, &x11->format, &area, bytes, stride_bytes, changed);
        }
    }
    display_answered(x11->display);
    return 0;
}

static void copy_shape(const XFixesCursorImage *image, struct shape *ret_shape)
{
    ret_shape->width_px = image->width;
    ret_shape->height_px = image->height;
    ret_shape->hot_x_px = image->xhot < image->width ? image->xhot : 0;
    ret_shape->hot_y_px = image->yhot < image->height ? image->yhot : 0;
    for (size_t i = 0; i < (size_t)image->width * image->height; i++)
        ret_shape->pixels[i] = (uint32_t)image->pixels[i];
}

static int x11_read_shape(struct source *source, struct shape *ret_shape)
{
    struct x11 *x11 = x11_of(source);
    XFixesCursorImage *image = x11->has_fixes ? XFixesGetCursorImage(x11->xlib) : NULL;

    const bool fits = image && image->width <= SHAPE_PX_MAX && image->height <= SHAPE_PX_MAX;

    /* The X server gives no cursor out whose program has ended (xsetroot is one that does). */
    if (fits)
        copy_shape(image, ret_shape);
    else
        arrow_get(ret_shape);
    if (image)
        XFree(image);
    display_answered(x11->display);
    return 0;
}

static int clamped(int place_px, int size_px)
{
    return place_px < 0 ? 0 : place_px < size_px ? place_px : size_px - 1;
}

static int x11_read_pointer(struct source *source, int *ret_x_px, int *ret_y_px)
{
    struct x11 *x11 = x11_of(source);
    Window root, child;
    int x_px, y_px;
    unsigned mask;

    if (display_is_lost(x11->display))
        return -EIO;
    bool here =
        XQueryPointer(x11->xlib, x11->root, &root, &child, ret_x_px, ret_y_px, &x_px, &y_px, &mask);
    display_answered(x11->display);
    *ret_x_px = clamped(*ret_x_px - x11->x_px, source->width_px);
    *ret_y_px = clamped(*ret_y_px - x11->y_px, source->height_px);
    return here ? 0 : -ENOENT; /* on another screen of the X server */
}

static void x11_tell_how(struct x11 *x11);

static void x11_show(struct source *source, const char *monitor)
{
    struct x11 *x11 = x11_of(source);

    snprintf(x11->monitor, sizeof x11->monitor, "%s", monitor);
    x11_tell_how(x11);
    x11->size_news = true;
    uv_idle_start(&x11->again, x11_on_again);
}

static void x11_on_closed(uv_handle_t *handle)
{
    struct x11 *x11 = handle->data;

    if (--x11->handles == 0)
        free(x11);
}

static void x11_destroy(struct source *source)
{
    struct x11 *x11 = x11_of(source);

    x11->told = true;
    x11->image = ximage_destroy(x11->image);
    x11->display = display_destroy(x11->display);
    tiles_finish(&x11->damaged);
    uv_close((uv_handle_t *)&x11->sweep, x11_on_closed);
    uv_close((uv_handle_t *)&x11->again, x11_on_closed);
}

static const struct source_ops x11_ops = {
    .watch = x11_watch,
    .read = x11_read,
    .read_shape = x11_read_shape,
    .read_pointer = x11_read_pointer,
    .show = x11_show,
    .destroy = x11_destroy,
};

/* --- opening --- */

static void x11_find_extensions(struct x11 *x11)
{
    int error = 0, major = 0, minor = 0;

    x11->has_fixes = XFixesQueryExtension(x11->xlib, &x11->fixes_event, &error) &&
                     XFixesQueryVersion(x11->xlib, &major, &minor);
    x11->has_damage = x11->has_fixes &&
                      XDamageQueryExtension(x11->xlib, &x11->damage_event, &error) &&
                      XDamageQueryVersion(x11->xlib, &major, &minor);
    x11->has_randr = XRRQueryExtension(x11->xlib, &x11->randr_event, &error);
    XSelectInput(x11->xlib, x11->root, StructureNotifyMask);
    if (x11->has_randr)
        XRRSelectInput(x11->xlib, x11->root, RRScreenChangeNotifyMask | RRCrtcChangeNotifyMask);
}

/* Only Xwayland has outputs of this name; it draws nothing of what Wayland programs show. */
static bool x11_is_xwayland(struct x11 *x11)
{
    XRRScreenResources *all =
        x11->has_randr ? XRRGetScreenResourcesCurrent(x11->xlib, x11->root) : NULL;
    bool found = false;

    for (int i = 0; all && i < all->noutput && !found; i++) {
        XRROutputInfo *output = XRRGetOutputInfo(x11->xlib, all, all->outputs[i]);
        found = output && strncmp(output->name, "XWAYLAND", strlen("XWAYLAND")) == 0;
        if (output)
            XRRFreeOutputInfo(output);
    }
    if (all)
        XRRFreeScreenResources(all);
    return found;
}

static int x11_find_format(struct x11 *x11, char *ret_why)
{
    const int screen = DefaultScreen(x11->xlib);
    const Visual *visual = DefaultVisual(x11->xlib, screen);

    if (pixel_format_init(&x11->format, ximage_bits(x11->image), (uint32_t)visual->red_mask,
                          (uint32_t)visual->green_mask, (uint32_t)visual->blue_mask))
        return 0;
    snprintf(ret_why, MESSAGE_REASON_ROOM, "%d-bit display", DefaultDepth(x11->xlib, screen));
    return -ENOTSUP;
}

static void x11_tell_how(struct x11 *x11)
{
    const bool is_one = *x11->monitor;

    snprintf(x11->source.how, sizeof x11->source.how, "%s%s%s%s, %s", is_one ? "monitor " : "",
             x11->monitor, is_one ? ", " : "",
             x11->has_damage ? "XDamage" : "no DAMAGE: compared 10 times a second",
             ximage_is_shared(x11->image) ? "MIT-SHM" : "no MIT-SHM");
}

static int x11_start(struct x11 *x11, char *ret_why)
{
    struct area shown;

    snprintf(ret_why, MESSAGE_REASON_ROOM, "the X display went away");
    x11_find_extensions(x11);
    x11->source.depth = DefaultDepth(x11->xlib, DefaultScreen(x11->xlib));
    if (x11_is_xwayland(x11)) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "Wayland session");
        return -ENOTSUP;
    }
    if (!x11_find_shown(x11, &shown, ret_why))
        return -ENODEV;
    int error = x11_set_shown(x11, &shown);
    if (error) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "no memory");
        return error;
    }
    x11_tell_how(x11);
    return x11_find_format(x11, ret_why);
}

static bool session_is_wayland(const char *display_name)
{
    const struct inject_facts facts = {.session_type = getenv("XDG_SESSION_TYPE"),
                                       .wayland_display = getenv("WAYLAND_DISPLAY")};

    return !(display_name && *display_name) && inject_session_is_wayland(&facts);
}

static void x11_init_handles(struct x11 *x11, uv_loop_t *loop)
{
    uv_timer_init(loop, &x11->sweep);
    uv_idle_init(loop, &x11->again);
    x11->sweep.data = x11->again.data = x11;
    x11->handles = 2;
}

int x11_open(uv_loop_t *loop, const struct source_settings *settings,
             const struct source_handlers *handlers, void *context, struct source **ret_source,
             char ret_why[MESSAGE_REASON_ROOM])
{
    if (session_is_wayland(settings->display)) {
        snprintf(ret_why, MESSAGE_REASON_ROOM, "Wayland session");
        return -ENOTSUP;
    }
    struct x11 *x11 = calloc(1, sizeof *x11);
    if (!x11)
        return -ENOMEM;
    x11->source.ops = &x11_ops;
    x11->handlers = handlers;
    x11->context = context;
    snprintf(x11->monitor, sizeof x11->monitor, "%s", settings->monitor ? settings->monitor : "");
    int error =
        display_open(loop, settings->display, &x11_display_handlers, x11, &x11->display, ret_why);
    if (error) {
        free(x11);
        return error;
    }
    x11->xlib = display_xlib(x11->display);
    x11->root = DefaultRootWindow(x11->xlib);
    x11_init_handles(x11, loop);
    error = x11_start(x11, ret_why);
    if (error) {
        x11_destroy(&x11->source);
        return error;
    }
    *ret_source = &x11->source;
    return 0;
}
