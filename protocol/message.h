/*
 * The messages of the control connection between server and agent (PROTOCOL.md tells every byte).
 *
 * A frame is: body length u16, type u8, body. One table (message_info) names every message with its
 * first version, sizes and direction; encoder and decoder are pure and bounded by it.
 *
 * Raise MESSAGE_VERSION_MAX when a message is added or changed, and record what an agent of it says
 * first (tests/protocol/hellos); a message keeps its id for ever; a
 * field is only ever added at a body's end. Both sides send what the agreed version has, so a body
 * that is longer than its version allows is refused. HELLO and REJECT come before there is one:
 * they never change.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"
#include "protocol/report.h"

#define MESSAGE_VERSION_MIN  1
#define MESSAGE_VERSION_MAX  2
#define MESSAGE_MAGIC        0x4844534bu /* "HDSK" */
#define MESSAGE_HEADER_BYTES 3
#define MESSAGE_FRAME_MAX    (MESSAGE_HEADER_BYTES + MESSAGE_BODY_MAX)
#define MESSAGE_NAME_ROOM    (MESSAGE_NAME_MAX + 1)   /* names of machines and monitors, with NUL */
#define MESSAGE_REASON_ROOM  (MESSAGE_REASON_MAX + 1) /* sentences for people, with NUL */
#define MESSAGE_PROOF_BYTES  32
#define MESSAGE_PORT_DEFAULT 24810
/* A SCREEN_STATE's reason that begins so is a state of its own. */
#define MESSAGE_NO_SIGNAL "no signal"
/* Of a hello: the server counts on from it, and must never come to its end. */
#define MESSAGE_CONTROL_NUMBER_MAX ((uint64_t)INT64_MAX)

enum message_type {
    MESSAGE_HELLO = 1,    /* agent -> server, the first on every connection */
    MESSAGE_WELCOME = 2,  /* server -> agent, the hello is accepted */
    MESSAGE_REJECT = 3,   /* server -> agent, it is not; the connection ends */
    MESSAGE_BYE = 4,      /* both, why the connection ends */
    MESSAGE_PING = 5,     /* both */
    MESSAGE_PONG = 6,     /* both, the ping's number back */
    MESSAGE_ENTER = 10,   /* server -> agent, you are active */
    MESSAGE_ENTERED = 11, /* agent -> server, the answer: taken, or refused with a reason */
    MESSAGE_LEAVE = 12,   /* server -> agent, no more; all keys up */
    MESSAGE_REPORT = 13,  /* server -> agent */
    MESSAGE_ACK = 14,     /* agent -> server, injected up to here */
    /* On a control connection whose welcome has MESSAGE_CAPABILITY_SCRIPT. */
    MESSAGE_PRESS = 15,       /* server -> agent, a script's keys, together */
    MESSAGE_TEXT = 16,        /* server -> agent, a script's text, to be typed or only looked at */
    MESSAGE_SCRIPT_STOP = 17, /* server -> agent, no more of it */
    MESSAGE_TYPED = 18,       /* agent -> server, what became of it */
    MESSAGE_STATE = 20,       /* agent -> server, can it take input now, and why not */
    MESSAGE_LEDS = 21,        /* agent -> server, lock state of the target */
    MESSAGE_GEOMETRY = 22,    /* agent -> server, its screen */
    /* Since version 2, on a control connection whose welcome has MESSAGE_CAPABILITY_SCREEN. */
    MESSAGE_SCREEN_OPEN = 23,  /* server -> agent, dial a screen connection now */
    MESSAGE_SCREEN_STATE = 24, /* agent -> server, can its screen be seen, and why not */
    MESSAGE_POINTER = 25,      /* agent -> server, where its pointer is */
    /* Since version 2, where the welcome has MESSAGE_CAPABILITY_MONITOR. */
    MESSAGE_MONITOR = 26, /* server -> agent, show this monitor; agent -> server, it is shown */
    /* The same, of MESSAGE_CAPABILITY_WISHES. */
    MESSAGE_SCREEN_WISH = 28,    /* server -> agent, how its screen is to be sent */
    MESSAGE_SCREEN_FIGURES = 29, /* agent -> server, how that goes */
    MESSAGE_PAIR_PROOF = 30,     /* agent -> server, on a pairing connection */
    MESSAGE_PAIRED = 31,         /* server -> agent, the answer, with the server's proof */
};

enum message_role { MESSAGE_ROLE_CONTROL = 1, MESSAGE_ROLE_SCREEN = 2, MESSAGE_ROLE_PAIRING = 3 };

/* Bits of hello and welcome. */
enum message_capability {
    MESSAGE_CAPABILITY_SCREEN = 1,     /* it can dial screen connections (version 2) */
    MESSAGE_CAPABILITY_THUMBNAILS = 2, /* role screen: it sends thumbnails, if asked (version 2) */
    MESSAGE_CAPABILITY_SCRIPT = 4,     /* it types what scripts on the console want (version 2) */
    MESSAGE_CAPABILITY_MONITOR = 8,    /* it can show another monitor when told (version 2) */
    /* It sends its screen as is wished, and tells how that goes (version 2). */
    MESSAGE_CAPABILITY_WISHES = 16,
};

