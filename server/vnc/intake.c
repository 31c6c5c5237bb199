#include "server/vnc/intake.h"

#include <string.h>

#define CUT_TEXT_HEAD_BYTES 8
#define ENCODING_BYTES      4

enum client_message {
    SET_PIXEL_FORMAT = 0,
    SET_ENCODINGS = 2,
    UPDATE_REQUEST = 3,
    KEY_EVENT = 4,
    POINTER_EVENT = 5,
    CUT_TEXT = 6,
    SET_DESKTOP_SIZE = 251,
};

struct head {
    uint8_t type;
    uint8_t head_bytes; /* enough to tell how long it is */
};

static const struct head HEADS[] = {
    {SET_PIXEL_FORMAT, 20}, {SET_ENCODINGS, 4}, {UPDATE_REQUEST, 10},  {KEY_EVENT, 8},
    {POINTER_EVENT, 6},     {CUT_TEXT, 8},      {SET_DESKTOP_SIZE, 8},
};

uint8_t *intake_room(struct intake *intake, size_t *ret_room_bytes)
{
    *ret_room_bytes = sizeof intake->bytes - intake->count;
    return intake->bytes + intake->count;
}

void intake_added(struct intake *intake, size_t count)
{
    intake->count += count;
}

void intake_drop(struct intake *intake, size_t size)
{
    intake->count -= size;
    memmove(intake->bytes, intake->bytes + size, intake->count);
}

static enum intake_result bad(const char **ret_why, const char *why)
{
    *ret_why = why;
    return INTAKE_BAD;
}

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Those whose way out of libvncserver is short, and what TigerVNC and libvncclient need. */
static bool encoding_passes(int32_t encoding)
{
    static const int32_t passes[] = {
        0,    1,    2,    5,    6, 7, 16, /* Raw, CopyRect, RRE, Hextile, Zlib, Tight, ZRLE */
        -223, -224, -239, -240,           /* size, LastRect, the pointer's shapes */
    };
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++)
        if (passes[i] == encoding)
            return true;
    return (encoding >= -32 && encoding <= -23) || (encoding >= -256 && encoding <= -247);
}

/* Takes out what does not pass; the rest of the message moves up. */
static void filter_encodings(struct intake *intake, unsigned count, size_t *ret_size)
{
    uint8_t *list = intake->bytes + 4;
    unsigned kept = 0;
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *encoding = list + (size_t)i * ENCODING_BYTES;
        if (encoding_passes((int32_t)number_at(encoding)))
            memmove(list + (size_t)kept++ * ENCODING_BYTES, encoding, ENCODING_BYTES);
    }
    size_t whole = 4 + (size_t)count * ENCODING_BYTES, left = 4 + (size_t)kept * ENCODING_BYTES;
    memmove(intake->bytes + left, intake->bytes + whole, intake->count - whole);
    intake->count -= whole - left;
    intake->bytes[2] = (uint8_t)(kept >> 8);
    intake->bytes[3] = (uint8_t)kept;
    *ret_size = left;
}

static enum intake_result take_encodings(struct intake *intake, size_t *ret_size,
                                         const char **ret_why)
{
    unsigned count = (unsigned)intake->bytes[2] << 8 | intake->bytes[3];
    if (count > REQUEST_ENCODINGS_MAX)
        return bad(ret_why, "it lists too many encodings");
    if (intake->count < 4 + (size_t)count * ENCODING_BYTES)
        return INTAKE_MORE;
    filter_encodings(intake, count, ret_size);
    return INTAKE_WHOLE;
}

/* A negative length is that of an extended clipboard. */
static uint32_t cut_text_bytes(const uint8_t *head)
{
    uint32_t size = number_at(head + 4);
    return size >> 31 ? 0u - size : size;
}

/* Dropped: there is no clipboard, and nobody may change the target's screen. */
static bool is_dropped(uint8_t type)
{
    return type == CUT_TEXT || type == SET_DESKTOP_SIZE;
}

static size_t rest_bytes(const uint8_t *head)
{
    return head[0] == CUT_TEXT ? cut_text_bytes(head) : (size_t)head[6] * 16;
}

static const struct head *find_head(uint8_t type)
{
    for (size_t i = 0; i < sizeof HEADS / sizeof HEADS[0]; i++)
        if (HEADS[i].type == type)
            return &HEADS[i];
    return NULL;
}

static void skip(struct intake *intake)
{
    size_t now = intake->skip_bytes < intake->count ? intake->skip_bytes : intake->count;
    intake_drop(intake, now);
    intake->skip_bytes -= now;
}

static enum intake_result take_message(struct intake *intake, size_t *ret_size,
                                       const char **ret_why)
{
    for (skip(intake); intake->count > 0 && intake->skip_bytes == 0; skip(intake)) {
        const struct head *head = find_head(intake->bytes[0]);
        if (!head)
            return bad(ret_why, "it sent a message of a type that is not taken here");
        if (intake->count < head->head_bytes)
            return INTAKE_MORE;
        if (head->type == SET_ENCODINGS)
            return take_encodings(intake, ret_size, ret_why);
        if (!is_dropped(head->type)) {
            *ret_size = head->head_bytes;
            return INTAKE_WHOLE;
        }
        size_t rest = rest_bytes(intake->bytes);
        if (rest > CUT_TEXT_MAX_BYTES)
            return bad(ret_why, "its clipboard's text is too long");
        intake->skip_bytes = CUT_TEXT_HEAD_BYTES + rest;
    }
    return INTAKE_MORE;
}

static bool version_is_good(const uint8_t bytes[INTAKE_VERSION_BYTES])
{
    if (memcmp(bytes, "RFB 003.00", 10) != 0 || bytes[11] != '\n')
        return false;
    return bytes[10] == '3' || bytes[10] == '7' || bytes[10] == '8';
}

enum intake_result intake_next(struct intake *intake, enum intake_stage stage, size_t *ret_size,
                               const char **ret_why)
{
    static const uint8_t sizes[] = {[INTAKE_VERSION] = INTAKE_VERSION_BYTES,
                                    [INTAKE_SECURITY] = 1,
                                    [INTAKE_PASSWORD] = 16,
                                    [INTAKE_INIT] = 1};
    if (stage == INTAKE_MESSAGE)
        return take_message(intake, ret_size, ret_why);
    if (intake->count < sizes[stage])
        return INTAKE_MORE;
    if (stage == INTAKE_VERSION && !version_is_good(intake->bytes))
        return bad(ret_why, "it speaks no RFB 3.3, 3.7 or 3.8");
    *ret_size = sizes[stage];
    return INTAKE_WHOLE;
}
