#include "agent/screen/sight.h"

#include <stdio.h>

#define MEGABYTE 1e6
#define SECOND   1e6

static int format_source(const struct source *source, char *ret_text, size_t room)
{
    char depth[32] = "";

    if (source->depth)
        snprintf(depth, sizeof depth, ", depth %d", source->depth);
    return snprintf(ret_text, room, "%d x %d%s, %s; ", source->width_px, source->height_px, depth,
                    source->how);
}

static void format_looked(const struct sight *sight, char *ret_text, size_t room)
{
    const struct feed_counts *before = &sight->before, *after = &sight->after;
    const double span_s = (double)sight->span_us / SECOND;
    int size = snprintf(ret_text, room, "%s looks: %.1f MB so far", sight->server,
                        (double)after->bytes / MEGABYTE);

    if (span_s > 0 && size > 0 && (size_t)size < room)
        snprintf(ret_text + size, room - (size_t)size, ", lately %.1f updates and %.2f MB a second",
                 (double)(after->updates - before->updates) / span_s,
                 (double)(after->bytes - before->bytes) / MEGABYTE / span_s);
}

void sight_format(const struct sight *sight, char ret_text[SIGHT_ROOM])
{
    if (!sight->source) {
        snprintf(ret_text, SIGHT_ROOM, "no screen: %s", sight->why);
        return;
    }
    const int size = format_source(sight->source, ret_text, SIGHT_ROOM);
    if (size < 0 || size >= SIGHT_ROOM)
        return;
    char *at = ret_text + size;
    const size_t room = SIGHT_ROOM - (size_t)size;
    if (!sight->server)
        snprintf(at, room, "nobody looks");
    else if (!sight->after.looking)
        snprintf(at, room, "nobody looks, %s is connected", sight->server);
    else
        format_looked(sight, at, room);
}