enum message_reason { /* of REJECT and BYE; the text beside it is for people */
                      MESSAGE_REASON_STOPPING = 1,   /* the program is being stopped */
                      MESSAGE_REASON_PROTOCOL = 2,   /* the peer sent what it may not */
                      MESSAGE_REASON_VERSION = 3,    /* no protocol version in common */
                      MESSAGE_REASON_REPLACED = 4,   /* a newer connection with the same key */
                      MESSAGE_REASON_CLONED = 5,     /* two machines use one key */
                      MESSAGE_REASON_FORGOTTEN = 6,  /* the pairing was revoked */
                      MESSAGE_REASON_CODE_WRONG = 7, /* the pairing code is not valid */
                      MESSAGE_REASON_OVERLOAD =
                          8, /* queues over their limit, or too many connections */
                      MESSAGE_REASON_SILENT = 9, /* no answer in time */
                      MESSAGE_REASON_NAME = 10,  /* the wished name cannot be used */
};

enum message_lock { MESSAGE_LOCK_NUM = 1, MESSAGE_LOCK_CAPS = 2, MESSAGE_LOCK_SCROLL = 4 };
/* Bit n is LED_NUML, LED_CAPSL, LED_SCROLLL of <linux/input-event-codes.h>. */

enum message_ready { /* of STATE: may input be sent */
                     MESSAGE_READY_NO = 0,
                     MESSAGE_READY_YES = 1,
};

struct message_hello {
    uint16_t version_min, version_max;
    uint8_t role;                 /* enum message_role */
    uint32_t capabilities;        /* enum message_capability bits; unknown ones are ignored */
    uint64_t control_number;      /* the highest that it has seen from this server's key; 0 none;
                                     role screen: the number of the SCREEN_OPEN that it answers */
    char name[MESSAGE_NAME_ROOM]; /* host name */
};

struct message_welcome {
    uint16_t version;                    /* the one that both will speak */
    uint32_t capabilities;               /* those that both have */
    char target_name[MESSAGE_NAME_ROOM]; /* what the server calls this target */
    char server_name[MESSAGE_NAME_ROOM];
};

struct message_end { /* REJECT and BYE */
    uint8_t reason;  /* enum message_reason; unknown ones are shown by their text */
    char text[MESSAGE_REASON_ROOM];
};

struct message_ping { /* PING and PONG */
    uint32_t number;
};

struct message_enter {
    uint64_t control_number;
};

struct message_entered {
    uint64_t control_number;
    uint8_t taken;                    /* 1 or 0 */
    uint8_t locks;                    /* enum message_lock bits, the target's */
    char reason[MESSAGE_REASON_ROOM]; /* when not taken */
};

struct message_leave {
    uint64_t control_number;
};

struct message_report {
    uint64_t control_number;
    uint32_t sequence; /* counts reports of the connection, wraps */
    uint8_t wants_ack; /* 1 or 0 */
    struct report report;
};

struct message_ack {
    uint32_t sequence; /* of the report that asked; all before it were injected too */
};

/* PRESS and TEXT have the control number that the agent was entered with last, 0 for never. */
struct message_press {
    uint64_t control_number;
    uint32_t job; /* counts those of the connection */
    uint8_t key_count;
    uint16_t keys[SCRIPT_KEYS_MAX]; /* pressed in this order, then lifted in the other */
};

struct message_text {
    uint64_t control_number;
    uint32_t job;
    uint8_t only_look;              /* 1: tell whether each character has a key, type nothing */
    char text[SCRIPT_TEXT_MAX + 1]; /* clean UTF-8, and line feeds and tabs; not empty */
};

struct message_script_stop {
    uint32_t job;
};

enum message_typed_result {
    MESSAGE_TYPED_ALL = 1,
    MESSAGE_TYPED_NO_KEY = 2,  /* for one of the characters; of this TEXT nothing was typed */
    MESSAGE_TYPED_REFUSED = 3, /* with a reason */
    MESSAGE_TYPED_STOPPED = 4, /* SCRIPT_STOP came first */
};

struct message_typed {
    uint32_t job;
    uint8_t result;    /* enum message_typed_result */
    uint16_t position; /* characters (PRESS: combinations) that were typed; NO_KEY: those before the
                          one that has none */
    char reason[MESSAGE_REASON_ROOM];
};

struct message_state {
    uint8_t ready;                    /* enum message_ready */
    char injector[MESSAGE_NAME_ROOM]; /* "xtest", "uinput", "record" */
    char reason[MESSAGE_REASON_ROOM]; /* why not ready; when it is: why it is this injector */
    uint32_t unsendable_keys;         /* key codes refused so far since they cannot be injected */
    uint32_t held_too_long;           /* times that keys went up since the server fell silent */
};

