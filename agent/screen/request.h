/*
 * What an RFB client sends (RFC 6143, 7.5; Fence and ContinuousUpdates of rfbproto), message by
 * message. Keys, pointer and clipboard are recognised and dropped: input has another way. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"

enum request_type {
    REQUEST_NOTHING,    /* nothing that concerns us */
    REQUEST_ENCODINGS,  /* what it can take */
    REQUEST_ALL,        /* send everything anew */
    REQUEST_LOOK,       /* ContinuousUpdates on or off */
    REQUEST_THUMBNAILS, /* on or off, no larger than this */
    REQUEST_FENCE,
};

struct request_encodings {
    bool tight, jpeg, copy, alpha_cursor, rich_cursor, size, extended_size;
    bool last_rect, fence, continuous;
};

struct request {
    enum request_type type;
    struct request_encodings encodings;
    bool look; /* of THUMBNAILS too: on */
    uint16_t width_max_px, height_max_px;
    uint32_t fence_flags;
    uint8_t fence_bytes;
    uint8_t fence[FENCE_MAX_BYTES];
};

#define REQUEST_FENCE_ASKS  0x80000000u
#define REQUEST_FENCE_KNOWN 0x00000007u /* BlockBefore, BlockAfter, SyncNext */

enum request_result { REQUEST_OK, REQUEST_NEED_MORE, REQUEST_BAD };

/* Takes the first message of `bytes`. OK: *ret_used_bytes tells how much it was. BAD: *ret_why is a
 * static sentence. A message that we drop may be longer than what is there: then *ret_skip_bytes of
 * what comes next belong to it. */
enum request_result request_read(const uint8_t *bytes, size_t size_bytes,
                                 struct request *ret_request, size_t *ret_used_bytes,
                                 size_t *ret_skip_bytes, const char **ret_why);
