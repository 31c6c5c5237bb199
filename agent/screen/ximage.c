#include "agent/screen/ximage.h"

#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "agent/display.h"

struct ximage {
    Display *xlib;
    Window root;
    XImage *image; /* of the shared memory; else what was read last */
    XShmSegmentInfo segment;
    bool is_shared;
    int bits;
};

static bool ximage_attach(struct ximage *image, size_t size_bytes)
{
    image->segment.shmid = shmget(IPC_PRIVATE, size_bytes, IPC_CREAT | 0600);
    if (image->segment.shmid < 0)
        return false;
    image->segment.shmaddr = shmat(image->segment.shmid, NULL, 0);
    image->segment.readOnly = False;
    bool attached = image->segment.shmaddr != (char *)-1;
    if (attached) {
        /* The X server says no when it is on another computer or in another IPC namespace. */
        const unsigned errors = display_errors();
        XShmAttach(image->xlib, &image->segment);
        XSync(image->xlib, False);
        attached = display_errors() == errors;
        if (!attached)
            shmdt(image->segment.shmaddr);
    }
    shmctl(image->segment.shmid, IPC_RMID, NULL);
    return attached;
}

static void ximage_share(struct ximage *image, int width_px, int height_px)
{
    const int screen = DefaultScreen(image->xlib);

    if (!XShmQueryExtension(image->xlib))
        return;
    image->image = XShmCreateImage(image->xlib, DefaultVisual(image->xlib, screen),
                                   (unsigned)DefaultDepth(image->xlib, screen), ZPixmap, NULL,
                                   &image->segment, (unsigned)width_px, (unsigned)height_px);
    if (!image->image)
        return;
    image->is_shared =
        ximage_attach(image, (size_t)image->image->bytes_per_line * (size_t)image->image->height);
    if (image->is_shared) {
        image->image->data = image->segment.shmaddr;
        return;
    }
    XDestroyImage(image->image);
    image->image = NULL;
}

/* Of the depth, as the X server packs it. */
static int ximage_find_bits(Display *xlib)
{
    int count = 0, bits = 0;
    XPixmapFormatValues *formats = XListPixmapFormats(xlib, &count);

    for (int i = 0; i < count; i++) {
        if (formats[i].depth == DefaultDepth(xlib, DefaultScreen(xlib)))
            bits = formats[i].bits_per_pixel;
    }
    XFree(formats);
    return bits;
}

int ximage_create(Display *xlib, int width_px, int height_px, struct ximage **ret_image)
{
    struct ximage *image = calloc(1, sizeof *image);

    if (!image)
        return -ENOMEM;
    image->xlib = xlib;
    image->root = DefaultRootWindow(xlib);
    image->bits = ximage_find_bits(xlib);
    ximage_share(image, width_px, height_px);
    *ret_image = image;
    return 0;
}

struct ximage *ximage_destroy(struct ximage *image)
{
    if (!image)
        return NULL;
    if (image->is_shared) {
        XShmDetach(image->xlib, &image->segment);
        image->image->data = NULL;
    }
    if (image->image)
        XDestroyImage(image->image);
    if (image->is_shared)
        shmdt(image->segment.shmaddr);
    free(image);
    return NULL;
}

bool ximage_is_shared(const struct ximage *image)
{
    return image->is_shared;
}

int ximage_bits(const struct ximage *image)
{
    return image->bits;
}

static uint8_t *ximage_read_shared(struct ximage *image, const struct area *area)
{
    image->image->width = area->width_px;
    image->image->height = area->height_px;
    image->image->bytes_per_line = (area->width_px * image->bits + 31) / 32 * 4;
    if (!XShmGetImage(image->xlib, image->root, image->image, area->x_px, area->y_px, AllPlanes))
        return NULL;
    return (uint8_t *)image->image->data;
}

uint8_t *ximage_read(struct ximage *image, const struct area *area, size_t *ret_stride_bytes)
{
    uint8_t *bytes = NULL;

    if (image->is_shared) {
        bytes = ximage_read_shared(image, area);
    } else {
        if (image->image)
            XDestroyImage(image->image);
        image->image =
            XGetImage(image->xlib, image->root, area->x_px, area->y_px, (unsigned)area->width_px,
                      (unsigned)area->height_px, AllPlanes, ZPixmap);
        bytes = image->image ? (uint8_t *)image->image->data : NULL;
    }
    if (bytes)
        *ret_stride_bytes = (size_t)image->image->bytes_per_line;
    return bytes;
}
