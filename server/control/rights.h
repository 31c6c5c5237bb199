/*
 * Who may do what on the control socket: a uid to its highest class of right.
 *
 * Two sources: what stands fast (root, the server's own user, groups by the user database, asked
 * once a client) and, with a system's server, who sits at the seat, by logind: that may be taken
 * back at any time, so it is never kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "server/control/control.h"

#define RIGHTS_NONE (-1) /* below CONTROL_SEE */

struct rights_group {
    bool is_set;
    gid_t gid;
    char name[64];
};

struct rights {
    uid_t own_uid;
    bool system; /* root or a system user runs the server: it serves whoever sits there */
    struct rights_group use, own;
    struct control_seat seat;
};

/* Groups may be NULL or empty. -ESRCH when there is no such group. */
int rights_init(struct rights *rights, const char *use_group, const char *own_group);

/* RIGHTS_NONE or the highest enum control_class that `uid` has without sitting anywhere; asks the
 * user database, so keep the answer. */
int rights_by_database(const struct rights *rights, uid_t uid);
/* The same by the seat alone. */
int rights_by_seat(const struct rights *rights, uid_t uid);

const char *rights_class_name(enum control_class class);

/* "root, user hotdesk and the active session's user", for a refusal. */
void rights_describe(const struct rights *rights, enum control_class class, char *ret_text,
                     size_t room_bytes);
