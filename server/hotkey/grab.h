/*
 * The core of an input source: when devices are grabbed and given back, what goes to the server.
 * Pure: (reports, messages of the server, now) -> ops. hotdesk-input runs it over evdev, the viewer
 * over its window. Owns the source's hotkey.
 *
 * Acts alone in three cases only: a complete leader or chord takes (when a server is there); the
 * panic chord gives back at once; and so does the silence of the server while anything is grabbed.
 * Silent is who says nothing for TIME_NET_SILENT and half a ping (a stop of 400 ms never ends a
 * grab, one of 600 ms always; any word counts, so read all that it said before a tick), whose link
 * is full, or who gives no verdict on a command in TIME_LEADER_WAIT. Otherwise the server's orders
 * do, and those that carry an old grab number are dropped. Panic and silence use up a grab number,
 * so that no order on its way can grab again (link.h).
 *
 * An ordered give waits up to TIME_GIVE_WAIT for the keys that are down to come up; a key first
 * pressed meanwhile ends the wait and belongs to the desktop. One that completes a chord ends it,
 * too, and is a new grab at once.
 *
 * Keys are sent and also kept, until the server says that it has read them. When it orders
 * LINK_UNGRAB it throws away what it reads from then on: that belongs to the desktop, in order,
 * whether a command of ours, of a client or anything else made `local` active. An order that is not
 * the last word (a command is under way that the server had not read, or a leader waits for its
 * sequence and will end in one) does not give back: the verdict to come does. The keys that such an
 * order delivers are so by give and take. When the server falls silent keys are delivered only if
 * the last command was COMMAND_LOCAL: that one cannot mean anything else, so the server, should it
 * ever read it, throws away what follows. Otherwise they are still the server's: typed for a
 * target, never for the desktop. Panic delivers nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/link.h"
#include "server/hotkey/hotkey.h"
#include "server/hotkey/typed.h"

/* None of them may call back into the grab. */
struct grab_ops {
    /* Take all devices, rule 2: every held key's up is written for the desktop, the grab, the downs
     * written back. 0 or -errno (then nothing is grabbed). */
    int (*take)(void *context);
    /* Give all devices back. Nothing is written for keys that are down, but `typed` (count may be
     * 0) is what the desktop must still see, in order: one that ends down repeats and comes up
     * there. One that ends down but is up by what the kernel says (its up was not read yet) gets
     * its up at once. */
    void (*give)(void *context, const struct grab_key *typed, size_t count);
    /* One message for the server; false when the link is full or gone. */
    bool (*send)(void *context, const struct link_message *message);
    /* Lock LEDs of the console: bits as enum message_lock, while grabbed. Giving back restores
     * them. */
    void (*show_locks)(void *context, uint8_t locks);
};

enum grab_phase {
    GRAB_FREE,    /* the desktop has the devices */
    GRAB_PENDING, /* grabbed by a leader; a sequence or the server's verdict is awaited */
    GRAB_REMOTE,  /* grabbed, a remote target is active */
    GRAB_GIVING,  /* ordered to give back, waiting for keys to come up */
};

struct grab {
    const struct grab_ops *ops;
    void *context;
    struct hotkey hotkey;
    enum grab_phase phase;
    uint32_t number;               /* of the present or last grab */
    bool connected;                /* a server is there */
    enum link_ungrab_reason ended; /* of the last one: told again when a ping shows it was lost */
    uint64_t taken_us;    /* reports from before are the desktop's, even if they are read later */
    uint64_t heard_us;    /* the server's last word while grabbed */
    uint64_t give_by_us;  /* GRAB_GIVING */
    uint8_t locks;        /* the active target's */
    uint8_t flash_steps;  /* left */
    uint64_t flash_at_us; /* the next step */
    uint32_t sequence;    /* of the last report or command sent */
    enum command_type last_command;
    uint64_t verdict_by_us;                /* while one is awaited */
    struct typed typed;                    /* sent, and not yet read by what the server said */
    struct grab_key given[GRAB_GIVEN_MAX]; /* GRAB_GIVING: what the desktop will get */
    size_t given_count;
    uint64_t now_us; /* of the call that is running */
};

/* `rules` stay the caller's, and where they are. */
void grab_init(struct grab *grab, const struct hotkey_rules *rules, const struct grab_ops *ops,
               void *context);
/* The server is there: says hello. Whatever was grabbed for an earlier one is given back. */
void grab_connected(struct grab *grab, uint64_t now_us);
/* The server is gone: all is given back at once. */
void grab_disconnected(struct grab *grab, uint64_t now_us);
/* What the devices say, grabbed or not; keys counted over all devices, no repeats. Reports carry
 * the time of the kernel on the clock of now_us: those from before a grab were seen by the desktop,
 * and are only looked at for hotkeys. Read all devices before the server's messages: what is still
 * unread at a give reaches nobody. */
void grab_report(struct grab *grab, const struct report *report, uint64_t now_us);
void grab_message(struct grab *grab, const struct link_message *message, uint64_t now_us);
/* The source lost its devices or its focus by itself: nothing is grabbed any more. */
void grab_lost(struct grab *grab, enum link_ungrab_reason reason, uint64_t now_us);
void grab_tick(struct grab *grab, uint64_t now_us);
uint64_t grab_deadline_us(const struct grab *grab); /* HOTKEY_NO_DEADLINE: none */
bool grab_is_grabbed(const struct grab *grab);
/* No hotkey is begun: the rules may be changed; say so at once with grab_rules_changed. */
bool grab_is_idle(const struct grab *grab);
void grab_rules_changed(struct grab *grab);
