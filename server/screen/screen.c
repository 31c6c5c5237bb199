#include "server/screen/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "protocol/cursor.h"
#include "server/screen/showing.h"

#define LOG_MODULE "screen"

struct screen {
    uv_loop_t *loop;
    const char *program;
    uint16_t number;
    const struct screen_handlers *handlers;
    void *context;
    struct screen_pace *pace;
    uv_timer_t timer; /* when to go on; the screen is freed when it is closed */
    enum frame_look look;
    bool kept;
    bool is_asked;           /* a SCREEN_OPEN is not answered yet */
    struct showing *showing; /* its connection; NULL: none */
    uint32_t open_number;    /* of the last SCREEN_OPEN */
    uint64_t asked_us;
    uint64_t not_before_us; /* a pause: no SCREEN_OPEN until then */
    uint64_t turn_us;       /* its turn to ask; 0: it has none */
    uint64_t pause_us;
    uint32_t faults;
    uint64_t bytes, updates; /* of connections that are over; of all */
    struct log_limit log_limit;
    char fault[FRAME_TEXT_ROOM]; /* why the decoder stopped, until the next one runs */
    char text[FRAME_TEXT_ROOM];  /* as told last */
};

static enum screen_stage stage_of(const struct screen *screen)
{
    if (screen->showing)
        return showing_is_running(screen->showing) ? SCREEN_RUNNING : SCREEN_STARTED;
    return screen->is_asked ? SCREEN_ASKED : SCREEN_IDLE;
}

/* -- what it tells -- */

static void tell(struct screen *screen, struct frame_message message)
{
    message.number = screen->number;
    screen->handlers->told(screen->context, &message);
}

/* Why there is no picture; "" when there is one. */
static void explain(const struct screen *screen, char ret_text[FRAME_TEXT_ROOM])
{
    struct screen_source source = screen->handlers->source(screen->context, screen->number);
    const char *text = "waiting for the picture", *more = "";
    if (!source.connected) {
        text = "no screen: its agent is not connected";
    } else if (!source.can_screen) {
        text = "no screen: its agent is of a version without one";
    } else if (source.has_told && !source.has_screen) {
        bool is_dark = strncmp(source.reason, MESSAGE_NO_SIGNAL, strlen(MESSAGE_NO_SIGNAL)) == 0;
        text = is_dark ? "" : "no screen: ";
        more = source.reason[0] ? source.reason : "its agent does not say why";
    } else if (!screen->program[0]) {
        text = "decoder stopped: hotdesk-decode is not installed beside hotdesk-server";
    } else if (showing_size(screen->showing).width_px > 0) {
        text = "";
    } else if (screen->fault[0]) {
        text = "decoder stopped: ";
        more = screen->fault;
    }
    char whole[sizeof source.reason + FRAME_TEXT_ROOM];
    snprintf(whole, sizeof whole, "%s%s", text, more);
    text_make_clean(whole, ret_text, FRAME_TEXT_ROOM);
}

static void tell_state(struct screen *screen)
{
    struct frame_message message = {.type = FRAME_STATE};
    explain(screen, message.text);
    if (strcmp(message.text, screen->text) == 0)
        return;
    snprintf(screen->text, sizeof screen->text, "%s", message.text);
    tell(screen, message);
}

/* -- when it asks for a connection -- */

static void close_all(struct screen *screen)
{
    screen->bytes += showing_bytes(screen->showing);
    screen->showing = showing_end(screen->showing);
    screen->is_asked = false;
}

static void pursue(struct screen *screen);

static void on_timer(uv_timer_t *timer)
{
    struct screen *screen = timer->data;
    showing_wake(screen->showing);
    pursue(screen);
}

static void wait_until(struct screen *screen, uint64_t at_us, uint64_t now_us)
{
    uv_update_time(screen->loop);
    uv_timer_start(&screen->timer, on_timer, at_us > now_us ? (at_us - now_us + 999) / 1000 : 0, 0);
}

static void ask(struct screen *screen, uint64_t now_us)
{
    if (!screen->handlers->open(screen->context, screen->number, screen->open_number + 1))
        return;
    screen->open_number++;
    screen->is_asked = true;
    screen->asked_us = now_us;
    wait_until(screen, now_us + time_us(TIME_SCREEN_DIALED), now_us);
}

