/*
 * What one screen connection sends and when: reads the source, keeps what the other side does not
 * have yet, and makes updates of it as the link takes them. The latest picture wins: nothing that
 * is out of date waits in a queue.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/source.h"

struct feed;

struct feed_handlers {
    void (*send)(void *context, const void *bytes, size_t size_bytes);
    void (*looked)(void *context); /* somebody looks now, or nobody any more */
};

/* What was done so far, and whether somebody looks, at the picture or at thumbnails of it. */
struct feed_counts {
    bool looking;
    uint64_t updates, bytes;
};

/* The source outlives it. 0 or -errno. */
int feed_create(uv_loop_t *loop, struct source *source, const struct feed_handlers *handlers,
                void *context, struct feed **ret_feed);
struct feed *feed_destroy(struct feed *feed); /* NULL ok; not from within `send` */

void feed_start(struct feed *feed);
/* How many bytes were used; *ret_why set: the connection must end, and why. */
size_t feed_received(struct feed *feed, const uint8_t *bytes, size_t size_bytes,
                     const char **ret_why);
void feed_set_quality(struct feed *feed, enum message_quality quality);
/* What sent bytes has room again. */
void feed_drained(struct feed *feed);
/* NULL; or why it cannot go on, set within any of these calls. */
const char *feed_trouble(const struct feed *feed);
struct feed_counts feed_counts(const struct feed *feed);
/* Lately is since the last call. */
void feed_figures(struct feed *feed, struct message_screen_figures *ret_figures);

/* The source's events. */
void feed_on_changed(struct feed *feed);
void feed_on_resized(struct feed *feed);
void feed_on_pointed(struct feed *feed);
