/* Another user's identity, for the rest of a process that root started. */
#pragma once

#include <pwd.h>

/* All of it: groups, gid and uid for good, HOME, USER, LOGNAME, SHELL; what named the directories
 * of the user before (XDG_..., those that systemd sets) is taken away. `user` may be getpwnam's
 * own. 0 or -errno; a process that could not must end. */
int become_user(const struct passwd *user);
