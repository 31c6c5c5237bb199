/*
 * The link between an input source (hotdesk-input, or the viewer's window) and hotdesk-server:
 * a SOCK_SEQPACKET socket for the former, a stream of the same fixed-size messages for the latter.
 * Every message is LINK_MESSAGE_BYTES long, whatever its type, zero-padded.
 *
 * Each grab has a number, made by the source, growing. What carries an older one than the newest
 * that the receiver knows is dropped. Number 0 is "never grabbed yet". A grab that the source ends
 * by itself (all reasons but ORDERED) uses up one number more, told in UNGRABBED: no order that was
 * given before the server knew of it can grab again.
 *
 * Reports and commands are counted, together, over the life of the source: whatever the server says
 * tells the last one that it had read. So the source knows whether an order is the last word, or
 * the answer to a later command is still to come, and which keys came too late for a target: those
 * that the server had not read when it ordered UNGRAB. It throws them away, and the source gives
 * them to the local desktop. The server answers each command of a hotkey with one KEEP, UNGRAB or
 * FLASH.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/report.h"

#define LINK_VERSION       2
#define LINK_MESSAGE_BYTES 544
#define LINK_TEXT_ROOM     128
#define LINK_NUMBER_MAX    999 /* highest number of a target */
#define LINK_NAME_ROOM     33  /* of a target's name */
#define LINK_SCAN_MAX_S    3600
#define LINK_NOTHING_US    UINT64_MAX
#define LINK_ERROR_ROOM    256

enum link_type {
    /* source -> server */
    LINK_HELLO = 1,     /* first, and after each restart of the source: nothing is grabbed */
    LINK_GRABBED = 2,   /* devices are grabbed, from now on with this grab number */
    LINK_UNGRABBED = 3, /* that grab has ended, and why */
    LINK_REPORT = 4,    /* input while grabbed */
    LINK_COMMAND = 5,   /* what a hotkey asks for */
    LINK_PONG = 6,
    LINK_DEVICE = 7, /* a device, taken or not, and why; again when that changes */
    LINK_DEVICE_GONE = 8,
    LINK_HOTKEYS = 9,        /* hotkeys were switched off, so that all keys pass, or on again */
    LINK_DEVICE_COUNTS = 10, /* after COUNT_DEVICES: what a device did since the last one */
    LINK_RELOADED = 11,      /* after RELOAD, or by itself: its configuration was read again */
    /* server -> source */
    LINK_PING = 20,          /* every 100 ms while grabbed */
    LINK_GRAB = 21,          /* grab: a remote target becomes active without a hotkey (CLI) */
    LINK_UNGRAB = 22,        /* `local` is active: give the devices back */
    LINK_KEEP = 23,          /* the command with this grab number was granted: a remote is active */
    LINK_LEDS = 24,          /* lock state of the active target, for the console's LEDs */
    LINK_FLASH = 25,         /* a command was refused: flash the LEDs twice */
    LINK_TARGETS = 26,       /* how high target numbers go: one digit or two in a hotkey */
    LINK_COUNT_DEVICES = 27, /* somebody watches the devices, or nobody does any more */
    LINK_RELOAD = 28,        /* read your configuration again; a window does not answer */
};

enum link_ungrab_reason {
    LINK_UNGRAB_ORDERED = 1, /* the server said so */
    LINK_UNGRAB_PANIC = 2,   /* the panic chord */
    LINK_UNGRAB_SILENT = 3,  /* the server did not answer or the link was full */
    LINK_UNGRAB_FOCUS = 4,   /* the window lost the focus */
    LINK_UNGRAB_FAILED = 5,  /* the grab could not be made, or was lost */
};

enum command_type {
    COMMAND_TARGET = 1, /* number 1..LINK_NUMBER_MAX, or 0 and a name */
    COMMAND_LOCAL = 2,
    COMMAND_NEXT = 3,
    COMMAND_PREV = 4,
    COMMAND_LAST = 5,      /* the one that was active before */
    COMMAND_CANCEL = 6,    /* a leader was given up: stay as it was */
    COMMAND_SCAN = 7,      /* go round over the ready targets; ends a scan that is going on */
    COMMAND_LOCK = 8,      /* stay with the active target until the next COMMAND_LOCK */
    COMMAND_STATS = 9,     /* figures over the picture, until the next COMMAND_STATS */
    COMMAND_SWITCHER = 10, /* choose among all targets on the screen; or leave that */
    COMMAND_MONITOR = 11,  /* the active target shows another monitor: next, all or its name */
};

enum scan_mode {
    SCAN_CONTROL = 0, /* a key or button ends it and goes nowhere; motion and wheel pass */
    SCAN_WATCH = 1,   /* nothing passes; a key or button ends it */
    SCAN_PAUSE = 2,   /* all passes; the scan rests as long as something is done */
};

struct command {
    enum command_type type;
    uint16_t number;
    char name[LINK_NAME_ROOM]; /* of a target, or MONITOR's word */
    /* SCAN */
    uint16_t scan_s; /* seconds at each target, 1..LINK_SCAN_MAX_S; 0: end it */
    enum scan_mode scan_mode;
    uint16_t scan_end_keys[2]; /* WATCH: only these end it; 0, 0: any */
};

struct link_device {
    uint32_t id;
    bool taken;
    char name[LINK_TEXT_ROOM];
    char path[LINK_TEXT_ROOM]; /* /dev/input/eventN */
    char why[LINK_TEXT_ROOM];  /* "keyboard", "mouse"; or why it is not taken */
};

/* How often, never which: presses of keys and buttons, reports of motion, of wheels. */
struct link_counts {
    uint32_t id; /* of the device */
    uint32_t keys, buttons, motion, wheel;
};

struct link_reloaded {
    char error[LINK_ERROR_ROOM];  /* what is wrong with it: nothing has changed; or empty */
    char changed[LINK_TEXT_ROOM]; /* names of options */
};

struct link_message {
    enum link_type type;
    uint32_t grab_number;
    uint32_t sequence; /* REPORT, COMMAND: its own; HELLO: the last; of the server: the last read */
    union {
        uint16_t version;                      /* HELLO */
        bool by_order;                         /* GRABBED: GRAB said so, not a leader */
        enum link_ungrab_reason ungrab_reason; /* UNGRABBED */
        struct report report;                  /* REPORT */
        struct command command;                /* COMMAND */
        uint32_t ping_number;                  /* PING, PONG */
        struct link_device device;             /* DEVICE; DEVICE_GONE: the id alone */
        uint8_t locks;                         /* LEDS: bits as enum message_lock */
        uint16_t highest_number;               /* TARGETS */
        bool hotkeys_off;                      /* HOTKEYS */
        struct link_counts counts;             /* DEVICE_COUNTS */
        bool counting;                         /* COUNT_DEVICES */
        struct link_reloaded reloaded;         /* RELOADED */
        uint64_t deliver_from_us; /* UNGRAB: keys that the server had not read, if pressed from
                                     then on, belong to the local desktop: type them there.
                                     LINK_NOTHING_US: none does */
    };
};

/* Always writes LINK_MESSAGE_BYTES; texts are cleaned on the way (text_make_clean). False when a
 * field is out of range (our own bug). */
bool link_encode(const struct link_message *message, uint8_t ret_bytes[LINK_MESSAGE_BYTES]);

/* False when it is not one; *ret_why then is a static sentence. `from_source` tells the direction.
 */
bool link_decode(const uint8_t bytes[LINK_MESSAGE_BYTES], bool from_source,
                 struct link_message *ret_message, const char **ret_why);
