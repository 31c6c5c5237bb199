/*
 * A screen connection: dials the server as the control connection does, shows the same key, says
 * which SCREEN_OPEN it answers, and carries RFB from the welcome on.
 */
#pragma once

#include <uv.h>

#include "agent/pin.h"
#include "agent/screen/feed.h"
#include "agent/screen/source.h"
#include "common/stream.h"

struct line;

struct line_handlers {
    /* It is gone, and why; the callee destroys it. Called from the loop. */
    void (*closed)(void *context, const char *why);
    void (*looked)(void *context); /* what line_counts tells is another thing now */
};

/* `tls`, `source` and `handlers` outlive it. 0 or -errno. */
int line_open(uv_loop_t *loop, struct tls *tls, const struct pin *pin, uint32_t number,
              struct source *source, const struct line_handlers *handlers, void *context,
              struct line **ret_line);
struct line *line_close(struct line *line); /* NULL ok */
/* False: it is not open, or NULL. */
bool line_counts(const struct line *line, struct feed_counts *ret_counts);

void line_set_quality(struct line *line, enum message_quality quality);
/* As feed_figures. False: it is not open, or NULL. */
bool line_figures(struct line *line, struct message_screen_figures *ret_figures);

/* The source's events. */
void line_on_changed(struct line *line);
void line_on_resized(struct line *line);
void line_on_pointed(struct line *line);
