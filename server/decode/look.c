#include "server/decode/look.h"

#include <string.h>

#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "protocol/thumbnail.h"
#include "server/decode/messages.h"

#define MESSAGE_UPDATE_REQUEST 3
#define MESSAGE_ENABLE_FLOW    150
#define MESSAGE_FENCE          248
#define FENCE_REQUEST          0x80000000u
#define FENCE_BLOCK_BEFORE     0x00000001u
#define FENCE_KNOWN            0x00000007u /* BlockBefore, BlockAfter, SyncNext */

void look_init(struct look *look, struct source *source, int message_fd)
{
    *look = (struct look){.source = source, .message_fd = message_fd};
}

static bool write_area(struct look *look, uint8_t type, bool flag)
{
    uint8_t bytes[10];
    struct writer writer;

    writer_init(&writer, bytes, sizeof bytes);
    writer_u8(&writer, type);
    writer_u8(&writer, flag);
    writer_u16(&writer, 0);
    writer_u16(&writer, 0);
    writer_u16(&writer, look->width_px);
    writer_u16(&writer, look->height_px);
    return source_write(look->source, bytes, writer_size(&writer));
}

static bool write_fence(struct look *look, uint32_t flags, const uint8_t *payload,
                        size_t size_bytes)
{
    uint8_t bytes[9 + FENCE_MAX_BYTES];
    struct writer writer;

    writer_init(&writer, bytes, sizeof bytes);
    writer_u32(&writer, (uint32_t)MESSAGE_FENCE << 24);
    writer_u32(&writer, flags);
    writer_u8(&writer, (uint8_t)size_bytes);
    writer_bytes(&writer, payload, size_bytes);
    return source_write(look->source, bytes, writer_size(&writer));
}

static void number_to_bytes(uint32_t number, uint8_t ret_bytes[4])
{
    struct writer writer;
    writer_init(&writer, ret_bytes, 4);
    writer_u32(&writer, number);
}

/* The newest fence alone counts: what an older one told may be about a look that is over. */
static bool send_fence(struct look *look)
{
    uint8_t payload[4];

    if (!look->has_fence)
        return true;
    look->fence_is_out = true;
    number_to_bytes(++look->fence_number, payload);
    return write_fence(look, FENCE_REQUEST | FENCE_BLOCK_BEFORE, payload, sizeof payload);
}

static bool set_flow(struct look *look, bool flows)
{
    look->flows = flows;
    return write_area(look, MESSAGE_ENABLE_FLOW, flows) && (!flows || send_fence(look));
}

static bool request(struct look *look, bool incremental)
{
    return write_area(look, MESSAGE_UPDATE_REQUEST, incremental);
}

static bool set_thumbnails(struct look *look, bool on)
{
    uint8_t bytes[THUMBNAIL_REQUEST_BYTES];
    struct writer writer;

    if (look->has_thumbnails == on)
        return true;
    look->has_thumbnails = on;
    writer_init(&writer, bytes, sizeof bytes);
    writer_u8(&writer, THUMBNAIL_REQUEST);
    writer_u8(&writer, on);
    writer_u16(&writer, THUMBNAIL_WIDTH_MAX_PX);
    writer_u16(&writer, THUMBNAIL_HEIGHT_MAX_PX);
    return source_write(look->source, bytes, writer_size(&writer));
}

static bool tell_if_current(struct look *look)
{
    const struct frame_message message = {.type = FRAME_CURRENT};

    if (look->wanted != FRAME_LOOK_FULL || look->told || look->fence_is_out || !look->has_picture)
        return true;
    look->told = true;
    return messages_send(look->message_fd, look->source->stop, &message);
}

static bool begin(struct look *look)
{
    if ((!look->has_picture || !look->can_flow) && !request(look, false))
        return false;
    return !look->can_flow || set_flow(look, true);
}

/* What is asked for comes before what is not any more: somebody looks all the time. */
static bool change(struct look *look)
{
    if (look->wanted == FRAME_LOOK_THUMBNAIL && !set_thumbnails(look, true))
        return false;
    if (look->wanted == FRAME_LOOK_FULL && !begin(look))
        return false;
    if (look->wanted != FRAME_LOOK_FULL && look->flows && !set_flow(look, false))
        return false;
    return look->wanted == FRAME_LOOK_THUMBNAIL || set_thumbnails(look, false);
}

bool look_set(struct look *look, enum frame_look wanted)
{
    if (look->wanted == wanted)
        return true;
    look->wanted = wanted;
    look->told = false;
    return look->width_px == 0 || change(look);
}

bool look_on_size(struct look *look, uint16_t width_px, uint16_t height_px)
{
    bool first = look->width_px == 0;

    look->width_px = width_px;
    look->height_px = height_px;
    look->has_picture = false;
    if (look->wanted != FRAME_LOOK_FULL)
        return !first || change(look);
    return first ? begin(look) : look->can_flow ? set_flow(look, true) : request(look, false);
}

bool look_on_update(struct look *look, bool painted)
{
    look->has_picture = look->has_picture || painted;
    if (look->wanted == FRAME_LOOK_FULL && !look->can_flow && !request(look, true))
        return false;
    return tell_if_current(look);
}

bool look_on_end_of_flow(struct look *look)
{
    bool first = !look->can_flow;

    look->can_flow = true;
    return !first || look->wanted != FRAME_LOOK_FULL || set_flow(look, true);
}

bool look_on_fence(struct look *look, uint32_t flags, const uint8_t *payload, size_t size_bytes)
{
    uint8_t expected[4];

    if (size_bytes > FENCE_MAX_BYTES)
        return stop_because(look->source->stop, "a fence of %zu bytes", size_bytes);
    if (flags & FENCE_REQUEST) {
        bool first = !look->has_fence;
        look->has_fence = true;
        return write_fence(look, flags & FENCE_KNOWN, payload, size_bytes) &&
               (!first || !look->flows || send_fence(look));
    }
    number_to_bytes(look->fence_number, expected);
    if (!look->fence_is_out || size_bytes != sizeof expected ||
        memcmp(payload, expected, sizeof expected) != 0)
        return true;
    look->fence_is_out = false;
    return tell_if_current(look);
}
