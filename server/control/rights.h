/* Who may do what on the control socket: a uid to its highest class of right. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "server/control/control.h"

#define RIGHTS_NONE (-1) /* below CONTROL_SEE */

struct rights {
    uid_t own_uid;
    bool system; /* root or a system user runs the server: others may see */
    bool has_group;
    gid_t use_gid;
    char use_group[64];
};

/* `use_group` may be NULL or empty. -ESRCH when there is no such group. */
int rights_init(struct rights *rights, const char *use_group);

/* RIGHTS_NONE or the highest enum control_class; asks the user database, so keep the answer. */
int rights_of(const struct rights *rights, uid_t uid);

const char *rights_class_name(enum control_class class);

/* "root and user hotdesk", for a refusal. */
void rights_describe(const struct rights *rights, enum control_class class, char *ret_text,
                     size_t room_bytes);
