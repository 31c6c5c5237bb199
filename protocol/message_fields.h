/*
 * What a message's body is made of, for the encoder, the decoder and the tests: the rows behind
 * message_info. Private to protocol/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/message.h"

enum message_field_kind {
    FIELD_MAGIC, /* u32, MESSAGE_MAGIC; nothing in the struct */
    FIELD_U8,    /* numbers are in min..max */
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_TEXT,     /* char[room] */
    FIELD_LINES,    /* the same with line feeds and tabs, and not empty */
    FIELD_KEYS,     /* key_count and keys of struct message_press */
    FIELD_BYTES,    /* uint8_t[room] */
    FIELD_REPORT,   /* struct report */
    FIELD_MONITORS, /* monitor_count and monitors of struct message_geometry */
};

struct message_field {
    enum message_field_kind kind;
    uint16_t room;
    size_t offset; /* in struct message */
    uint64_t min, max;
    const char *why_bad; /* a sentence for MESSAGE_BAD */
};

#define MESSAGE_FIELDS_MAX 10

struct message_layout {
    struct message_info info;
    struct message_field fields[MESSAGE_FIELDS_MAX]; /* why_bad NULL after the last */
};

/* NULL for an unknown type. */
const struct message_layout *message_layout(uint8_t type);

/* What no single field tells: NULL, or a static sentence. */
const char *message_contradiction(const struct message *message);
