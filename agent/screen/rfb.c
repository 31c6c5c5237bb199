#include "agent/screen/rfb.h"

#include <errno.h>
#include <fcntl.h>
#include <rfb/rfb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/screen/mono.h"
#include "common/log.h"
#include "common/select_pair.h"
#include "protocol/cursor.h"
#include "protocol/thumbnail.h"

#define LOG_MODULE "rfb"

#define VERSION           "RFB 003.008\n"
#define VERSION_BYTES     12
#define NAME              "hotdesk"
#define TIGHT_PX_MAX      16384 /* at once: what the socketpair takes, and no more work than 5 ms */
#define TIGHT_WIDTH_MAX   1024
#define SOCKET_BYTES      (1 << 20) /* asked for; the kernel gives what it allows */
#define OUT_KEPT_BYTES    (1 << 20)
#define RECEIVE_BYTES     65536
#define ALL_RECTANGLES    0xffff /* as many as come before LastRect */
#define ENCODING_RAW      0
#define ENCODING_COPY     1
#define ENCODING_TIGHT    7
#define TIGHT_JPEG        9
#define ENCODING_SIZE     (-223)
#define ENCODING_LAST     (-224)
#define ENCODING_RICH     (-239)
#define ENCODING_EXTENDED (-308)
#define ENCODING_ALPHA    (-314)
#define SERVER_END        150 /* EndOfContinuousUpdates */
#define SERVER_FENCE      248

enum rfb_stage { STAGE_VERSION, STAGE_SECURITY, STAGE_INIT, STAGE_READY };

struct rfb {
    const struct picture *picture;
    const struct rfb_handlers *handlers;
    void *context;
    enum rfb_stage stage;
    size_t skip_bytes; /* of the peer, that belong to what we drop */
    int fd;            /* our end; the other one is libvncserver's */
    rfbScreenInfoPtr screen;
    rfbClientPtr client;
    struct mono *mono;
    uint8_t *out;
    size_t out_bytes, out_room_bytes;
    size_t flushed_bytes; /* of the update that is being made */
    int failed;           /* -errno, until `end` */
};

/* --- what goes out --- */

static uint8_t *out_extend(struct rfb *rfb, size_t size_bytes)
{
    if (rfb->out_bytes + size_bytes > rfb->out_room_bytes) {
        const size_t room_bytes = (rfb->out_bytes + size_bytes) * 2;
        uint8_t *out = realloc(rfb->out, room_bytes);
        if (!out) {
            rfb->failed = -ENOMEM;
            return NULL;
        }
        rfb->out = out;
        rfb->out_room_bytes = room_bytes;
    }
    rfb->out_bytes += size_bytes;
    return rfb->out + rfb->out_bytes - size_bytes;
}

static void out_add(struct rfb *rfb, const void *bytes, size_t size_bytes)
{
    uint8_t *at = out_extend(rfb, size_bytes);

    if (at)
        memcpy(at, bytes, size_bytes);
}

static void out_send(struct rfb *rfb)
{
    rfb->handlers->send(rfb->context, rfb->out, rfb->out_bytes);
    rfb->out_bytes = 0;
    if (rfb->out_room_bytes > OUT_KEPT_BYTES) {
        free(rfb->out);
        rfb->out = NULL;
        rfb->out_room_bytes = 0;
    }
}

/* What libvncserver wrote follows what is there. */
static void out_take(struct rfb *rfb)
{
    ssize_t got;

    do {
        const size_t before_bytes = rfb->out_bytes;
        uint8_t *at = out_extend(rfb, RECEIVE_BYTES);
        if (!at)
            return;
        got = recv(rfb->fd, at, RECEIVE_BYTES, MSG_DONTWAIT);
        rfb->out_bytes = before_bytes + (got > 0 ? (size_t)got : 0);
    } while (got > 0);
}

static void out_rectangle(struct rfb *rfb, int x, int y, int width, int height, int32_t encoding)
{
    uint8_t bytes[12];
    struct writer writer;

    writer_init(&writer, bytes, sizeof bytes);
    writer_u16(&writer, (uint16_t)x);
    writer_u16(&writer, (uint16_t)y);
    writer_u16(&writer, (uint16_t)width);
    writer_u16(&writer, (uint16_t)height);
    writer_i32(&writer, encoding);
    out_add(rfb, bytes, sizeof bytes);
}

