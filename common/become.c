#include "common/become.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const directories[] = {
    "XDG_CONFIG_HOME", "XDG_STATE_HOME",  "XDG_RUNTIME_DIR",   "XDG_DATA_HOME",
    "XDG_CACHE_HOME",  "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "CONFIGURATION_DIRECTORY",
};

static int set_environment(const struct passwd *user)
{
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        unsetenv(directories[i]);
    if (setenv("HOME", user->pw_dir, 1) != 0 || setenv("USER", user->pw_name, 1) != 0 ||
        setenv("LOGNAME", user->pw_name, 1) != 0 ||
        setenv("SHELL", *user->pw_shell ? user->pw_shell : "/bin/sh", 1) != 0)
        return -errno;
    return 0;
}

int become_user(const struct passwd *user)
{
    if (initgroups(user->pw_name, user->pw_gid) != 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return -errno;
    return set_environment(user);
}
