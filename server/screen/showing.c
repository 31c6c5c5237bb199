#include "server/screen/showing.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/times.h"
#include "server/screen/decoder.h"
#include "server/screen/pump.h"
#include "server/screen/screen.h"

struct showing {
    const struct showing_handlers *handlers;
    void *context;
    struct pump *pump;
    struct decoder *decoder;
    uint64_t began_us;
    enum frame_look look;
    bool is_running; /* the decoder takes bytes */
    bool is_current, has_cursor;
    bool can_thumbnail; /* its agent */
    bool rests;         /* it cannot, and its picture is up to date for now */
    struct frame_size thumbnail;
};

/* -- looking -- */

/* How the decoder is to look. */
static enum frame_look look_of(const struct showing *showing)
{
    if (showing->look != FRAME_LOOK_THUMBNAIL || showing->can_thumbnail)
        return showing->look;
    return showing->rests ? FRAME_LOOK_AWAY : FRAME_LOOK_FULL;
}

/* Of an agent without thumbnails: until the next one would be due. */
static void rest(struct showing *showing)
{
    if (showing->look != FRAME_LOOK_THUMBNAIL || showing->can_thumbnail || showing->rests)
        return;
    showing->rests = true;
    decoder_look(showing->decoder, look_of(showing));
    showing->handlers->rests(showing->context, clock_now_us() + time_us(TIME_THUMBNAIL));
}

void showing_wake(struct showing *showing)
{
    if (!showing || !showing->rests || !showing->is_running)
        return;
    showing->rests = false;
    decoder_look(showing->decoder, look_of(showing));
}

void showing_look(struct showing *showing, enum frame_look look)
{
    showing->look = look;
    showing->is_current = showing->rests = false;
    if (showing->is_running)
        decoder_look(showing->decoder, look_of(showing));
}

/* -- what its two ends tell -- */

static void decoder_is_ready(void *context)
{
    struct showing *showing = context;
    showing->is_running = true;
    if (pump_start(showing->pump, decoder_stream_fd(showing->decoder)) < 0) {
        showing->handlers->ended(showing->context, true, "its socket cannot be polled");
        return;
    }
    if (showing->look)
        decoder_look(showing->decoder, look_of(showing));
    showing->handlers->ready(showing->context);
}

static void decoder_told(void *context, const struct frame_message *message)
{
    struct showing *showing = context;
    if (message->type == FRAME_CURRENT) {
        rest(showing);
        if (!showing->look || showing->is_current)
            return; /* nobody looks any more; or a word too many */
        showing->is_current = true;
    }
    if (message->type == FRAME_CURSOR)
        showing->has_cursor = true;
    if (message->type == FRAME_THUMBNAIL)
        showing->thumbnail = message->size;
    else if (message->type == FRAME_DAMAGE || message->type == FRAME_SIZE)
        showing->thumbnail = (struct frame_size){0};
    showing->handlers->told(showing->context, message);
}

static void decoder_stopped(void *context, const char *why)
{
    struct showing *showing = context;
    showing->handlers->ended(showing->context, true, why);
}

static const struct decoder_handlers decoder_handlers = {
    .ready = decoder_is_ready, .message = decoder_told, .stopped = decoder_stopped};

static void pump_ended(void *context, enum pump_end end, const char *why)
{
    struct showing *showing = context;
    if (end == PUMP_DECODER_GONE)
        return; /* its exit is told soon, with its reason */
    showing->handlers->ended(showing->context, end == PUMP_DECODER_STUCK, why);
}

static const struct pump_handlers pump_handlers = {.ended = pump_ended};

/* -- life -- */

int showing_begin(uv_loop_t *loop, const char *program, struct channel *channel, bool can_thumbnail,
                  enum frame_look look, const struct showing_handlers *handlers, void *context,
                  struct showing **ret_showing)
{
    struct showing *showing = calloc(1, sizeof *showing);
    if (!showing) {
        channel_cut(channel);
        return -ENOMEM;
    }
    *showing = (struct showing){.handlers = handlers,
                                .context = context,
                                .began_us = clock_now_us(),
                                .look = look,
                                .can_thumbnail = can_thumbnail};
    int result = pump_create(loop, channel, &pump_handlers, showing, &showing->pump);
    if (result == 0)
        result = decoder_start(loop, program, &decoder_handlers, showing, &showing->decoder);
    if (result < 0) {
        showing_end(showing);
        return result;
    }
    *ret_showing = showing;
    return 0;
}

struct showing *showing_end(struct showing *showing)
{
    if (!showing)
        return NULL;
    pump_destroy(showing->pump);
    decoder_stop(showing->decoder);
    free(showing);
    return NULL;
}

/* -- what is known of it -- */

bool showing_is_running(const struct showing *showing)
{
    return showing->is_running;
}

uint64_t showing_began_us(const struct showing *showing)
{
    return showing->began_us;
}

uint64_t showing_bytes(const struct showing *showing)
{
    return showing ? pump_bytes(showing->pump) : 0;
}

struct frame_size showing_size(const struct showing *showing)
{
    if (!showing || !showing->is_running)
        return (struct frame_size){0};
    return decoder_size(showing->decoder);
}

void showing_add_view(const struct showing *showing, struct screen_view *view)
{
    if (!showing)
        return;
    view->has_cursor = showing->has_cursor;
    view->is_current = showing->is_current;
    view->thumbnail = showing->thumbnail;
    view->is_full = pump_is_full(showing->pump);
    view->size = showing_size(showing);
    if (showing->is_running)
        view->file_fd = decoder_file_fd(showing->decoder);
}
