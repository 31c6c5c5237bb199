/*
 * What logind tells of one seat's active session and of sleep (org.freedesktop.login1(5)), and the
 * lock that holds sleep up until the targets were left.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct logind;

struct logind_handlers { /* from the loop */
    /* The seat's active session is known; NULL: there is none. Its locked hint follows. Told again
     * after any change of it. */
    void (*session)(void *context, const char *session, uint32_t uid);
    /* That session is no longer the active one, or has ended; `session` follows. */
    void (*inactive)(void *context);
    /* Whose sessions are on the seat, active or not. */
    void (*users)(void *context, const uint32_t *uids, size_t count);
    void (*lock_asked)(void *context);
    void (*unlock_asked)(void *context);
    void (*locked_hint)(void *context, bool locked);
    /* True: it goes to sleep as soon as logind_release_sleep is called, or logind is tired of
     * waiting (5 s). False: it woke up. */
    void (*sleep)(void *context, bool sleeps);
    /* No logind, or none any more. `why` is for a log line; NULL: it is there now. */
    void (*gone)(void *context, const char *why);
};

/* `seat` is not copied. 0 or -errno; -ENOSYS: built without libsystemd. */
int logind_create(uv_loop_t *loop, const char *seat, const struct logind_handlers *handlers,
                  void *context, struct logind **ret_logind);
/* The loop must run once more. NULL ok. */
struct logind *logind_destroy(struct logind *logind);
void logind_release_sleep(struct logind *logind); /* NULL ok */
