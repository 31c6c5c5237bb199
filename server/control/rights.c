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

static int find_group(const char *name, struct rights_group *ret_group)
{
    if (!name || !*name)
        return 0;
    if (strlen(name) >= sizeof ret_group->name)
        return -ESRCH;

    struct group entry, *found = NULL;
    char room[DATABASE_ROOM];
    int error = getgrnam_r(name, &entry, room, sizeof room, &found);
    if (error)
        return -error;
    if (!found)
        return -ESRCH;
    ret_group->is_set = true;
    ret_group->gid = found->gr_gid;
    strcpy(ret_group->name, name);
    return 0;
}

int rights_init(struct rights *rights, const char *use_group, const char *own_group)
{
    *rights = (struct rights){.own_uid = geteuid(), .system = geteuid() <= SYSTEM_UID_MAX};
    int result = find_group(use_group, &rights->use);
    return result < 0 ? result : find_group(own_group, &rights->own);
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
static bool user_is_member(const struct passwd *user, const struct rights_group *group)
{
    return group->is_set && list_has_group(user->pw_name, user->pw_gid, group->gid);
}

int rights_by_database(const struct rights *rights, uid_t uid)
{
    struct passwd entry, *found = NULL;
    char room[DATABASE_ROOM];
    if (uid == 0 || uid == rights->own_uid)
        return CONTROL_OWN;
    if (!rights->use.is_set && !rights->own.is_set)
        return RIGHTS_NONE;
    if (getpwuid_r(uid, &entry, room, sizeof room, &found) || !found)
        return RIGHTS_NONE;
    if (user_is_member(found, &rights->own))
        return CONTROL_OWN;
    return user_is_member(found, &rights->use) ? CONTROL_USE : RIGHTS_NONE;
}

int rights_by_seat(const struct rights *rights, uid_t uid)
{
    const struct control_seat *seat = &rights->seat;
    if (!rights->system) /* a user's own server is his alone, whoever else sits there */
        return RIGHTS_NONE;
    if (seat->has_active && seat->active_uid == uid)
        return CONTROL_USE;
    for (size_t i = 0; i < seat->user_count; i++)
        if (seat->users[i] == uid)
            return CONTROL_SEE;
    return RIGHTS_NONE;
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

struct sentence {
    char *text;
    size_t room_bytes;
    const char *parts[4];
    size_t count;
};

static void join(const struct sentence *sentence)
{
    size_t used = 0;
    for (size_t i = 0; i < sentence->count && used < sentence->room_bytes; i++) {
        const char *before = i == 0 ? "" : i + 1 < sentence->count ? ", " : " and ";
        used += (size_t)snprintf(sentence->text + used, sentence->room_bytes - used, "%s%s", before,
                                 sentence->parts[i]);
    }
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
    char own[64], group[96];
    struct sentence who = {ret_text, room_bytes, {"root"}, 1};
    const struct rights_group *members = class == CONTROL_OWN ? &rights->own : &rights->use;
    if (rights->own_uid != 0) {
        own_user(rights, own, sizeof own);
        who.parts[who.count++] = own;
    }
    if (members->is_set) {
        snprintf(group, sizeof group, "members of group %s", members->name);
        who.parts[who.count++] = group;
    }
    if (rights->system && class != CONTROL_OWN)
        who.parts[who.count++] =
            class == CONTROL_USE ? "the active session's user" : "users with a session here";
    join(&who);
}
