#include "server/control/rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_UID_MAX  999 /* login.defs(5): SYS_UID_MAX */
#define DATABASE_ROOM   16384
#define GROUPS_MAX_EVER 65536 /* NGROUPS_MAX of the kernel */

int rights_init(struct rights *rights, const char *use_group)
{
    *rights = (struct rights){.own_uid = geteuid(), .system = geteuid() <= SYSTEM_UID_MAX};
    if (!use_group || !*use_group)
        return 0;
    if (strlen(use_group) >= sizeof rights->use_group)
        return -ESRCH;

    struct group entry, *found = NULL;
    char room[DATABASE_ROOM];
    int error = getgrnam_r(use_group, &entry, room, sizeof room, &found);
    if (error)
        return -error;
    if (!found)
        return -ESRCH;
    rights->has_group = true;
    rights->use_gid = found->gr_gid;
    strcpy(rights->use_group, use_group);
    return 0;
}

static bool list_has_group(const char *user, gid_t primary, gid_t wanted)
{
    int count = 64;
    gid_t *list = malloc((size_t)count * sizeof *list);
    while (list && getgrouplist(user, primary, list, &count) < 0) {
        free(list);
        list = count <= GROUPS_MAX_EVER ? malloc((size_t)count * sizeof *list) : NULL;
    }
    bool has = false;
    for (int i = 0; list && i < count && !has; i++)
        has = list[i] == wanted;
    free(list);
    return has;
}

/* By the database and not by the peer's credentials: who was taken out of the group has lost the
 * right at once, and who was put in need not log in again. */
static bool user_is_member(uid_t uid, gid_t wanted)
{
    struct passwd entry, *found = NULL;
    char room[DATABASE_ROOM];
    if (getpwuid_r(uid, &entry, room, sizeof room, &found) || !found)
        return false;
    return list_has_group(found->pw_name, found->pw_gid, wanted);
}

int rights_of(const struct rights *rights, uid_t uid)
{
    if (uid == 0 || uid == rights->own_uid)
        return CONTROL_OWN;
    if (rights->has_group && user_is_member(uid, rights->use_gid))
        return CONTROL_USE;
    return rights->system ? CONTROL_SEE : RIGHTS_NONE;
}

const char *rights_class_name(enum control_class class)
{
    static const char *const names[] = {
        [CONTROL_SEE] = "see",
        [CONTROL_USE] = "use",
        [CONTROL_OWN] = "own",
    };
    return names[class];
}

static void own_user(const struct rights *rights, char *ret_text, size_t room_bytes)
{
    struct passwd entry, *found = NULL;
    char room[DATABASE_ROOM];
    if (!getpwuid_r(rights->own_uid, &entry, room, sizeof room, &found) && found)
        snprintf(ret_text, room_bytes, "user %s", found->pw_name);
    else
        snprintf(ret_text, room_bytes, "uid %ld", (long)rights->own_uid);
}

void rights_describe(const struct rights *rights, enum control_class class, char *ret_text,
                     size_t room_bytes)
{
    char own[64] = "", group[96] = "";
    if (rights->own_uid != 0)
        own_user(rights, own, sizeof own);
    if (class != CONTROL_OWN && rights->has_group)
        snprintf(group, sizeof group, "members of group %s", rights->use_group);
    snprintf(ret_text, room_bytes, "root%s%s%s%s", *own ? (*group ? ", " : " and ") : "", own,
             *group ? " and " : "", group);
}
