#include "server/switch/presence.h"

#include <stdio.h>
#include <string.h>

#include "common/times.h"

static const char LOCKED[] = "this computer's screen is locked";

void presence_init(struct presence *presence)
{
    *presence = (struct presence){0};
}

static void forget_session(struct presence *presence)
{
    presence->locked_hint = false;
    presence->lock_asked_until_us = 0;
}

const char *presence_session(struct presence *presence, const char *session, uint32_t uid)
{
    const char *name = session ? session : "";
    bool changed = strcmp(presence->session, name) != 0;
    bool first = !presence->known;

    presence->known = true;
    presence->has_session = session != NULL;
    if (session)
        presence->uid = uid;
    if (!changed)
        return NULL;
    snprintf(presence->session, sizeof presence->session, "%s", name);
    forget_session(presence);
    return first ? NULL : "another session is active on this computer";
}

const char *presence_lock_asked(struct presence *presence, uint64_t now_us)
{
    presence->lock_asked_until_us = now_us + time_us(TIME_LOCK_COMES);
    return LOCKED;
}

const char *presence_unlock_asked(struct presence *presence)
{
    presence->lock_asked_until_us = 0;
    return NULL;
}

const char *presence_locked_hint(struct presence *presence, bool locked)
{
    presence->locked_hint = locked;
    if (!locked)
        presence->lock_asked_until_us = 0;
    return locked ? LOCKED : NULL; /* each time: a quick unlock may not have been seen */
}

const char *presence_inactive(struct presence *presence)
{
    return presence->has_session ? "this computer's session is no longer active" : NULL;
}

const char *presence_sleep(struct presence *presence, bool sleeps)
{
    presence->asleep = sleeps;
    return sleeps ? "this computer goes to sleep" : NULL;
}

static struct presence_locker *find_locker(struct presence *presence, const void *id)
{
    struct presence_locker *room = NULL;

    for (size_t i = 0; i < PRESENCE_LOCKERS_MAX; i++) {
        struct presence_locker *locker = &presence->lockers[i];
        if (locker->used && locker->id == id)
            return locker;
        if (!locker->used || (!locker->id && !room))
            room = locker;
    }
    return room;
}

/* Whose viewer says that the screen is locked must be who sits there. */
static bool counts(const struct presence *presence, const struct presence_locker *locker)
{
    return locker->used && locker->locked &&
           (!presence->known || !presence->has_session || locker->uid == presence->uid);
}

/* A viewer that was started anew speaks for the one before. */
static void drop_gone(struct presence *presence, uint32_t uid)
{
    for (size_t i = 0; i < PRESENCE_LOCKERS_MAX; i++) {
        struct presence_locker *locker = &presence->lockers[i];
        if (locker->used && !locker->id && locker->uid == uid)
            *locker = (struct presence_locker){0};
    }
}

const char *presence_report(struct presence *presence, const void *id, uint32_t uid, bool locked,
                            const char *why)
{
    drop_gone(presence, uid);
    struct presence_locker *locker = find_locker(presence, id);

    if (!locker) /* more reporters than there are clients: cannot be */
        return locked ? LOCKED : NULL;
    *locker = (struct presence_locker){.id = id, .used = true, .locked = locked, .uid = uid};
    snprintf(locker->why, sizeof locker->why, "%s%s%s", LOCKED, why && why[0] ? ": " : "",
             why ? why : "");
    return counts(presence, locker) ? locker->why : NULL;
}

void presence_reporter_gone(struct presence *presence, const void *id, uint64_t now_us)
{
    struct presence_locker *locker = find_locker(presence, id);

    if (!locker || !locker->used || locker->id != id)
        return;
    locker->id = NULL;
    locker->until_us = now_us + time_us(TIME_LOCKER_GONE);
}

void presence_forget_logind(struct presence *presence)
{
    presence->known = false;
    presence->has_session = false;
    presence->asleep = false;
    presence->session[0] = '\0';
    forget_session(presence);
}

static void expire(struct presence *presence, uint64_t now_us)
{
    if (presence->lock_asked_until_us <= now_us)
        presence->lock_asked_until_us = 0;
    for (size_t i = 0; i < PRESENCE_LOCKERS_MAX; i++) {
        struct presence_locker *locker = &presence->lockers[i];
        if (locker->used && !locker->id && locker->until_us <= now_us)
            *locker = (struct presence_locker){0};
    }
}

const char *presence_refusal(struct presence *presence, uint64_t now_us)
{
    expire(presence, now_us);
    if (presence->asleep)
        return "this computer goes to sleep";
    if (presence->locked_hint || presence->lock_asked_until_us)
        return LOCKED;
    for (size_t i = 0; i < PRESENCE_LOCKERS_MAX; i++) {
        if (counts(presence, &presence->lockers[i]))
            return presence->lockers[i].why;
    }
    return NULL;
}

uint64_t presence_deadline_us(const struct presence *presence)
{
    uint64_t deadline_us = UINT64_MAX;

    if (presence->lock_asked_until_us)
        deadline_us = presence->lock_asked_until_us;
    for (size_t i = 0; i < PRESENCE_LOCKERS_MAX; i++) {
        const struct presence_locker *locker = &presence->lockers[i];
        if (locker->used && !locker->id && locker->until_us < deadline_us)
            deadline_us = locker->until_us;
    }
    return deadline_us;
}