struct message_leds {
    uint8_t locks;
};

struct message_monitor {
    uint16_t x_px, y_px, width_px, height_px;
    char name[MESSAGE_NAME_ROOM]; /* as xrandr calls it */
};

struct message_geometry {
    uint16_t width_px, height_px; /* of the root window; both 0: not known (any more) */
    uint8_t monitor_count;
    struct message_monitor monitors[MESSAGE_MONITORS_MAX];
};

struct message_screen_open {
    uint32_t number; /* grows with each one; a newer makes the older void */
};

struct message_screen_state {
    uint8_t has_screen;               /* 1 or 0 */
    char reason[MESSAGE_REASON_ROOM]; /* why there is none; when there is: how it is captured */
};

struct message_pointer {
    uint16_t x_px, y_px; /* in the root window */
};

struct message_shown {                /* MONITOR */
    char name[MESSAGE_NAME_ROOM];     /* as xrandr calls it; empty: all of them */
    char reason[MESSAGE_REASON_ROOM]; /* of the agent: why it is not the one that was asked for */
};

enum message_quality {
    MESSAGE_QUALITY_AUTO = 0,     /* photos and films as JPEG first, exact once they rest */
    MESSAGE_QUALITY_LOSSLESS = 1, /* never JPEG */
    MESSAGE_QUALITY_LOW = 2,      /* the same as auto, and smaller */
};

#define MESSAGE_SCALE_MIN 250 /* of 1000 */
#define MESSAGE_SCALE_MAX 1000

struct message_screen_wish {
    uint8_t quality;         /* enum message_quality */
    uint16_t scale_permille; /* MESSAGE_SCALE_MIN..MESSAGE_SCALE_MAX */
};

struct message_screen_figures { /* of the screen connection */
    uint32_t updates, merged;   /* so far; changes that came before the last one could be read */
    uint64_t tight_bytes, jpeg_bytes, raw_bytes; /* so far */
    /* Since the figures before: how long something waited for what is on its way, and how long it
     * worked; from a change to the answer that it is seen, less half a round trip, 0: none. */
    uint16_t waits_permille, works_permille;
    uint32_t p50_us, p99_us;
};

struct message_pair_proof {
    uint8_t proof[MESSAGE_PROOF_BYTES];
};

struct message_paired {
    uint8_t proof[MESSAGE_PROOF_BYTES];
    char target_name[MESSAGE_NAME_ROOM];
    char server_name[MESSAGE_NAME_ROOM];
};

struct message {
    enum message_type type;
    union {
        struct message_hello hello;
        struct message_welcome welcome;
        struct message_end end;
        struct message_ping ping;
        struct message_enter enter;
        struct message_entered entered;
        struct message_leave leave;
        struct message_report report;
        struct message_ack ack;
        struct message_press press;
        struct message_text text;
        struct message_script_stop script_stop;
        struct message_typed typed;
        struct message_state state;
        struct message_leds leds;
        struct message_geometry geometry;
        struct message_screen_open screen_open;
        struct message_screen_state screen_state;
        struct message_pointer pointer;
        struct message_shown shown;
        struct message_screen_wish screen_wish;
        struct message_screen_figures screen_figures;
        struct message_pair_proof pair_proof;
        struct message_paired paired;
    };
};

enum message_direction { MESSAGE_TO_SERVER = 1, MESSAGE_TO_AGENT = 2, MESSAGE_BOTH = 3 };

struct message_info {
    enum message_type type;
    const char *name;
    uint16_t first_version;
    uint16_t body_min_bytes, body_max_bytes;
    enum message_direction direction;
};

/* NULL for an unknown type. */
const struct message_info *message_info(uint8_t type);

/* The highest version that both speak, which a welcome names; 0 when there is none. */
uint16_t message_common_version(const struct message_hello *hello);

/* Writes a whole frame. Texts are cleaned on the way (text_make_clean). Returns its size in bytes,
 * or 0 when it does not fit or a field is out of its range (our own bug, never a peer's). */
size_t message_encode(const struct message *message, void *buffer, size_t room_bytes);

enum message_result { MESSAGE_NEED_MORE, MESSAGE_OK, MESSAGE_BAD };

/* Takes the first frame of `bytes`. `direction` is the one that it came in. MESSAGE_OK:
 * *ret_message is filled and *ret_used_bytes tells how much to drop. MESSAGE_BAD: *ret_why is a
 * static sentence for people; the connection must end. Only what the result names is written to.
 * Never reads past size_bytes, allocates nothing, and decides a bad length or type as soon as the
 * header is there. */
enum message_result message_decode(const void *bytes, size_t size_bytes,
                                   enum message_direction direction, struct message *ret_message,
                                   size_t *ret_used_bytes, const char **ret_why);
