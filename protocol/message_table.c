#include "protocol/message.h"

#include "protocol/message_fields.h"
#include "protocol/report_wire.h"

#define NUMBER(kind_, part, field, min_, max_)                                                     \
    {                                                                                              \
        .kind = kind_, .offset = offsetof(struct message, part.field), .min = min_, .max = max_,   \
        .why_bad = #part ": " #field " is out of its range"                                        \
    }
#define U8(part, field, min, max)  NUMBER(FIELD_U8, part, field, min, max)
#define U16(part, field, min, max) NUMBER(FIELD_U16, part, field, min, max)
#define U32(part, field)           NUMBER(FIELD_U32, part, field, 0, UINT32_MAX)
#define U64(part, field, min)      NUMBER(FIELD_U64, part, field, min, UINT64_MAX)
#define TEXT(part, field)                                                                          \
    {                                                                                              \
        .kind = FIELD_TEXT, .offset = offsetof(struct message, part.field),                        \
        .room = sizeof(((struct message *)NULL)->part.field),                                      \
        .why_bad = #part ": " #field " is too long, or no clean UTF-8"                             \
    }
#define LINES(part, field)                                                                         \
    {                                                                                              \
        .kind = FIELD_LINES, .offset = offsetof(struct message, part.field),                       \
        .room = sizeof(((struct message *)NULL)->part.field),                                      \
        .why_bad = #part ": " #field " is empty, too long, or no clean UTF-8"                      \
    }
#define BYTES(part, field)                                                                         \
    {                                                                                              \
        .kind = FIELD_BYTES, .offset = offsetof(struct message, part.field),                       \
        .room = sizeof(((struct message *)NULL)->part.field),                                      \
        .why_bad = #part ": " #field " is cut off"                                                 \
    }

/* A text's length byte takes the place of its NUL. */
#define NAME_MAX_BYTES   MESSAGE_NAME_ROOM
#define REASON_MAX_BYTES MESSAGE_REASON_ROOM
#define MONITOR_BYTES    (8 + NAME_MAX_BYTES)
#define LOCKS_MAX        (MESSAGE_LOCK_NUM | MESSAGE_LOCK_CAPS | MESSAGE_LOCK_SCROLL)

