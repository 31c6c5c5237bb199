/* What a decoder that was taken over tells hotdesk-server, its agent, and those who read its file.
 * Nothing of this may be believed. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame_file.h"
#include "server/decode/messages.h"
#include "tests/hostile/rogue.h"

static struct stop stop;

static void say(const struct frame_message *message)
{
    messages_send(ROGUE_MESSAGE_FD, &stop, message);
}

static void say_bytes(const void *bytes, size_t size_bytes)
{
    send(ROGUE_MESSAGE_FD, bytes, size_bytes, MSG_NOSIGNAL);
}

static void say_rectangle(uint16_t x, uint16_t y, uint16_t width, uint16_t height)
{
    struct frame_message message = {.type = FRAME_DAMAGE};
    message.damage = (struct frame_damage){2, 1, {{x, y, width, height}}};
    say(&message);
}

static void deed_damage_outside(void)
{
    say_rectangle(0, 0, ROGUE_WIDTH + 1, ROGUE_HEIGHT);
}

static void deed_damage_far(void)
{
    say_rectangle(65534, 65534, 1, 1);
}

/* As many rectangles as fit and more, of all sizes there are. */
static void deed_damage_huge(void)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES] = {FRAME_DAMAGE};
    memset(bytes + 3, 0xff, sizeof bytes - 3);
    say_bytes(bytes, sizeof bytes);
}

static void deed_damage_early(void)
{
    say_rectangle(0, 0, 1, 1);
}

static void deed_size_zero(void)
{
    const uint8_t bytes[FRAME_MESSAGE_BYTES] = {FRAME_SIZE, 0, 0, 0, 0, 0, 9};
    say_bytes(bytes, sizeof bytes);
}

static void deed_size_huge(void)
{
    const uint8_t bytes[FRAME_MESSAGE_BYTES] = {FRAME_SIZE, 0, 0, 0xff, 0xff, 0xff, 0xff};
    say_bytes(bytes, sizeof bytes);
}

/* Told, and not in the file. */
static void deed_size_lie(void)
{
    say(&(struct frame_message){.type = FRAME_SIZE, .size = {4000, 3000}});
    say_rectangle(3999, 2999, 1, 1);
}

static void deed_unknown(void)
{
    const uint8_t bytes[FRAME_MESSAGE_BYTES] = {99};
    say_bytes(bytes, sizeof bytes);
}

static void deed_server(void)
{
    const uint8_t bytes[FRAME_MESSAGE_BYTES] = {FRAME_FILE};
    say_bytes(bytes, sizeof bytes);
}

static void deed_short(void)
{
    say_bytes("x", 1);
}

static void deed_long(void)
{
    static const uint8_t bytes[4096] = {FRAME_BELL};
    say_bytes(bytes, sizeof bytes);
}

static void deed_text(void)
{
    const uint8_t bytes[FRAME_MESSAGE_BYTES] = {FRAME_STOPPED, 0, 0, 3, 0x1b, '[', 'H'};
    say_bytes(bytes, sizeof bytes);
}

static void deed_ready(void)
{
    say(&(struct frame_message){.type = FRAME_READY});
}

static void deed_flood(void)
{
    for (;;)
        say_rectangle(0, 0, 1, 1);
}

static void deed_end(void)
{
    _exit(0);
}

static void deed_stop(void)
{
    say(&(struct frame_message){.type = FRAME_STOPPED, .text = "a deed"});
    _exit(1);
}

static void deed_head(void)
{
    memset(rogue_head(), 0xfe, sizeof *rogue_head());
    say_rectangle(0, 0, 1, 1);
}

static void deed_odd(void)
{
    frame_writer_begin(rogue_writer);
    say_rectangle(0, 0, 1, 1);
}

static void deed_cursor(void)
{
    rogue_head()->cursor_width_px = 1u << 31;
    rogue_head()->cursor_height_px = 1u << 31;
    rogue_head()->cursor_visible = 1;
    say(&(struct frame_message){.type = FRAME_CURSOR});
}

/* As if hotdesk-server had said it. */
static void deed_log(void)
{
    static const char text[] = "hotdesk-server: net: a deed was done\n";

    for (int i = 0; i < 100; i++) {
        if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
            _exit(9);
    }
}

/* Bytes for the agent: none of RFB. */
static void deed_garbage(void)
{
    static char bytes[4096];

    memset(bytes, 0xee, sizeof bytes);
    while (send(ROGUE_RFB_FD, bytes, sizeof bytes, MSG_NOSIGNAL) > 0)
        ;
}

/* Each is to be answered by the agent; nobody reads the answers. */
static void deed_fences(void)
{
    static const char hello[] = "RFB 003.008\n\1\1";
    static const unsigned char encodings[] = {2,    0,    0,    3,    0xff, 0xff, 0xff, 0x20,
                                              0xff, 0xff, 0xfe, 0xc8, 0xff, 0xff, 0xfe, 0xc7};
    static const unsigned char look[] = {150, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    unsigned char fence[9 + 64] = {248, 0, 0, 0, 0x80, 0, 0, 0, 64};

    send(ROGUE_RFB_FD, hello, sizeof hello - 1, MSG_NOSIGNAL);
    send(ROGUE_RFB_FD, encodings, sizeof encodings, MSG_NOSIGNAL);
    send(ROGUE_RFB_FD, look, sizeof look, MSG_NOSIGNAL);
    while (send(ROGUE_RFB_FD, fence, sizeof fence, MSG_NOSIGNAL) > 0)
        ;
}

/* It takes nothing of its target's any more. */
static void deed_loop(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}

const struct deed rogue_words[] = {
    {"damage_outside", deed_damage_outside},
    {"damage_far", deed_damage_far},
    {"damage_huge", deed_damage_huge},
    {"damage_early", deed_damage_early},
    {"size_zero", deed_size_zero},
    {"size_huge", deed_size_huge},
    {"size_lie", deed_size_lie},
    {"unknown", deed_unknown},
    {"server", deed_server},
    {"short", deed_short},
    {"long", deed_long},
    {"text", deed_text},
    {"ready", deed_ready},
    {"flood", deed_flood},
    {"end", deed_end},
    {"stop", deed_stop},
    {"head", deed_head},
    {"odd", deed_odd},
    {"cursor", deed_cursor},
    {"log", deed_log},
    {"garbage", deed_garbage},
    {"fences", deed_fences},
    {"loop", deed_loop},
    {0},
};
