#include "agent/screen/source.h"

#include <errno.h>
#include <stdio.h>

#include "agent/screen/pattern.h"
#include "agent/screen/x11.h"

int source_open(uv_loop_t *loop, const struct source_settings *settings,
                const struct source_handlers *handlers, void *context, struct source **ret_source,
                char ret_why[MESSAGE_REASON_ROOM])
{
    switch (settings->kind) {
    case SOURCE_PATTERN:
        return pattern_open(loop, handlers, context, ret_source);
    case SOURCE_NONE:
        snprintf(ret_why, MESSAGE_REASON_ROOM, "switched off in agent.conf there");
        return -ENOENT;
    default:
        return x11_open(loop, settings, handlers, context, ret_source, ret_why);
    }
}

struct source *source_destroy(struct source *source)
{
    if (source)
        source->ops->destroy(source);
    return NULL;
}

void source_watch(struct source *source, bool on)
{
    source->ops->watch(source, on);
}

int source_read(struct source *source, struct picture *picture, struct tiles *changed,
                struct moves *moves)
{
    source->reads++;
    return source->ops->read(source, picture, changed, moves);
}

int source_read_shape(struct source *source, struct shape *ret_shape)
{
    return source->ops->read_shape(source, ret_shape);
}

int source_read_pointer(struct source *source, int *ret_x_px, int *ret_y_px)
{
    return source->ops->read_pointer ? source->ops->read_pointer(source, ret_x_px, ret_y_px)
                                     : -ENOTSUP;
}

void source_show(struct source *source, const char *monitor)
{
    if (source->ops->show)
        source->ops->show(source, monitor);
}
