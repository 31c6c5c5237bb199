/*
 * What the two ends of `hotdesk add` read of each other, as libFuzzer calls it. The first byte
 * tells which: what comes over the user's ssh, in pieces of the second byte's size, or the order
 * that `hotdesk-agent join` is given, which came over ssh from the second byte's address.
 */
#include "tests/hostile/fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/order.h"
#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "server/cli/heard.h"

#define PIECE_WHOLE 255
#define ORDER_ROOM  512

static char reason[ERROR_ROOM];

/* --- the console's end --- */

static void check_texts(json_t *value)
{
    size_t index;
    const char *key;
    json_t *inner;

    if (json_is_string(value) &&
        !text_is_clean(json_string_value(value), json_string_length(value)))
        abort(); /* what no terminal should show */
    json_array_foreach(value, index, inner)
    {
        check_texts(inner);
    }
    json_object_foreach(value, key, inner)
    {
        check_texts(inner);
    }
}

static bool take_objects(struct heard *heard, struct lines *lines, json_t *objects)
{
    json_t *object;

    while ((object = heard_take(heard, lines))) {
        check_texts(object);
        json_array_append_new(objects, object);
    }
    return heard->said_bytes <= ADD_NOISE_MAX_BYTES;
}

static json_t *hear(const uint8_t *bytes, size_t size_bytes, size_t piece_bytes,
                    struct heard *ret_heard)
{
    struct lines *lines = calloc(1, sizeof *lines); /* fd 0: more may come */
    json_t *objects = json_array();
    bool goes_on = true;

    if (!lines || !objects)
        abort();
    *ret_heard = (struct heard){0};
    for (size_t at = 0; at < size_bytes && goes_on;) {
        const size_t room_bytes = sizeof lines->bytes - 1 - lines->used;
        size_t count = size_bytes - at < piece_bytes ? size_bytes - at : piece_bytes;
        count = count < room_bytes ? count : room_bytes;
        if (count == 0)
            abort(); /* it would read nothing for ever */
        memcpy(lines->bytes + lines->used, bytes + at, count);
        lines->used += count;
        at += count;
        goes_on = take_objects(ret_heard, lines, objects);
    }
    lines->fd = -1;
    if (goes_on && take_objects(ret_heard, lines, objects) && ret_heard->said_bytes != size_bytes)
        abort(); /* it may say as much as it likes */
    free(lines);
    return objects;
}

static const char *run_lines(const uint8_t *bytes, size_t size_bytes, uint8_t piece)
{
    struct heard heard, same;
    json_t *objects =
        hear(bytes, size_bytes, piece == PIECE_WHOLE ? LINE_ROOM : piece + 1u, &heard);
    json_t *same_objects = hear(bytes, size_bytes, LINE_ROOM, &same);
    const size_t count = json_array_size(objects);

    if (!json_equal(objects, same_objects) || heard.said_bytes != same.said_bytes ||
        strcmp(heard.last_words, same.last_words) != 0)
        abort(); /* another text, since it came in pieces */
    if (!text_is_clean(heard.last_words, strlen(heard.last_words)))
        abort();
    json_decref(objects);
    json_decref(same_objects);
    return count > 0 ? "it was taken" : "no line is an object";
}

/* --- the agent's end --- */

static void write_again(const struct order *order, char text[ORDER_ROOM])
{
    char fingerprint[FINGERPRINT_TEXT_ROOM], code[CODE_TEXT_ROOM], address[DIAL_HOST_ROOM + 16];

    fingerprint_format(&order->server, fingerprint);
    code_format(&order->code, code);
    endpoint_format(&order->endpoint, address, sizeof address);
    snprintf(text, ORDER_ROOM, "pair %s %u %s %s", fingerprint, order->endpoint.port, address,
             code);
}

static const char *run_order(const uint8_t *bytes, size_t size_bytes, uint8_t from)
{
    static const char *const addresses[] = {"", "192.0.2.7", "2001:db8::1", "fe80::1%eth0", "a b"};
    const char *address = addresses[from % (sizeof addresses / sizeof *addresses)];
    char text[ORDER_ROOM], again[ORDER_ROOM];
    struct order order, same;

    snprintf(text, sizeof text, "%.*s", (int)size_bytes, (const char *)bytes);
    const char *wrong = order_read(text, address, &order);
    if (wrong && !wrong[0])
        abort();
    if (wrong)
        return wrong;
    write_again(&order, again);
    if (order_read(again, "", &same) || !fingerprint_equal(&order.server, &same.server) ||
        memcmp(&order.code, &same.code, sizeof same.code) != 0 ||
        strcmp(order.endpoint.host, same.endpoint.host) != 0 ||
        order.endpoint.port != same.endpoint.port)
        abort();
    return "it was taken";
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    if (size_bytes < 2)
        return 0;
    snprintf(reason, sizeof reason, "%s",
             bytes[0] % 2 ? run_order(bytes + 2, size_bytes - 2, bytes[1])
                          : run_lines(bytes + 2, size_bytes - 2, bytes[1]));
    return 0;
}

const char *fuzz_reason(void)
{
    return reason;
}
