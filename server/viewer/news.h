/* One line of a `watch` connection (docs/control.md) as far as a viewer without a window acts on
 * it. Pure but for memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NEWS_TEXT_ROOM 256

enum news_type {
    NEWS_NONE,     /* nothing of interest */
    NEWS_ACTIVE,   /* the answer to watch: which target is active */
    NEWS_SWITCHED, /* text: where to, and why if nobody asked for it */
    NEWS_REFUSED,  /* text: why a switch did not happen, or was taken back */
    NEWS_ACTIVITY, /* keys or motion go to a target */
    NEWS_FAILED,   /* text: the server did not do what we asked for */
};

struct news {
    enum news_type type;
    uint16_t number; /* ACTIVE, SWITCHED: the active target; 0: local */
    bool is_unasked; /* SWITCHED: it was lost, taken back or brought home */
    char text[NEWS_TEXT_ROOM];
};

void news_read(const char *line, struct news *ret_news);