/* --- libvncserver --- */

static void screen_set(rfbScreenInfoPtr screen, const struct picture *picture)
{
    screen->width = picture->width_px;
    screen->height = picture->height_px;
    screen->paddedWidthInBytes = picture->width_px * 4;
    screen->sizeInBytes = screen->paddedWidthInBytes * picture->height_px;
    screen->frameBuffer = (char *)picture->pixels;
}

static int screen_create(const struct picture *picture, rfbScreenInfoPtr *ret_screen)
{
    int no_arguments = 0;

    rfbLogEnable(0); /* it would write every message's name to stderr */
    rfbScreenInfoPtr screen =
        rfbGetScreen(&no_arguments, NULL, picture->width_px, picture->height_px, 8, 3, 4);
    if (!screen)
        return -ENOMEM;
    screen->desktopName = NAME;
    screen->cursor = NULL;           /* never drawn into the picture */
    screen->serverFormat.depth = 24; /* Tight then has 3 bytes a pixel */
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
    screen_set(screen, picture);
    *ret_screen = screen;
    return 0;
}

/* The client's version is written first: libvncserver would otherwise wait 100 ms, to see whether
 * it is a web browser. */
static int client_create(struct rfb *rfb, const uint8_t version[VERSION_BYTES])
{
    int fds[2];
    int error = select_pair_create(SOCKET_BYTES, fds);

    if (error)
        return error;
    rfb->fd = fds[0];
    if (send(rfb->fd, version, VERSION_BYTES, MSG_NOSIGNAL) == VERSION_BYTES)
        rfb->client = rfbNewClient(rfb->screen, fds[1]);
    else
        close(fds[1]);
    if (!rfb->client)
        return -EPROTO;
    /* Of what it would find out by itself: requests are not given to it. */
    rfb->client->preferredEncoding = rfbEncodingTight;
    rfb->client->enableLastRectEncoding = TRUE;
    rfb->client->tightCompressLevel = 1;
    rfb->client->tightQualityLevel = -1;
    rfb->client->turboQualityLevel = -1;
    return 0;
}

/* One message of the handshake. */
static bool client_shakes_hands(struct rfb *rfb)
{
    rfbProcessClientMessage(rfb->client);
    out_take(rfb);
    return rfb->client->sock >= 0;
}

int rfb_create(const struct picture *picture, const struct rfb_handlers *handlers, void *context,
               struct rfb **ret_rfb)
{
    struct rfb *rfb = calloc(1, sizeof *rfb);

    if (!rfb)
        return -ENOMEM;
    rfb->picture = picture;
    rfb->handlers = handlers;
    rfb->context = context;
    rfb->fd = -1;
    int error = screen_create(picture, &rfb->screen);
    if (!error)
        error = mono_create(&rfb->mono);
    if (error) {
        rfb_destroy(rfb);
        return error;
    }
    *ret_rfb = rfb;
    return 0;
}

struct rfb *rfb_destroy(struct rfb *rfb)
{
    if (!rfb)
        return NULL;
    if (rfb->client) {
        rfbCloseClient(rfb->client);
        rfbClientConnectionGone(rfb->client);
    }
    if (rfb->screen) {
        rfb->screen->frameBuffer = NULL;
        rfbScreenCleanup(rfb->screen);
    }
    if (rfb->fd >= 0)
        close(rfb->fd);
    mono_destroy(rfb->mono);
    free(rfb->out);
    free(rfb);
    return NULL;
}

int rfb_set_picture(struct rfb *rfb, const struct picture *picture)
{
    rfb->picture = picture;
    screen_set(rfb->screen, picture);
    return 0;
}

/* --- what comes in --- */

void rfb_start(struct rfb *rfb)
{
    rfb->handlers->send(rfb->context, VERSION, VERSION_BYTES);
}

