/*
 * Whether the person at the console may send keys to another computer: rule 6. Pure: (what logind
 * and the viewers of sessions say, now) -> go home, refuse, allow.
 *
 * The keyboard goes home when the screen is locked, the computer goes to sleep, or another session
 * becomes the seat's active one, and whenever logind asks for a lock. While the screen of the
 * active session is locked, or the computer sleeps, no target may be entered. A request to lock
 * alone locks nothing on a desktop without a locker: it counts for TIME_LOCK_COMES, until somebody
 * says that the lock is there.
 *
 * A viewer's report counts while the viewer is connected and TIME_LOCKER_GONE longer (it may be
 * started anew), and only if it is a viewer of the active session's user: the session of another
 * user may well be locked in the background.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRESENCE_LOCKERS_MAX  64
#define PRESENCE_SESSION_ROOM 64
#define PRESENCE_WHY_ROOM     160

struct presence_locker {
    const void *id; /* whose report: any pointer that is its own; NULL: it has gone */
    bool used, locked;
    uint32_t uid;
    uint64_t until_us; /* when it has gone */
    char why[PRESENCE_WHY_ROOM];
};

struct presence {
    char session[PRESENCE_SESSION_ROOM]; /* the active one of the seat; empty: none, or no logind */
    uint32_t uid;                        /* its owner */
    bool has_session;
    bool known; /* logind has told which session is active */
    bool locked_hint, asleep;
    uint64_t lock_asked_until_us;
    struct presence_locker lockers[PRESENCE_LOCKERS_MAX];
};

void presence_init(struct presence *presence);

/*
 * What happened. Each gives the sentence why the keyboard must go home now, or NULL: nothing to do.
 * It is valid until the next call.
 */
/* `session` NULL: none is active. The first call only tells how things are. */
const char *presence_session(struct presence *presence, const char *session, uint32_t uid);
const char *presence_lock_asked(struct presence *presence, uint64_t now_us);
const char *presence_unlock_asked(struct presence *presence);
const char *presence_locked_hint(struct presence *presence, bool locked);
/* The active session is no longer so, whoever comes next. */
const char *presence_inactive(struct presence *presence);
const char *presence_sleep(struct presence *presence, bool sleeps);
/* A report of a viewer; `why` may be empty. */
const char *presence_report(struct presence *presence, const void *id, uint32_t uid, bool locked,
                            const char *why);

void presence_reporter_gone(struct presence *presence, const void *id, uint64_t now_us);
/* logind is gone: what it said does not count any more, but for the session's owner. */
void presence_forget_logind(struct presence *presence);

/* Why no target may be entered now; NULL: one may. */
const char *presence_refusal(struct presence *presence, uint64_t now_us);
/* When the refusal may end by itself; UINT64_MAX: never. */
uint64_t presence_deadline_us(const struct presence *presence);