static uint64_t turn_of(struct screen *screen, uint64_t now_us)
{
    struct screen_pace *pace = screen->pace;
    if (screen->look == FRAME_LOOK_FULL)
        return now_us;
    if (screen->turn_us == 0) {
        screen->turn_us = now_us > pace->next_us ? now_us : pace->next_us;
        pace->next_us = screen->turn_us + time_us(TIME_SCREEN_PACE);
    }
    return screen->turn_us;
}

static void ask_in_turn(struct screen *screen, uint64_t now_us)
{
    uint64_t at_us =
        now_us < screen->not_before_us ? screen->not_before_us : turn_of(screen, now_us);
    if (now_us < at_us) {
        wait_until(screen, at_us, now_us);
        return;
    }
    screen->turn_us = 0;
    ask(screen, now_us);
}

static bool wants_connection(const struct screen *screen, const struct screen_source *source)
{
    return (screen->look || screen->kept) && stage_of(screen) == SCREEN_IDLE &&
           source->has_screen && screen->program[0];
}

/* Does what the state asks for. */
static void pursue(struct screen *screen)
{
    struct screen_source source = screen->handlers->source(screen->context, screen->number);
    uint64_t now_us = clock_now_us();
    if (!source.connected || !source.can_screen) {
        close_all(screen);
        screen->not_before_us = screen->pause_us = 0;
        screen->fault[0] = '\0';
    } else if (stage_of(screen) == SCREEN_ASKED &&
               now_us - screen->asked_us >= time_us(TIME_SCREEN_DIALED)) {
        screen->is_asked = false;
    }
    if (source.connected && source.can_screen && wants_connection(screen, &source))
        ask_in_turn(screen, now_us);
    else
        screen->turn_us = 0;
    tell_state(screen);
}

/* Connection or decoder ended: the next one after a pause that grows while none lasts. */
static void begin_anew(struct screen *screen)
{
    uint64_t now_us = clock_now_us();
    bool lasted =
        screen->showing && now_us - showing_began_us(screen->showing) > time_us(TIME_SCREEN_LASTED);
    uint64_t longest_us = time_us(TIME_SCREEN_RETRY_MAX);
    close_all(screen);
    if (lasted || screen->pause_us == 0)
        screen->pause_us = time_us(TIME_SCREEN_RETRY_MIN);
    else
        screen->pause_us = screen->pause_us * 2 < longest_us ? screen->pause_us * 2 : longest_us;
    screen->not_before_us = now_us + screen->pause_us;
    pursue(screen);
}

static void note_fault(struct screen *screen, const char *why)
{
    screen->faults++;
    snprintf(screen->fault, sizeof screen->fault, "%s", why);
    if (log_limit_passes(&screen->log_limit, LOG_MODULE))
        log_warning("the decoder of target %u stopped: %s", screen->number, screen->fault);
    begin_anew(screen);
}

/* -- a connection -- */

static void is_ready(void *context)
{
    struct screen *screen = context;
    tell(screen, (struct frame_message){.type = FRAME_FILE});
    tell_state(screen);
}

static void told(void *context, const struct frame_message *message)
{
    struct screen *screen = context;
    if (message->type == FRAME_CURRENT)
        screen->fault[0] = '\0';
    screen->updates += message->type == FRAME_DAMAGE;
    tell(screen, *message);
    if (message->type == FRAME_SIZE)
        tell_state(screen);
}

static void rests(void *context, uint64_t until_us)
{
    wait_until(context, until_us, clock_now_us());
}

static void ended(void *context, bool is_fault, const char *why)
{
    struct screen *screen = context;
    if (is_fault) {
        note_fault(screen, why);
        return;
    }
    log_debug("the screen connection of target %u is gone: %s", screen->number, why);
    begin_anew(screen);
}

static const struct showing_handlers showing_handlers = {
    .ready = is_ready, .told = told, .rests = rests, .ended = ended};