static size_t receive_version(struct rfb *rfb, const uint8_t *bytes, const char **ret_why)
{
    if (memcmp(bytes, VERSION, VERSION_BYTES) != 0) {
        *ret_why = "it does not speak RFB 3.8";
        return 0;
    }
    if (client_create(rfb, bytes) < 0 || !client_shakes_hands(rfb)) {
        *ret_why = "libvncserver cannot be started";
        return 0;
    }
    /* Its version is out already: `start` said it. */
    rfb->out_bytes -= VERSION_BYTES;
    memmove(rfb->out, rfb->out + VERSION_BYTES, rfb->out_bytes);
    out_send(rfb);
    rfb->stage = STAGE_SECURITY;
    return VERSION_BYTES;
}

static size_t receive_choice(struct rfb *rfb, const uint8_t *byte, const char **ret_why)
{
    if (rfb->stage == STAGE_SECURITY && *byte != rfbSecTypeNone) {
        *ret_why = "it asks for another security type than None, which is all there is within TLS";
        return 0;
    }
    if (send(rfb->fd, byte, 1, MSG_NOSIGNAL) != 1 || !client_shakes_hands(rfb)) {
        *ret_why = "libvncserver ended the handshake";
        return 0;
    }
    out_send(rfb);
    rfb->stage++;
    return 1;
}

static bool encodings_will_do(const struct request_encodings *encodings, const char **ret_why)
{
    if (encodings->last_rect && encodings->fence && encodings->continuous)
        return true;
    *ret_why = "it knows no LastRect, Fence or ContinuousUpdates";
    return false;
}

static size_t receive_request(struct rfb *rfb, const uint8_t *bytes, size_t size_bytes,
                              const char **ret_why)
{
    struct request request;
    size_t used_bytes = 0;
    enum request_result result =
        request_read(bytes, size_bytes, &request, &used_bytes, &rfb->skip_bytes, ret_why);

    if (result != REQUEST_OK)
        return 0;
    if (request.type == REQUEST_ENCODINGS && !encodings_will_do(&request.encodings, ret_why))
        return 0;
    if (request.type != REQUEST_NOTHING)
        rfb->handlers->request(rfb->context, &request);
    return used_bytes;
}

static size_t receive_one(struct rfb *rfb, const uint8_t *bytes, size_t size_bytes,
                          const char **ret_why)
{
    if (rfb->skip_bytes > 0) {
        const size_t skipped = rfb->skip_bytes < size_bytes ? rfb->skip_bytes : size_bytes;
        rfb->skip_bytes -= skipped;
        return skipped;
    }
    switch (rfb->stage) {
    case STAGE_VERSION:
        return size_bytes < VERSION_BYTES ? 0 : receive_version(rfb, bytes, ret_why);
    case STAGE_SECURITY:
    case STAGE_INIT:
        return size_bytes < 1 ? 0 : receive_choice(rfb, bytes, ret_why);
    default:
        return receive_request(rfb, bytes, size_bytes, ret_why);
    }
}

size_t rfb_received(struct rfb *rfb, const uint8_t *bytes, size_t size_bytes, const char **ret_why)
{
    size_t used_bytes = 0, n;

    *ret_why = NULL;
    do {
        n = receive_one(rfb, bytes + used_bytes, size_bytes - used_bytes, ret_why);
        used_bytes += n;
    } while (n > 0 && !*ret_why && used_bytes < size_bytes);
    return used_bytes;
}

/* --- updates --- */

void rfb_begin(struct rfb *rfb)
{
    static const uint8_t head[] = {rfbFramebufferUpdate, 0, ALL_RECTANGLES >> 8,
                                   ALL_RECTANGLES & 0xff};

    rfb->failed = 0;
    rfb->flushed_bytes = 0;
    out_add(rfb, head, sizeof head);
}

void rfb_put_size(struct rfb *rfb, bool extended)
{
    const int width_px = rfb->picture->width_px, height_px = rfb->picture->height_px;
    uint8_t bytes[4 + 16]; /* one screen, the whole of it */
    struct writer writer;

    if (!extended) {
        out_rectangle(rfb, 0, 0, width_px, height_px, ENCODING_SIZE);
        return;
    }
    out_rectangle(rfb, 0, 0, width_px, height_px, ENCODING_EXTENDED);
    writer_init(&writer, bytes, sizeof bytes);
    writer_u32(&writer, 1u << 24);
    writer_u32(&writer, 1);
    writer_u32(&writer, 0);
    writer_u16(&writer, (uint16_t)width_px);
    writer_u16(&writer, (uint16_t)height_px);
    writer_u32(&writer, 0);
    out_add(rfb, bytes, sizeof bytes);
}

