#include "server/decode/tight.h"

#include <errno.h>
#include <rfb/rfbclient.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "protocol/cursor.h"

#define WIDTH_MAX_PX 2048 /* of a Tight rectangle that is not of one colour */
#define TIGHT_FILL   8    /* the highest four bits of the first byte */
#define TIGHT_JPEG   9
#define UPDATE_BYTES 16 /* a FramebufferUpdate with the header of one rectangle */
#define RECORD_BYTES (sizeof(struct timeval) + UPDATE_BYTES)

struct tight {
    rfbClient *client;
    rfbVNCRec record;
    struct source *source;
    struct jpeg *jpeg;
    uint8_t head[RECORD_BYTES]; /* what the library reads before the target's bytes */
    size_t head_left_bytes;
};

/* The library logs through a global; its last words are the reason why a rectangle was refused. */
static _Thread_local struct stop *current_stop;

__attribute__((format(printf, 1, 2))) static void on_log(const char *format, ...)
{
    char text[FRAME_TEXT_ROOM];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text[strcspn(text, "\n")] = '\0';
    if (current_stop)
        stop_because(current_stop, "a bad rectangle: %s", text);
}

/* A stream of stdio without a buffer asks for just what is wanted. */
static ssize_t on_read(void *cookie, char *ret_bytes, size_t size_bytes)
{
    struct tight *tight = cookie;

    if (tight->head_left_bytes > 0) {
        if (size_bytes > tight->head_left_bytes)
            size_bytes = tight->head_left_bytes;
        memcpy(ret_bytes, tight->head + RECORD_BYTES - tight->head_left_bytes, size_bytes);
        tight->head_left_bytes -= size_bytes;
        return (ssize_t)size_bytes;
    }
    return source_read(tight->source, ret_bytes, size_bytes) ? (ssize_t)size_bytes : -1;
}

static int open_record(struct tight *tight)
{
    const cookie_io_functions_t functions = {.read = on_read};

    tight->record.file = fopencookie(tight, "r", functions);
    if (!tight->record.file)
        return -ENOMEM;
    setvbuf(tight->record.file, NULL, _IONBF, 0);
    tight->record.doNotSleep = TRUE;
    return 0;
}

/* 32 bits, red in bits 16 to 23, green, blue, in this computer's order. */
static void set_up(rfbClient *client, struct tight *tight)
{
    client->serverPort = -1;
    client->sock = RFB_INVALID_SOCKET;
    client->vncRec = &tight->record;
    client->format.redShift = 16;
    client->format.greenShift = 8;
    client->format.blueShift = 0;
    client->format.bigEndian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    client->canHandleNewFBSize = FALSE;
    memset(&client->supportedMessages, 0, sizeof client->supportedMessages);
}

int tight_create(struct source *source, struct jpeg *jpeg, struct tight **ret_tight)
{
    struct tight *tight = calloc(1, sizeof *tight);
    if (!tight)
        return -ENOMEM;
    rfbClientLog = on_log;
    rfbClientErr = on_log;
    tight->source = source;
    tight->jpeg = jpeg;
    tight->client = rfbGetClient(8, 3, FRAME_PIXEL_BYTES);
    int result = tight->client ? open_record(tight) : -ENOMEM;
    if (result < 0) {
        tight_destroy(tight);
        return result;
    }
    set_up(tight->client, tight);
    *ret_tight = tight;
    return 0;
}

struct tight *tight_destroy(struct tight *tight)
{
    if (!tight)
        return NULL;
    if (tight->client) {
        tight->client->vncRec = NULL; /* it would free it */
        tight->client->frameBuffer = NULL;
        rfbClientCleanup(tight->client);
    }
    if (tight->record.file)
        fclose(tight->record.file);
    free(tight);
    return NULL;
}

