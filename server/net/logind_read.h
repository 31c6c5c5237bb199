/*
 * What messages of logind hold (org.freedesktop.login1(5)). Each reader skips what it does not
 * know, and gives a negative errno for what is not of the type that logind documents.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGIND_USERS_MAX 16
#define LOGIND_ID_ROOM   64

struct sd_bus_message;

struct logind_session {
    char id[LOGIND_ID_ROOM]; /* these are what was not told: empty, false, 0 */
    bool has_hint, locked_hint, has_active, active;
    uint32_t uid;
};

/* A variant with a boolean. */
int logind_read_bool(struct sd_bus_message *message, bool *ret_value);
/* Properties of a session, by name (a{sv}). */
int logind_read_session(struct sd_bus_message *message, struct logind_session *ret_session);
/* The answer of ListSessions: whose sessions are on `seat`, each user once; those that find no room
 * are left out. */
int logind_read_users(struct sd_bus_message *message, const char *seat,
                      uint32_t ret_uids[LOGIND_USERS_MAX], size_t *ret_count);