static void put_alpha_pixels(struct rfb *rfb, const struct shape *shape)
{
    const uint8_t raw[4] = {ENCODING_RAW};
    const size_t count = (size_t)shape->width_px * (size_t)shape->height_px;

    out_add(rfb, raw, sizeof raw);
    for (size_t i = 0; i < count; i++) {
        const uint32_t pixel = shape->pixels[i];
        const uint8_t rgba[] = {(uint8_t)(pixel >> 16), (uint8_t)(pixel >> 8), (uint8_t)pixel,
                                (uint8_t)(pixel >> 24)};
        out_add(rfb, rgba, sizeof rgba);
    }
}

static void put_masked_pixels(struct rfb *rfb, const struct shape *shape)
{
    const size_t row_bytes = ((size_t)shape->width_px + 7) / 8;
    uint8_t row[SHAPE_PX_MAX / 8];

    for (int i = 0; i < shape->width_px * shape->height_px; i++) {
        const uint32_t pixel = shape->pixels[i];
        const uint8_t bgrx[] = {(uint8_t)pixel, (uint8_t)(pixel >> 8), (uint8_t)(pixel >> 16), 0};
        out_add(rfb, bgrx, sizeof bgrx);
    }
    for (int y = 0; y < shape->height_px; y++) {
        memset(row, 0, sizeof row);
        for (int x = 0; x < shape->width_px; x++) {
            if (shape->pixels[y * shape->width_px + x] >> 31)
                row[x / 8] |= (uint8_t)(0x80 >> x % 8);
        }
        out_add(rfb, row, row_bytes);
    }
}

void rfb_put_shape(struct rfb *rfb, const struct shape *shape, bool alpha)
{
    out_rectangle(rfb, shape->hot_x_px, shape->hot_y_px, shape->width_px, shape->height_px,
                  alpha ? ENCODING_ALPHA : ENCODING_RICH);
    if (alpha)
        put_alpha_pixels(rfb, shape);
    else
        put_masked_pixels(rfb, shape);
}

void rfb_put_copy(struct rfb *rfb, const struct move *move)
{
    const struct area *to = &move->to;
    uint8_t from[4];
    struct writer writer;

    out_rectangle(rfb, to->x_px, to->y_px, to->width_px, to->height_px, ENCODING_COPY);
    writer_init(&writer, from, sizeof from);
    writer_u16(&writer, (uint16_t)move->from_x_px);
    writer_u16(&writer, (uint16_t)move->from_y_px);
    out_add(rfb, from, sizeof from);
}

static void put_tight_piece(struct rfb *rfb, int x, int y, int width, int height)
{
    if (!rfbSendRectEncodingTight(rfb->client, x, y, width, height) ||
        !rfbSendUpdateBuf(rfb->client) || rfb->client->sock < 0)
        rfb->failed = -EIO;
    out_take(rfb);
}

/* False: it has more than two colours. */
static bool put_mono(struct rfb *rfb, const struct area *area)
{
    const uint8_t *bytes = NULL;
    size_t size_bytes = 0;

    if (mono_encode(rfb->mono, rfb->picture, area, &bytes, &size_bytes) < 0)
        rfb->failed = -EIO;
    if (size_bytes == 0)
        return false;
    out_rectangle(rfb, area->x_px, area->y_px, area->width_px, area->height_px, ENCODING_TIGHT);
    out_add(rfb, bytes, size_bytes);
    return true;
}

void rfb_put_tight(struct rfb *rfb, const struct area *area)
{
    if (put_mono(rfb, area))
        return;
    const int width_px = area->width_px < TIGHT_WIDTH_MAX ? area->width_px : TIGHT_WIDTH_MAX;
    const int height_px =
        TIGHT_PX_MAX / width_px < area->height_px ? TIGHT_PX_MAX / width_px : area->height_px;

    for (int y = 0; y < area->height_px && !rfb->failed; y += height_px) {
        const int height = area->height_px - y < height_px ? area->height_px - y : height_px;
        for (int x = 0; x < area->width_px && !rfb->failed; x += width_px) {
            const int width = area->width_px - x < width_px ? area->width_px - x : width_px;
            put_tight_piece(rfb, area->x_px + x, area->y_px + y, width, height);
        }
    }
}

