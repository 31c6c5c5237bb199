/*
 * Whether the target's screen is looked at: asks for updates, and says when the picture is what the
 * target shows (CURRENT).
 *
 * A target with ContinuousUpdates and Fence (rfbproto, community extensions) is told once to begin,
 * and a fence behind that comes back when all that had changed was sent. Another is asked for each
 * update, the first time for a whole picture.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/frame.h"
#include "server/decode/source.h"

struct look {
    struct source *source;
    int message_fd;
    uint16_t width_px, height_px; /* 0: the handshake is not over */
    enum frame_look wanted;
    bool told;        /* CURRENT, since looking began */
    bool has_picture; /* anything of this size was painted */
    bool can_flow;    /* the target knows ContinuousUpdates */
    bool flows;
    bool has_thumbnails; /* were asked for */
    bool has_fence;
    bool fence_is_out;
    uint32_t fence_number;
};

void look_init(struct look *look, struct source *source, int message_fd);

/* Thumbnails: of a target that can send them. */
bool look_set(struct look *look, enum frame_look wanted);
/* The size at the beginning, or another. */
bool look_on_size(struct look *look, uint16_t width_px, uint16_t height_px);
/* An update is published; `painted`: more than a size or a pointer was in it. */
bool look_on_update(struct look *look, bool painted);
/* The target's EndOfContinuousUpdates, and its Fence. */
bool look_on_end_of_flow(struct look *look);
bool look_on_fence(struct look *look, uint32_t flags, const uint8_t *payload, size_t size_bytes);
