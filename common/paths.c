#include "common/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSTEM_SOCKET "/run/hotdesk/control"

static const struct {
    const char *systemd_variable;
    const char *root_directory;
    const char *xdg_variable;
    const char *below_home; /* when the variable is not set; NULL: not below it */
} KINDS[] = {
    [PATHS_CONFIG] = {"CONFIGURATION_DIRECTORY", "/etc/hotdesk", "XDG_CONFIG_HOME", ".config"},
    [PATHS_STATE] = {"STATE_DIRECTORY", "/var/lib/hotdesk", "XDG_STATE_HOME", ".local/state"},
    [PATHS_RUNTIME] = {"RUNTIME_DIRECTORY", "/run/hotdesk", "XDG_RUNTIME_DIR", NULL},
};

/* What a variable says, if it is an absolute path: both specifications want others ignored. */
static const char *path_from(const char *variable)
{
    const char *value = getenv(variable);
    return value && value[0] == '/' ? value : NULL;
}

static const char *home_directory(void)
{
    const char *home = path_from("HOME");
    if (home)
        return home;
    const struct passwd *user = getpwuid(geteuid());
    return user && user->pw_dir && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

/* /tmp is anyone's: a directory that another user made there first is refused. */
static int check_private(const char *path)
{
    struct stat status;

    if (lstat(path, &status) < 0)
        return -errno;
    if (!S_ISDIR(status.st_mode))
        return -ENOTDIR;
    return status.st_uid == geteuid() && (status.st_mode & 077) == 0 ? 0 : -EPERM;
}

static int make_fallback_runtime(char *ret_path, size_t room_bytes)
{
    snprintf(ret_path, room_bytes, "/tmp/hotdesk-%u", (unsigned)geteuid());
    if (mkdir(ret_path, 0700) < 0 && errno != EEXIST)
        return -errno;
    return check_private(ret_path);
}

static int get_directory(enum paths_kind kind, char *ret_path, size_t room_bytes)
{
    const char *base = path_from(KINDS[kind].systemd_variable);
    int size = 0;

    if (base) /* systemd separates several by colons; the first is meant */
        size = snprintf(ret_path, room_bytes, "%.*s", (int)strcspn(base, ":"), base);
    else if (geteuid() == 0)
        size = snprintf(ret_path, room_bytes, "%s", KINDS[kind].root_directory);
    else if ((base = path_from(KINDS[kind].xdg_variable)))
        size = snprintf(ret_path, room_bytes, "%s/hotdesk", base);
    else if (!KINDS[kind].below_home)
        return make_fallback_runtime(ret_path, room_bytes);
    else if ((base = home_directory()))
        size = snprintf(ret_path, room_bytes, "%s/%s/hotdesk", base, KINDS[kind].below_home);
    else
        return -ENOENT;
    return size >= 0 && (size_t)size < room_bytes ? 0 : -ENAMETOOLONG;
}

int paths_get(enum paths_kind kind, const char *leaf, char *ret_path, size_t room_bytes)
{
    char directory[PATH_MAX];
    int result = get_directory(kind, directory, sizeof directory);

    if (result < 0)
        return result;
    int size = leaf ? snprintf(ret_path, room_bytes, "%s/%s", directory, leaf)
                    : snprintf(ret_path, room_bytes, "%s", directory);
    return size >= 0 && (size_t)size < room_bytes ? 0 : -ENAMETOOLONG;
}

int paths_make_dir(const char *path)
{
    char part[PATH_MAX];
    struct stat status;

    if (strlen(path) >= sizeof part)
        return -ENAMETOOLONG;
    strcpy(part, path);
    for (char *at = part + 1; part[0]; at++) {
        char saved = *at;
        if (saved != '/' && saved != '\0')
            continue;
        *at = '\0';
        if (mkdir(part, 0700) < 0 && errno != EEXIST)
            return -errno;
        if (saved == '\0')
            break;
        *at = saved;
    }
    if (stat(path, &status) < 0)
        return -errno;
    return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

/* Whether a server answers there; one that is too busy to accept now does. */
static bool somebody_listens(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return false;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool listens = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ||
                   errno == EAGAIN || errno == EACCES;
    close(fd);
    return listens;
}

int paths_control_socket(char *ret_path, size_t room_bytes)
{
    char own[PATH_MAX];
    int result = paths_get(PATHS_RUNTIME, "control", own, sizeof own);
    const char *path = result == 0 && somebody_listens(own) ? own : SYSTEM_SOCKET;

    /* With neither there, the error had better name the one that the user can start. */
    if (path != own && result == 0 && !somebody_listens(SYSTEM_SOCKET))
        path = own;
    if (strlen(path) >= room_bytes)
        return -ENAMETOOLONG;
    strcpy(ret_path, path);
    return 0;
}
