#include "server/vnc/rfb.h"

#include <rfb/rfb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/select_pair.h"
#include "protocol/limits.h"

#define SOCKET_BYTES  (1 << 20) /* asked for; the kernel gives what it allows */
#define CHALLENGE     CHALLENGESIZE
#define ALPHA_SHOWN   0x80 /* of 255: from here on a pixel of the pointer is shown */
#define FIRST_SIDE_PX 16   /* before the first picture */

const uint8_t rfb_greeting[INTAKE_VERSION_BYTES] = "RFB 003.008\n";

struct rfb {
    rfbScreenInfoPtr screen;
    const struct rfb_handlers *handlers;
    const char *passwords[2]; /* ends in NULL */
    uint32_t first[FIRST_SIDE_PX * FIRST_SIDE_PX];
};

struct rfb_client {
    struct rfb *rfb;
    rfbClientPtr client;
    void *guest;
    bool had_password;
};

/* -- what it calls -- */

static void got_key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
    struct rfb_client *one = client->clientData;
    one->rfb->handlers->key(one->guest, (uint32_t)keysym, down);
}

static void got_pointer(int buttons, int x, int y, rfbClientPtr client)
{
    struct rfb_client *one = client->clientData;
    one->rfb->handlers->pointer(one->guest, (uint8_t)buttons, x, y);
}

/* -- the picture -- */

/* As in the file: 0x00RRGGBB. */
static void set_format(rfbScreenInfoPtr screen)
{
    screen->serverFormat.depth = 24; /* Tight then has 3 bytes a pixel */
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
}

/* The first answer of DES is made now: it reads files, and makes tables. */
static void prepare_password(void)
{
    uint8_t challenge[CHALLENGE] = {0};
    char password[] = "hotdesk";
    rfbEncryptBytes(challenge, password);
    rfbRandomBytes(challenge);
}

struct rfb *rfb_create(const char *name, const char *password, const struct rfb_handlers *handlers)
{
    int no_arguments = 0;
    struct rfb *rfb = calloc(1, sizeof *rfb);
    rfbLogEnable(0);
    rfbScreenInfoPtr screen =
        rfb ? rfbGetScreen(&no_arguments, NULL, FIRST_SIDE_PX, FIRST_SIDE_PX, 8, 3, 4) : NULL;
    if (!screen) {
        free(rfb);
        return NULL;
    }
    rfb->screen = screen;
    rfb->handlers = handlers;
    rfb->passwords[0] = password;
    screen->screenData = rfb;
    screen->desktopName = name;
    screen->frameBuffer = (char *)rfb->first;
    screen->alwaysShared = TRUE;
    screen->deferUpdateTime = 0;
    screen->kbdAddEvent = got_key;
    screen->ptrAddEvent = got_pointer;
    screen->cursor = NULL;
    set_format(screen);
    if (password[0]) {
        screen->authPasswdData = (void *)rfb->passwords;
        screen->passwordCheck = rfbCheckPasswordByList;
        prepare_password();
    }
    return rfb;
}

/* rfbNewFramebuffer takes its own order of colours. */
static void translate_anew(rfbScreenInfoPtr screen)
{
    rfbClientIteratorPtr iterator = rfbGetClientIterator(screen);
    for (rfbClientPtr client; (client = rfbClientIteratorNext(iterator));)
        rfbSetTranslateFunction(client);
    rfbReleaseClientIterator(iterator);
}

/* One update is bounded, so that what waits for a client is, too. */
static int slice_height(uint16_t width_px, uint16_t height_px)
{
    if ((size_t)width_px * height_px <= VNC_UPDATE_PIXELS_MAX)
        return 0;
    int rows = VNC_UPDATE_PIXELS_MAX / width_px;
    return rows > 0 ? rows : 1;
}

void rfb_set_picture(struct rfb *rfb, uint32_t *pixels, uint16_t width_px, uint16_t height_px)
{
    rfbNewFramebuffer(rfb->screen, (char *)pixels, width_px, height_px, 8, 3, 4);
    set_format(rfb->screen);
    rfb->screen->progressiveSliceHeight = slice_height(width_px, height_px);
    translate_anew(rfb->screen);
}

void rfb_damage(struct rfb *rfb, const struct frame_rectangle *rectangle)
{
    rfbMarkRectAsModified(rfb->screen, rectangle->x_px, rectangle->y_px,
                          rectangle->x_px + rectangle->width_px,
                          rectangle->y_px + rectangle->height_px);
}

/* -- the pointer -- */

static void put_colors(const struct frame_cursor *from, rfbCursorPtr cursor)
{
    size_t mask_row = (cursor->width + 7u) / 8u;
    for (size_t i = 0; i < (size_t)cursor->width * cursor->height; i++) {
        uint32_t alpha = from->pixels[i] >> 24, color = 0;
        for (unsigned shift = 0; alpha && shift < 24; shift += 8) { /* it was premultiplied */
            uint32_t value = (from->pixels[i] >> shift & 0xff) * 255 / alpha;
            color |= (value > 255 ? 255 : value) << shift;
        }
        memcpy(cursor->richSource + i * 4, &color, sizeof color);
        size_t x = i % cursor->width, y = i / cursor->width;
        if (from->visible && alpha >= ALPHA_SHOWN)
            cursor->mask[y * mask_row + x / 8] |= (unsigned char)(0x80 >> x % 8);
    }
}

