/*
 * What types on this computer. One ops struct; kinds: xtest (X11), uinput (devices of the kernel),
 * record (writes a file, for tests).
 *
 * An injector is given reports that held.c has filtered. It never blocks for an answer, and never
 * ends the process: when it can type no more it says so by `lost`, once, and is then destroyed by
 * its owner, who tries to open another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "agent/inject/stroke.h"
#include "protocol/message.h"
#include "protocol/report.h"

enum inject_kind { INJECT_AUTO, INJECT_XTEST, INJECT_UINPUT, INJECT_RECORD };

struct injector;

struct injector_ops {
    const char *name;   /* as the message STATE tells it */
    bool on_display;    /* types on an X display: agent/desktop.h tells of its screen and locks */
    bool spans_display; /* its places are across all of one, if there is one */
    int (*type)(struct injector *injector, const struct report *report);
    /* injector_find; NULL: this kind knows of no layout. */
    int (*find)(struct injector *injector, const char *text, struct stroke *ret_strokes,
                size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM]);
    void (*enter)(struct injector *injector);
    void (*leave)(struct injector *injector);
    uint32_t (*unsendable)(const struct injector *injector);
    void (*destroy)(struct injector *injector);
};

struct injector { /* the head of each kind's own struct */
    const struct injector_ops *ops;
};

struct injector_events {
    void (*lost)(void *context, const char *why);
    /* From a kind that has no desktop to ask: its screen (once, when opened; of width 0: not known)
     * and its lock state. */
    void (*geometry)(void *context, const struct message_geometry *geometry);
    void (*locks)(void *context, uint8_t locks);
};

struct inject_settings {
    enum inject_kind kind;
    const char *display;     /* X display, "" or NULL for $DISPLAY */
    const char *monitor;     /* places are those of this one; "" or NULL: of the root window */
    const char *record_file; /* of INJECT_RECORD */
    const char *layout;      /* of the target's keyboard, for kinds that cannot ask; "" or NULL */
    bool places_on_display;  /* what is shown is on `display`, also if it is typed elsewhere */
};

/* 0, with the sentence why it is this kind; or -errno, with the sentence why there is none ("not
 * ready: " goes in front of it). `events` and `context` outlive the injector. No event is called
 * before it returns, but for geometry and locks. */
int injector_open(uv_loop_t *loop, const struct inject_settings *settings,
                  const struct injector_events *events, void *context,
                  struct injector **ret_injector, char ret_why[MESSAGE_REASON_ROOM]);
struct injector *injector_destroy(struct injector *injector); /* NULL ok */

const char *injector_name(const struct injector *injector);
bool injector_is_on_display(const struct injector *injector);
bool injector_spans_display(const struct injector *injector);
/* 0, or -EIO when it is lost (`lost` follows from the loop). What it cannot type is counted, not
 * refused. */
int injector_type(struct injector *injector, const struct report *report);
/* The combination that types each character of a clean text (cursor.h, lines_are_clean) of at most
 * SCRIPT_TEXT_MAX bytes, in the layout and with the lock keys of now. 0; -ENOENT: character
 * *ret_count has none; -EBUSY: a modifier is down at this computer itself; other errors: it cannot
 * be told. `ret_why` is for people then. Other than typing, it may wait for an answer of the
 * display. */
int injector_find(struct injector *injector, const char *text, struct stroke *ret_strokes,
                  size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM]);
void injector_enter(struct injector *injector); /* this computer is active: wake the screen */
void injector_leave(
    struct injector *injector); /* it is not: a started turn of the wheel is forgotten */
/* Key codes that it could not type so far. */
uint32_t injector_unsendable(const struct injector *injector);
