/*
 * The window as the server's input source: its `input` connection and the grab core that runs over
 * it. When the server is not there, or has another window, it tries again and says why.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/link_queue.h"
#include "protocol/report.h"
#include "server/hotkey/grab.h"
#include "server/viewer/client.h"

#define SOURCE_TROUBLE_ROOM 161

enum source_state { SOURCE_GONE, SOURCE_ASKED, SOURCE_LINKED };

struct source {
    struct grab grab;
    struct client *client; /* NULL: not connected */
    enum source_state state;
    bool failed; /* the link could not be written: close it at the next turn */
    uint64_t retry_us;
    char trouble[SOURCE_TROUBLE_ROOM]; /* why it is no source; empty when it is */
    /* The keyboard's shortcuts of the desktop go to the window, or to the desktop again. */
    void (*set_grabbed)(void *context, bool grabbed);
    void *context;
    struct link_queue queue; /* large, last */
};

void source_init(struct source *source, const struct hotkey_rules *rules,
                 void (*set_grabbed)(void *context, bool grabbed), void *context);
void source_finish(struct source *source);
/* Connects when it is time to, gives up a broken link, and runs the grab's times. */
void source_tick(struct source *source, uint64_t now_us);
/* The connection's descriptor is readable. */
void source_receive(struct source *source, uint64_t now_us);
uint64_t source_deadline_us(const struct source *source); /* UINT64_MAX: none */
int source_fd(const struct source *source);               /* -1: none */