static const struct message_layout LAYOUTS[] = {
    {{MESSAGE_HELLO, "hello", 1, 22, 21 + NAME_MAX_BYTES, MESSAGE_TO_SERVER},
     {{.kind = FIELD_MAGIC, .why_bad = "hello: this is not hotdesk's protocol"},
      U16(hello, version_min, 1, UINT16_MAX),
      U16(hello, version_max, 1, UINT16_MAX),
      U8(hello, role, MESSAGE_ROLE_CONTROL, MESSAGE_ROLE_PAIRING),
      U32(hello, capabilities),
      U64(hello, control_number, 0),
      TEXT(hello, name)}},
    {{MESSAGE_WELCOME, "welcome", 1, 8, 6 + 2 * NAME_MAX_BYTES, MESSAGE_TO_AGENT},
     {U16(welcome, version, MESSAGE_VERSION_MIN, MESSAGE_VERSION_MAX), U32(welcome, capabilities),
      TEXT(welcome, target_name), TEXT(welcome, server_name)}},
    {{MESSAGE_REJECT, "reject", 1, 2, 1 + REASON_MAX_BYTES, MESSAGE_TO_AGENT},
     {U8(end, reason, 1, UINT8_MAX), TEXT(end, text)}},
    {{MESSAGE_BYE, "bye", 1, 2, 1 + REASON_MAX_BYTES, MESSAGE_BOTH},
     {U8(end, reason, 1, UINT8_MAX), TEXT(end, text)}},
    {{MESSAGE_PING, "ping", 1, 4, 4, MESSAGE_BOTH}, {U32(ping, number)}},
    {{MESSAGE_PONG, "pong", 1, 4, 4, MESSAGE_BOTH}, {U32(ping, number)}},
    {{MESSAGE_ENTER, "enter", 1, 8, 8, MESSAGE_TO_AGENT}, {U64(enter, control_number, 1)}},
    {{MESSAGE_ENTERED, "entered", 1, 11, 10 + REASON_MAX_BYTES, MESSAGE_TO_SERVER},
     {U64(entered, control_number, 1), U8(entered, taken, 0, 1), U8(entered, locks, 0, LOCKS_MAX),
      TEXT(entered, reason)}},
    {{MESSAGE_LEAVE, "leave", 1, 8, 8, MESSAGE_TO_AGENT}, {U64(leave, control_number, 1)}},
    {{MESSAGE_REPORT, "report", 1, 13 + REPORT_BYTES_MIN, 13 + REPORT_BYTES_MAX, MESSAGE_TO_AGENT},
     {U64(report, control_number, 1),
      U32(report, sequence),
      U8(report, wants_ack, 0, 1),
      {.kind = FIELD_REPORT,
       .offset = offsetof(struct message, report.report),
       .why_bad = "report: it has no event, too many, or one that it may not carry"}}},
    {{MESSAGE_ACK, "ack", 1, 4, 4, MESSAGE_TO_SERVER}, {U32(ack, sequence)}},
    {{MESSAGE_PRESS, "press", 2, 15, 13 + 2 * SCRIPT_KEYS_MAX, MESSAGE_TO_AGENT},
     {U64(press, control_number, 0),
      U32(press, job),
      {.kind = FIELD_KEYS, .why_bad = "press: no key, too many, or one that there is not"}}},
    {{MESSAGE_TEXT, "text", 2, 15, 14 + SCRIPT_TEXT_MAX, MESSAGE_TO_AGENT},
     {U64(text, control_number, 0), U32(text, job), U8(text, only_look, 0, 1), LINES(text, text)}},
    {{MESSAGE_SCRIPT_STOP, "script-stop", 2, 4, 4, MESSAGE_TO_AGENT}, {U32(script_stop, job)}},
    {{MESSAGE_TYPED, "typed", 2, 8, 7 + REASON_MAX_BYTES, MESSAGE_TO_SERVER},
     {U32(typed, job), U8(typed, result, MESSAGE_TYPED_ALL, MESSAGE_TYPED_STOPPED),
      U16(typed, position, 0, UINT16_MAX), TEXT(typed, reason)}},
    {{MESSAGE_STATE, "state", 1, 11, 9 + NAME_MAX_BYTES + REASON_MAX_BYTES, MESSAGE_TO_SERVER},
     {U8(state, ready, MESSAGE_READY_NO, MESSAGE_READY_YES), TEXT(state, injector),
      TEXT(state, reason), U32(state, unsendable_keys), U32(state, held_too_long)}},
    {{MESSAGE_LEDS, "leds", 1, 1, 1, MESSAGE_TO_SERVER}, {U8(leds, locks, 0, LOCKS_MAX)}},
    {{MESSAGE_GEOMETRY, "geometry", 1, 5, 5 + MESSAGE_MONITORS_MAX *MONITOR_BYTES,
      MESSAGE_TO_SERVER},
     {U16(geometry, width_px, 0, UINT16_MAX),
      U16(geometry, height_px, 0, UINT16_MAX),
      {.kind = FIELD_MONITORS,
       .why_bad = "geometry: too many monitors, or an empty or unnamed one"}}},
    {{MESSAGE_SCREEN_OPEN, "screen-open", 2, 4, 4, MESSAGE_TO_AGENT}, {U32(screen_open, number)}},
    {{MESSAGE_SCREEN_STATE, "screen-state", 2, 2, 1 + REASON_MAX_BYTES, MESSAGE_TO_SERVER},
     {U8(screen_state, has_screen, 0, 1), TEXT(screen_state, reason)}},
    {{MESSAGE_POINTER, "pointer", 2, 4, 4, MESSAGE_TO_SERVER},
     {U16(pointer, x_px, 0, UINT16_MAX), U16(pointer, y_px, 0, UINT16_MAX)}},
    {{MESSAGE_MONITOR, "monitor", 2, 2, NAME_MAX_BYTES + REASON_MAX_BYTES, MESSAGE_BOTH},
     {TEXT(shown, name), TEXT(shown, reason)}},
    {{MESSAGE_SCREEN_WISH, "screen-wish", 2, 3, 3, MESSAGE_TO_AGENT},
     {U8(screen_wish, quality, MESSAGE_QUALITY_AUTO, MESSAGE_QUALITY_LOW),
      U16(screen_wish, scale_permille, MESSAGE_SCALE_MIN, MESSAGE_SCALE_MAX)}},
    {{MESSAGE_SCREEN_FIGURES, "screen-figures", 2, 44, 44, MESSAGE_TO_SERVER},
     {U32(screen_figures, updates), U32(screen_figures, merged),
      U64(screen_figures, tight_bytes, 0), U64(screen_figures, jpeg_bytes, 0),
      U64(screen_figures, raw_bytes, 0), U16(screen_figures, waits_permille, 0, 1000),
      U16(screen_figures, works_permille, 0, 1000), U32(screen_figures, p50_us),
      U32(screen_figures, p99_us)}},
    {{MESSAGE_PAIR_PROOF, "pair-proof", 1, 32, 32, MESSAGE_TO_SERVER}, {BYTES(pair_proof, proof)}},
    {{MESSAGE_PAIRED, "paired", 1, 34, 32 + 2 * NAME_MAX_BYTES, MESSAGE_TO_AGENT},
     {BYTES(paired, proof), TEXT(paired, target_name), TEXT(paired, server_name)}},
};

const struct message_layout *message_layout(uint8_t type)
{
    for (size_t i = 0; i < sizeof LAYOUTS / sizeof LAYOUTS[0]; i++) {
        if (LAYOUTS[i].info.type == type)
            return &LAYOUTS[i];
    }
    return NULL;
}

const struct message_info *message_info(uint8_t type)
{
    const struct message_layout *layout = message_layout(type);
    return layout ? &layout->info : NULL;
}

uint16_t message_common_version(const struct message_hello *hello)
{
    uint16_t version =
        hello->version_max < MESSAGE_VERSION_MAX ? hello->version_max : MESSAGE_VERSION_MAX;
    return version >= hello->version_min && version >= MESSAGE_VERSION_MIN ? version : 0;
}

static bool has_key_twice(const struct message_press *press)
{
    for (uint8_t i = 1; i < press->key_count && i < SCRIPT_KEYS_MAX; i++)
        for (uint8_t j = 0; j < i; j++)
            if (press->keys[i] == press->keys[j])
                return true;
    return false;
}

const char *message_contradiction(const struct message *message)
{
    if (message->type == MESSAGE_HELLO && message->hello.version_min > message->hello.version_max)
        return "hello: its lowest version is above its highest";
    if (message->type == MESSAGE_GEOMETRY &&
        (message->geometry.width_px == 0) != (message->geometry.height_px == 0))
        return "geometry: a width without a height, or a height without a width";
    if (message->type == MESSAGE_PRESS && has_key_twice(&message->press))
        return "press: a key is there twice";
    return NULL;
}
