#include "server/decode/decoder.h"

#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "server/decode/hello.h"
#include "server/decode/messages.h"
#include "server/decode/update.h"

enum server_message {
    SERVER_UPDATE = 0,
    SERVER_BELL = 2,
    SERVER_CUT_TEXT = 3,
    SERVER_END_OF_FLOW = 150,
    SERVER_FENCE = 248,
};

static bool on_order(void *context)
{
    struct decoder *decoder = context;
    struct frame_message message;
    bool got = false;

    if (!messages_receive(decoder->message_fd, &decoder->stop, &message, &got))
        return false;
    if (!got)
        return true;
    if (message.type != FRAME_LOOK)
        return stop_because(&decoder->stop, "hotdesk-server sealed the file twice");
    return look_set(&decoder->look, message.look);
}

int decoder_init(struct decoder *decoder, struct frame_writer *writer, int in_fd, int out_fd,
                 int message_fd)
{
    *decoder = (struct decoder){.message_fd = message_fd};
    int result = source_init(&decoder->source, &decoder->stop, in_fd, out_fd);
    if (result == 0)
        result = picture_init(&decoder->picture, writer, message_fd);
    if (result == 0)
        result = jpeg_create(&decoder->jpeg);
    if (result == 0)
        result = tight_create(&decoder->source, decoder->jpeg, &decoder->tight);
    if (result < 0) {
        decoder_finish(decoder);
        return result;
    }
    look_init(&decoder->look, &decoder->source, message_fd);
    decoder->source.order_fd = message_fd;
    decoder->source.on_order = on_order;
    decoder->source.context = decoder;
    return 0;
}

/* The threads first: they paint into the picture. */
void decoder_finish(struct decoder *decoder)
{
    decoder->jpeg = jpeg_destroy(decoder->jpeg);
    decoder->tight = tight_destroy(decoder->tight);
    picture_finish(&decoder->picture);
    source_finish(&decoder->source);
}

static bool ring(struct decoder *decoder)
{
    const struct frame_message message = {.type = FRAME_BELL};
    return messages_send(decoder->message_fd, &decoder->stop, &message);
}

/* The clipboard comes another way. */
static bool skip_cut_text(struct decoder *decoder)
{
    uint8_t bytes[7];
    struct reader reader;

    if (!source_read(&decoder->source, bytes, sizeof bytes))
        return false;
    reader_init(&reader, bytes + 3, 4);
    uint32_t size_bytes = reader_u32(&reader);
    if (size_bytes > CUT_TEXT_MAX_BYTES)
        return stop_because(&decoder->stop, "a text of %u bytes", size_bytes);
    return source_skip(&decoder->source, size_bytes);
}

static bool read_fence(struct decoder *decoder)
{
    uint8_t bytes[8];
    uint8_t payload[UINT8_MAX];
    struct reader reader;

    if (!source_read(&decoder->source, bytes, sizeof bytes))
        return false;
    reader_init(&reader, bytes + 3, 5);
    uint32_t flags = reader_u32(&reader);
    uint8_t size_bytes = reader_u8(&reader);
    return source_read(&decoder->source, payload, size_bytes) &&
           look_on_fence(&decoder->look, flags, payload, size_bytes);
}

static bool read_message(struct decoder *decoder)
{
    uint8_t type = 0;

    if (!source_read(&decoder->source, &type, 1))
        return false;
    switch (type) {
    case SERVER_UPDATE:
        return update_read(decoder);
    case SERVER_BELL:
        return ring(decoder);
    case SERVER_CUT_TEXT:
        return skip_cut_text(decoder);
    case SERVER_END_OF_FLOW:
        return look_on_end_of_flow(&decoder->look);
    case SERVER_FENCE:
        return read_fence(decoder);
    default:
        return stop_because(&decoder->stop, "message %u, which was not asked for", type);
    }
}

void decoder_run(struct decoder *decoder)
{
    const struct picture *picture = &decoder->picture;

    if (!hello_run(decoder) || !picture_publish(&decoder->picture, &decoder->stop) ||
        !look_on_size(&decoder->look, (uint16_t)picture->width_px, (uint16_t)picture->height_px))
        return;
    while (read_message(decoder))
        ;
}
