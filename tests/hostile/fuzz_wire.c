/*
 * Every decoder of protocol/ as libFuzzer calls it: frames of a control connection, messages of the
 * link to an input source, of a decoder and of a viewer, texts, the head of the picture file. The
 * first byte tells which.
 * What is taken must be the one encoding of itself: then no byte was overlooked, and none invented.
 */
#include "tests/hostile/fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/cursor.h"
#include "protocol/frame.h"
#include "protocol/link.h"
#include "protocol/message.h"
#include "tests/hostile/frame_reader.h"

enum kind {
    TO_SERVER,
    TO_AGENT,
    FROM_SOURCE,
    TO_SOURCE,
    FROM_DECODER,
    TO_DECODER,
    TO_FOLLOWER,
    TEXT,
    PICTURE_FILE,
    KINDS
};

static char reason[256];

/* A copy of its own, so that the sanitizer sees a byte that is read behind the end. */
static uint8_t *copy_of(const uint8_t *bytes, size_t size_bytes)
{
    uint8_t *copy = malloc(size_bytes ? size_bytes : 1);
    if (!copy)
        abort();
    if (size_bytes)
        memcpy(copy, bytes, size_bytes);
    return copy;
}

static void merge(const struct report *report, struct report *sum)
{
    const struct report before = *sum;

    if (!report_merge(sum, report) && memcmp(&before, sum, sizeof before) != 0)
        abort(); /* it said that nothing was changed */
    if (sum->event_count > 0 && !report_has_motion(sum) && !report_has_keys(sum) &&
        report_has_motion(report))
        abort(); /* the pointer's way was lost */
    for (uint8_t i = 0; i < sum->event_count; i++)
        if (!report_event_is_valid(&sum->events[i]))
            abort();
}

static const char *run_messages(const uint8_t *bytes, size_t size_bytes,
                                enum message_direction direction)
{
    struct report sum = {0};
    struct message message;
    size_t used = 0;
    const char *why = NULL;

    for (size_t at = 0;; at += used) {
        uint8_t again[MESSAGE_FRAME_MAX];
        enum message_result result =
            message_decode(bytes + at, size_bytes - at, direction, &message, &used, &why);
        if (result == MESSAGE_BAD && (!why || !why[0]))
            abort(); /* a refusal without a reason */
        if (result != MESSAGE_OK)
            return result == MESSAGE_BAD ? why : "it was closed";
        if (used > size_bytes - at || message_encode(&message, again, sizeof again) != used ||
            memcmp(again, bytes + at, used) != 0)
            abort();
        if (message.type == MESSAGE_REPORT)
            merge(&message.report.report, &sum);
        if (message.type == MESSAGE_HELLO &&
            message_common_version(&message.hello) > message.hello.version_max)
            abort();
    }
}

static const char *run_link(const uint8_t *bytes, size_t size_bytes, bool from_source)
{
    uint8_t whole[LINK_MESSAGE_BYTES] = {0}, again[LINK_MESSAGE_BYTES];
    struct link_message message;
    const char *why = NULL;

    memcpy(whole, bytes, size_bytes < sizeof whole ? size_bytes : sizeof whole);
    if (!link_decode(whole, from_source, &message, &why)) {
        if (!why || !why[0])
            abort();
        return why;
    }
    if (!link_encode(&message, again) || memcmp(again, whole, sizeof whole) != 0)
        abort();
    return "it was closed";
}

/* A reader that knows how large the picture is. */
static void use_frame(const struct frame_message *message)
{
    struct frame_damage sum = {0};

    if (message->type == FRAME_MOVE)
        frame_move_fits(&message->move, 640, 480);
    if (message->type != FRAME_DAMAGE || !frame_damage_fits(&message->damage, 640, 480))
        return;
    for (uint8_t i = 0; i < message->damage.count; i++)
        frame_damage_add(&sum, &message->damage.rectangles[i]);
    if (sum.count == 0 || !frame_damage_fits(&sum, 640, 480))
        abort();
}

static const char *run_frame(const uint8_t *bytes, size_t size_bytes, enum frame_way way)
{
    uint8_t whole[FRAME_MESSAGE_BYTES] = {0}, again[FRAME_MESSAGE_BYTES];
    struct frame_message message;
    const char *why = NULL;

    memcpy(whole, bytes, size_bytes < sizeof whole ? size_bytes : sizeof whole);
    if (!frame_message_decode(whole, way, &message, &why)) {
        if (!why || !why[0])
            abort();
        return why;
    }
    use_frame(&message);
    if (!frame_message_encode(&message, again) || memcmp(again, whole, sizeof whole) != 0)
        abort();
    return "it was closed";
}

static const char *run_text(const uint8_t *bytes, size_t size_bytes)
{
    char text[MESSAGE_REASON_ROOM], clean[MESSAGE_REASON_ROOM];

    snprintf(text, sizeof text, "%.*s", (int)size_bytes, (const char *)bytes);
    text_make_clean(text, clean, sizeof clean);
    if (strlen(clean) > strlen(text) || !text_is_clean(clean, strlen(clean)))
        abort();
    if (text_is_clean(text, strlen(text)) != (strcmp(text, clean) == 0))
        abort();
    return strcmp(text, clean) == 0 ? "it was closed" : "the text is not clean";
}

static const char *run(unsigned kind, const uint8_t *bytes, size_t size_bytes)
{
    switch (kind) {
    case TO_SERVER:
        return run_messages(bytes, size_bytes, MESSAGE_TO_SERVER);
    case TO_AGENT:
        return run_messages(bytes, size_bytes, MESSAGE_TO_AGENT);
    case FROM_SOURCE:
    case TO_SOURCE:
        return run_link(bytes, size_bytes, kind == FROM_SOURCE);
    case FROM_DECODER:
        return run_frame(bytes, size_bytes, FRAME_FROM_DECODER);
    case TO_DECODER:
        return run_frame(bytes, size_bytes, FRAME_TO_DECODER);
    case TO_FOLLOWER:
        return run_frame(bytes, size_bytes, FRAME_TO_FOLLOWER);
    case TEXT:
        return run_text(bytes, size_bytes);
    default:
        return frame_reader_run(bytes, size_bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    if (size_bytes == 0)
        return 0;
    uint8_t *copy = copy_of(bytes + 1, size_bytes - 1);
    snprintf(reason, sizeof reason, "%s", run(bytes[0] % KINDS, copy, size_bytes - 1));
    free(copy);
    return 0;
}

const char *fuzz_reason(void)
{
    return reason;
}
