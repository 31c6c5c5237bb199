#include "server/net/vnc_child.h"

#include <errno.h>
#include <stdlib.h>

#include "common/times.h"
#include "server/child/child.h"

struct vnc_child {
    struct child *child;
    const struct vnc_child_handlers *handlers;
    void *context;
    uint64_t looked_us; /* whether it answers */
    uint64_t asked_us;  /* 0: it has answered */
    bool is_asked;      /* else it had no room for the question yet */
};

/* -- what it says -- */

static const char *take(void *context, const uint8_t bytes[FRAME_MESSAGE_BYTES])
{
    struct vnc_child *vnc = context;
    struct vnc_message message;
    const char *why = NULL;
    if (!vnc_message_decode(bytes, VNC_FROM_CHILD, &message, &why))
        return why;
    if (message.type == VNC_STOPPED)
        return child_last_word(vnc->child, message.text);
    why = message.type == VNC_READY ? child_is_shut_in(vnc->child) : child_may_speak(vnc->child);
    if (message.type == VNC_PONG)
        vnc->asked_us = 0;
    else if (!why)
        vnc->handlers->message(vnc->context, &message);
    return why;
}

static void clear(void *context)
{
    struct vnc_child *vnc = context;
    vnc->handlers->clear(vnc->context);
}

static void stopped(void *context, const char *why)
{
    struct vnc_child *vnc = context;
    vnc->handlers->stopped(vnc->context, why);
}

static const struct child_kind kind = {.name = "hotdesk-vnc",
                                       .messages_a_turn = VNC_MESSAGES_A_TURN,
                                       .take = take,
                                       .clear = clear,
                                       .stopped = stopped};

/* -- what it is told -- */

bool vnc_child_send(struct vnc_child *vnc, const struct vnc_message *message, int fd)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    return vnc_message_encode(message, bytes) && child_send(vnc->child, bytes, fd) == 0;
}

bool vnc_child_send_frame(struct vnc_child *vnc, const struct frame_message *message, int fd)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    if (!frame_message_encode(message, bytes))
        return false;
    int result = child_send(vnc->child, bytes, fd);
    if (result == -EAGAIN)
        child_await_room(vnc->child);
    return result == 0;
}

bool vnc_child_answers(struct vnc_child *vnc, uint64_t now_us)
{
    bool looks_on = now_us - vnc->looked_us < time_us(TIME_VNC_SILENT) / 2;
    vnc->looked_us = now_us;
    if (!vnc->asked_us)
        vnc->is_asked = false;
    if (!vnc->asked_us || !looks_on) /* else its answer may lie there unread */
        vnc->asked_us = now_us;
    if (!vnc->is_asked)
        vnc->is_asked = vnc_child_send(vnc, &(struct vnc_message){.type = VNC_PING}, -1);
    return now_us - vnc->asked_us < time_us(TIME_VNC_SILENT);
}

/* -- life -- */

int vnc_child_start(uv_loop_t *loop, const char *program, const struct vnc_setup *setup,
                    const struct vnc_child_handlers *handlers, void *context,
                    struct vnc_child **ret_vnc)
{
    const int fds[] = {-1};
    struct vnc_child *vnc = calloc(1, sizeof *vnc);
    if (!vnc)
        return -ENOMEM;
    *vnc = (struct vnc_child){.handlers = handlers, .context = context};
    int result = child_start(loop, program, fds, 1, &kind, vnc, &vnc->child);
    if (result < 0) {
        free(vnc);
        return result;
    }
    vnc_child_send(vnc, &(struct vnc_message){.type = VNC_SETUP, .setup = *setup}, -1);
    *ret_vnc = vnc;
    return 0;
}

struct vnc_child *vnc_child_stop(struct vnc_child *vnc)
{
    if (!vnc)
        return NULL;
    child_stop(vnc->child);
    free(vnc);
    return NULL;
}
