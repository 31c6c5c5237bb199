/*
 * What a source has said and its link does not take yet: the server is busy for a moment. Motion
 * that waits is summed, in its order against keys, so that a quick mouse does not fill the link.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "protocol/limits.h"
#include "protocol/link.h"

struct link_queue {
    size_t first, count;
    struct link_message messages[LINK_QUEUE_MAX]; /* a ring; pages that are not used cost nothing */
};

/* False when it is full: the server is as good as silent. */
bool link_queue_add(struct link_queue *queue, const struct link_message *message);
/* The one that goes next; NULL: none waits. */
const struct link_message *link_queue_first(const struct link_queue *queue);
void link_queue_drop_first(struct link_queue *queue);
void link_queue_clear(struct link_queue *queue);