/* The library also knows PNG, and plain bytes of any length: neither was asked for. */
static bool first_byte_is_good(struct tight *tight, const struct frame_rectangle *rectangle,
                               unsigned *ret_kind)
{
    struct stop *stop = tight->source->stop;
    uint8_t control = 0;

    if (!source_peek(tight->source, &control))
        return false;
    *ret_kind = control >> 4;
    if (*ret_kind > TIGHT_JPEG)
        return stop_because(stop, "a Tight rectangle of an unknown kind (%u)", *ret_kind);
    if (*ret_kind != TIGHT_FILL && rectangle->width_px > WIDTH_MAX_PX)
        return stop_because(stop, "a Tight rectangle that is %u pixels wide", rectangle->width_px);
    return true;
}

static void write_head(struct tight *tight, const struct frame_rectangle *rectangle)
{
    struct writer writer;

    memset(tight->head, 0, sizeof tight->head); /* the time, which nobody waits for */
    writer_init(&writer, tight->head + sizeof(struct timeval), UPDATE_BYTES);
    writer_u8(&writer, rfbFramebufferUpdate);
    writer_u8(&writer, 0);
    writer_u16(&writer, 1);
    writer_u16(&writer, rectangle->x_px);
    writer_u16(&writer, rectangle->y_px);
    writer_u16(&writer, rectangle->width_px);
    writer_u16(&writer, rectangle->height_px);
    writer_u32(&writer, rfbEncodingTight);
    tight->head_left_bytes = RECORD_BYTES;
}

/* Its low four bits end the library's streams, with JPEG behind them, too. */
static void end_streams(rfbClient *client, uint8_t control)
{
    for (unsigned i = 0; i < 4; i++) {
        if (control >> i & 1 && client->zlibStreamActive[i]) {
            inflateEnd(&client->zlibStream[i]);
            client->zlibStreamActive[i] = FALSE;
        }
    }
}

/* Seven bits a byte, the lowest first; eight in the third. */
static bool read_length(struct source *source, size_t *ret_bytes)
{
    uint8_t byte = 0x80;

    *ret_bytes = 0;
    for (unsigned i = 0; i < 3 && byte & 0x80; i++) {
        if (!source_read(source, &byte, 1))
            return false;
        *ret_bytes |= (size_t)(i < 2 ? byte & 0x7f : byte) << (7 * i);
    }
    return true;
}

/* Not by the library, which cannot do it beside its reading, and never frees what it gives to a
 * hook. */
static bool decode_jpeg(struct tight *tight, const struct picture *picture,
                        const struct frame_rectangle *rectangle)
{
    struct source *source = tight->source;
    uint8_t control = 0;
    size_t size_bytes = 0;

    if (!source_read(source, &control, 1) || !read_length(source, &size_bytes))
        return false;
    end_streams(tight->client, control);
    uint8_t *bytes = size_bytes > 0 ? malloc(size_bytes) : NULL;
    if (!bytes)
        return stop_because(source->stop, "a JPEG of %zu bytes", size_bytes);
    if (!source_read(source, bytes, size_bytes)) {
        free(bytes);
        return false;
    }
    return jpeg_decode(tight->jpeg, bytes, size_bytes, rectangle, picture->pixels,
                       picture->width_px) ||
           stop_because(source->stop, "a JPEG that cannot be decoded");
}

bool tight_decode(struct tight *tight, const struct picture *picture,
                  const struct frame_rectangle *rectangle)
{
    struct stop *stop = tight->source->stop;
    unsigned kind = 0;

    if (!first_byte_is_good(tight, rectangle, &kind))
        return false;
    if (kind == TIGHT_JPEG)
        return decode_jpeg(tight, picture, rectangle);
    write_head(tight, rectangle);
    tight->client->frameBuffer = (uint8_t *)picture->pixels;
    tight->client->width = (int)picture->width_px;
    tight->client->height = (int)picture->height_px;
    current_stop = stop;
    bool good = HandleRFBServerMessage(tight->client);
    current_stop = NULL;
    return good || stop_because(stop, "a Tight rectangle that cannot be decoded");
}