static rfbCursorPtr make_cursor(const struct frame_cursor *from)
{
    rfbCursorPtr cursor = calloc(1, sizeof *cursor);
    size_t count = (size_t)from->width_px * from->height_px;
    size_t mask_bytes = (from->width_px + 7) / 8 * from->height_px;
    if (!cursor)
        return NULL;
    cursor->width = (unsigned short)from->width_px;
    cursor->height = (unsigned short)from->height_px;
    cursor->xhot = (unsigned short)from->hot_x_px;
    cursor->yhot = (unsigned short)from->hot_y_px;
    cursor->foreRed = cursor->foreGreen = cursor->foreBlue = 0xffff;
    cursor->richSource = calloc(count, 4);
    cursor->mask = calloc(mask_bytes, 1);
    cursor->source = calloc(mask_bytes, 1); /* for who knows no colours */
    cursor->cleanup = cursor->cleanupSource = cursor->cleanupMask = TRUE;
    cursor->cleanupRichSource = TRUE;
    if (!cursor->richSource || !cursor->mask || !cursor->source) {
        rfbFreeCursor(cursor);
        return NULL;
    }
    put_colors(from, cursor);
    return cursor;
}

void rfb_set_cursor(struct rfb *rfb, const struct frame_cursor *cursor)
{
    rfbSetCursor(rfb->screen, cursor->width_px > 0 ? make_cursor(cursor) : NULL);
}

/* To those that draw it themselves at their own mouse's place it is nothing. */
void rfb_set_pointer(struct rfb *rfb, uint16_t x_px, uint16_t y_px)
{
    rfb->screen->cursorX = x_px;
    rfb->screen->cursorY = y_px;
}

void rfb_bell(struct rfb *rfb)
{
    rfbSendBell(rfb->screen);
}

/* -- clients -- */

/* Its greeting was sent already; with the answer there it does not look for a web browser. */
static rfbClientPtr introduce(struct rfb *rfb, const uint8_t version[INTAKE_VERSION_BYTES],
                              const int fds[2])
{
    uint8_t greeting[INTAKE_VERSION_BYTES];
    if (send(fds[0], version, INTAKE_VERSION_BYTES, MSG_NOSIGNAL) != INTAKE_VERSION_BYTES) {
        close(fds[1]);
        return NULL;
    }
    rfbClientPtr client = rfbNewClient(rfb->screen, fds[1]); /* closes it when it fails */
    if (client && recv(fds[0], greeting, sizeof greeting, MSG_DONTWAIT) != sizeof greeting) {
        rfbCloseClient(client);
        rfbClientConnectionGone(client);
        return NULL;
    }
    return client;
}

struct rfb_client *rfb_client_create(struct rfb *rfb, const uint8_t version[INTAKE_VERSION_BYTES],
                                     void *guest, int *ret_fd)
{
    int fds[2];
    struct rfb_client *client = calloc(1, sizeof *client);
    if (!client || select_pair_create(SOCKET_BYTES, fds) < 0) {
        free(client);
        return NULL;
    }
    client->rfb = rfb;
    client->guest = guest;
    client->client = introduce(rfb, version, fds);
    if (!client->client) {
        close(fds[0]);
        free(client);
        return NULL;
    }
    client->client->clientData = client;
    *ret_fd = fds[0];
    rfb_client_take(client);
    return client;
}

struct rfb_client *rfb_client_destroy(struct rfb_client *client)
{
    if (!client)
        return NULL;
    if (client->client->sock != RFB_INVALID_SOCKET)
        rfbCloseClient(client->client);
    rfbClientConnectionGone(client->client);
    free(client);
    return NULL;
}

enum intake_stage rfb_client_stage(const struct rfb_client *client)
{
    switch (client->client->state) {
    case RFB_PROTOCOL_VERSION:
        return INTAKE_VERSION;
    case RFB_SECURITY_TYPE:
        return INTAKE_SECURITY;
    case RFB_AUTHENTICATION:
        return INTAKE_PASSWORD;
    case RFB_NORMAL:
        return INTAKE_MESSAGE;
    default:
        return INTAKE_INIT;
    }
}

void rfb_client_take(struct rfb_client *client)
{
    client->had_password = rfb_client_stage(client) == INTAKE_PASSWORD;
    rfbProcessClientMessage(client->client);
}

const char *rfb_client_ended(const struct rfb_client *client)
{
    if (client->client->sock != RFB_INVALID_SOCKET)
        return NULL;
    return client->had_password ? "its password was wrong" : "it was not understood";
}

void rfb_client_update(struct rfb_client *client)
{
    if (client->client->sock != RFB_INVALID_SOCKET && client->client->state == RFB_NORMAL)
        rfbUpdateClient(client->client);
}