void rfb_put_raw(struct rfb *rfb, const struct area *area)
{
    const struct picture *picture = rfb->picture;

    out_rectangle(rfb, area->x_px, area->y_px, area->width_px, area->height_px, ENCODING_RAW);
    for (int y = area->y_px; y < area->y_px + area->height_px; y++)
        out_add(rfb, picture->pixels + (size_t)y * (size_t)picture->width_px + area->x_px,
                (size_t)area->width_px * sizeof *picture->pixels);
}

void rfb_put_jpeg(struct rfb *rfb, const struct area *area, const uint8_t *jpeg, size_t size_bytes)
{
    uint8_t head[4] = {TIGHT_JPEG << 4};
    const size_t head_bytes = 1 + tight_write_length(size_bytes, head + 1);

    out_rectangle(rfb, area->x_px, area->y_px, area->width_px, area->height_px, ENCODING_TIGHT);
    out_add(rfb, head, head_bytes);
    out_add(rfb, jpeg, size_bytes);
}

void rfb_put_thumbnail(struct rfb *rfb, const struct picture *thumbnail, const struct area *area,
                       const uint8_t *jpeg, size_t size_bytes)
{
    uint8_t head[THUMBNAIL_HEAD_BYTES];
    struct writer writer;

    writer_init(&writer, head, sizeof head);
    writer_u16(&writer, (uint16_t)thumbnail->width_px);
    writer_u16(&writer, (uint16_t)thumbnail->height_px);
    writer_u32(&writer, (uint32_t)size_bytes);
    out_rectangle(rfb, area->x_px, area->y_px, area->width_px, area->height_px, THUMBNAIL_ENCODING);
    out_add(rfb, head, sizeof head);
    out_add(rfb, jpeg, size_bytes);
}

size_t rfb_update_bytes(const struct rfb *rfb)
{
    return rfb->flushed_bytes + rfb->out_bytes;
}

void rfb_flush(struct rfb *rfb)
{
    if (rfb->failed)
        return;
    rfb->flushed_bytes += rfb->out_bytes;
    out_send(rfb);
}

static void out_fence(struct rfb *rfb, uint32_t flags, const uint8_t *payload, uint8_t size_bytes)
{
    uint8_t bytes[9];
    struct writer writer;

    writer_init(&writer, bytes, sizeof bytes);
    writer_u32(&writer, (uint32_t)SERVER_FENCE << 24);
    writer_u32(&writer, flags);
    writer_u8(&writer, size_bytes);
    out_add(rfb, bytes, sizeof bytes);
    out_add(rfb, payload, size_bytes);
}

static void out_own_fence(struct rfb *rfb, uint32_t number)
{
    uint8_t payload[4];
    struct writer writer;

    writer_init(&writer, payload, sizeof payload);
    writer_u32(&writer, number);
    out_fence(rfb, REQUEST_FENCE_ASKS, payload, sizeof payload);
}

int rfb_end(struct rfb *rfb, uint32_t fence_number, size_t *ret_bytes)
{
    out_rectangle(rfb, 0, 0, 0, 0, ENCODING_LAST);
    out_own_fence(rfb, fence_number);
    if (rfb->failed)
        return rfb->failed;
    *ret_bytes = rfb_update_bytes(rfb);
    out_send(rfb);
    return 0;
}

void rfb_ask_fence(struct rfb *rfb, uint32_t number)
{
    out_own_fence(rfb, number);
    out_send(rfb);
}

void rfb_answer_fence(struct rfb *rfb, const struct request *request)
{
    out_fence(rfb, request->fence_flags & REQUEST_FENCE_KNOWN, request->fence,
              request->fence_bytes);
    out_send(rfb);
}

void rfb_say_end_of_updates(struct rfb *rfb)
{
    const uint8_t end = SERVER_END;

    out_add(rfb, &end, 1);
    out_send(rfb);
}

bool rfb_fence_number(const struct request *request, uint32_t *ret_number)
{
    struct reader reader;

    reader_init(&reader, request->fence, request->fence_bytes);
    *ret_number = reader_u32(&reader);
    return !(request->fence_flags & REQUEST_FENCE_ASKS) && reader_done(&reader);
}