/* NULL, or why not. */
static const char *judge(const struct screen *screen, const struct message_hello *hello)
{
    struct screen_source source = screen->handlers->source(screen->context, screen->number);
    if (!source.connected || !source.can_screen)
        return "a screen connection without a control connection that has said so";
    if (message_common_version(hello) < message_info(MESSAGE_SCREEN_OPEN)->first_version)
        return "a screen connection of a version that has none";
    if (stage_of(screen) == SCREEN_IDLE || hello->control_number != screen->open_number)
        return "a screen connection that nobody asked for";
    /* Each costs a process: an agent may not have them started as fast as it can dial. */
    if (screen->showing &&
        clock_now_us() - showing_began_us(screen->showing) < time_us(TIME_SCREEN_RETRY_MIN))
        return "a second screen connection right after the first";
    return NULL;
}

void screen_connect(struct screen *screen, struct channel *channel,
                    const struct message_hello *hello, const char *server_name,
                    const char **ret_why)
{
    const char *why = judge(screen, hello);
    *ret_why = why;
    if (why) {
        channel_end(channel, MESSAGE_REJECT, MESSAGE_REASON_PROTOCOL, why);
        return;
    }
    const uint32_t both = MESSAGE_CAPABILITY_SCREEN | MESSAGE_CAPABILITY_THUMBNAILS;
    struct message welcome = {
        .type = MESSAGE_WELCOME,
        .welcome = {.version = message_common_version(hello),
                    .capabilities = MESSAGE_CAPABILITY_SCREEN | (hello->capabilities & both)}};
    snprintf(welcome.welcome.server_name, sizeof welcome.welcome.server_name, "%s", server_name);
    channel_send(channel, &welcome);
    close_all(screen); /* the newer replaces the older */
    uv_timer_stop(&screen->timer);
    if (showing_begin(screen->loop, screen->program, channel,
                      hello->capabilities & MESSAGE_CAPABILITY_THUMBNAILS, screen->look,
                      &showing_handlers, screen, &screen->showing) < 0)
        note_fault(screen, "it cannot be started");
    tell_state(screen);
}

/* -- life -- */

void screen_set_number(struct screen *screen, uint16_t number)
{
    screen->number = number;
}

struct screen *screen_create(uv_loop_t *loop, const char *program, uint16_t number,
                             const struct screen_handlers *handlers, void *context,
                             struct screen_pace *pace)
{
    struct screen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return NULL;
    screen->loop = loop;
    screen->program = program;
    screen->number = number;
    screen->handlers = handlers;
    screen->context = context;
    screen->pace = pace;
    screen->log_limit.burst = LOG_STRANGERS_A_MINUTE;
    uv_timer_init(loop, &screen->timer);
    screen->timer.data = screen;
    explain(screen, screen->text);
    return screen;
}

static void free_screen(uv_handle_t *handle)
{
    free(handle->data);
}

struct screen *screen_destroy(struct screen *screen)
{
    if (!screen)
        return NULL;
    close_all(screen);
    uv_close((uv_handle_t *)&screen->timer, free_screen);
    return NULL;
}

void screen_look(struct screen *screen, enum frame_look look)
{
    if (look == screen->look)
        return;
    screen->look = look;
    if (screen->showing)
        showing_look(screen->showing, look);
    pursue(screen);
}

void screen_keep(struct screen *screen, bool kept)
{
    if (kept == screen->kept)
        return;
    screen->kept = kept;
    pursue(screen);
}

void screen_update(struct screen *screen)
{
    pursue(screen);
}

void screen_renew(struct screen *screen)
{
    if (stage_of(screen) == SCREEN_IDLE)
        return;
    close_all(screen);
    pursue(screen);
}

void screen_cool(struct screen *screen)
{
    if (screen->look)
        return;
    close_all(screen);
    tell_state(screen);
}

struct screen_view screen_view(const struct screen *screen)
{
    struct screen_view view = {.stage = stage_of(screen),
                               .look = screen->look,
                               .kept = screen->kept,
                               .file_fd = -1,
                               .faults = screen->faults,
                               .bytes = screen->bytes + showing_bytes(screen->showing),
                               .updates = screen->updates};
    showing_add_view(screen->showing, &view);
    memcpy(view.text, screen->text, sizeof view.text);
    return view;
}
