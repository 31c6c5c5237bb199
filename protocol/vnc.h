/*
 * What hotdesk-server and a hotdesk-vnc tell each other: messages of FRAME_MESSAGE_BYTES on a
 * SOCK_SEQPACKET socket. Between them run, to hotdesk-vnc, the messages of a follower
 * (protocol/frame.h): both have the type in the first byte, and these begin where those end.
 *
 * SETUP comes first; hotdesk-vnc answers READY once it has shut itself in. Then each client that
 * was accepted is given to it with CLIENT. It tells IN when that one has shown that it may be here
 * and waits for the picture, and GONE when it is no longer there, for whatever reason: the last of
 * that client. While clients type, PING has to be answered: what they hold must not stay down with
 * a hotdesk-vnc that goes on no more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/frame.h"
#include "protocol/report.h"

#define VNC_TYPE_MIN      100
#define VNC_LAYOUT_ROOM   48
#define VNC_NAME_ROOM     65
#define VNC_PASSWORD_ROOM 9 /* all that VNC's authentication looks at, and a NUL */
#define VNC_EVENTS_MAX    12

enum vnc_type {
    /* server -> hotdesk-vnc */
    VNC_SETUP = VNC_TYPE_MIN,
    VNC_CLIENT, /* with its socket (SCM_RIGHTS) */
    VNC_CLOSE,  /* end this client */
    VNC_LOCKS,  /* lock keys of the target, bits of MESSAGE_LOCK_x */
    VNC_PING,   /* once what was told before is done: PONG */
    /* hotdesk-vnc -> server */
    VNC_READY = 120,
    VNC_IN,
    VNC_GONE,   /* why */
    VNC_REPORT, /* what a client typed or pointed at; places are pixels of the picture */
    VNC_PONG,
    VNC_STOPPED, /* why it ends; the last */
};

enum vnc_way { VNC_TO_CHILD, VNC_FROM_CHILD };

struct vnc_setup {
    bool control;                     /* clients may type */
    char password[VNC_PASSWORD_ROOM]; /* "": none is asked for */
    char layout[VNC_LAYOUT_ROOM];     /* XKB, "us" or "us(intl)" */
    char name[VNC_NAME_ROOM];         /* of the desktop, as clients show it */
};

struct vnc_report {
    uint8_t count; /* 1..VNC_EVENTS_MAX */
    struct report_event events[VNC_EVENTS_MAX];
};

struct vnc_message {
    enum vnc_type type;
    uint32_t client; /* its number; 0 in SETUP, LOCKS, PING, READY, PONG, STOPPED */
    union {
        struct vnc_setup setup;     /* SETUP */
        uint8_t locks;              /* LOCKS */
        struct vnc_report report;   /* REPORT */
        char text[FRAME_TEXT_ROOM]; /* GONE, STOPPED */
    };
};

/* Always writes FRAME_MESSAGE_BYTES, zero-padded; texts are cleaned on the way. False when a field
 * is out of range (our own bug). */
bool vnc_message_encode(const struct vnc_message *message, uint8_t ret_bytes[FRAME_MESSAGE_BYTES]);
/* False when it is none that goes this way; *ret_why then is a static sentence. Events of a report
 * are such as a report may carry, of a client: keys, places, the wheel. */
bool vnc_message_decode(const uint8_t bytes[FRAME_MESSAGE_BYTES], enum vnc_way way,
                        struct vnc_message *ret_message, const char **ret_why);
