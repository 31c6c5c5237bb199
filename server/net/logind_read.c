#include "server/net/logind_read.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define SESSION_TYPE "susso" /* id, uid, name of the user, seat, path */

int logind_read_bool(sd_bus_message *message, bool *ret_value)
{
    int value = 0, result = sd_bus_message_read(message, "v", "b", &value);
    if (result > 0)
        *ret_value = value;
    return result;
}

static int read_property(sd_bus_message *message, const char *name, struct logind_session *facts)
{
    const char *path;
    if (strcmp(name, "LockedHint") == 0) {
        facts->has_hint = true;
        return logind_read_bool(message, &facts->locked_hint);
    }
    if (strcmp(name, "Active") == 0) {
        facts->has_active = true;
        return logind_read_bool(message, &facts->active);
    }
    if (strcmp(name, "User") == 0) {
        return sd_bus_message_read(message, "v", "(uo)", &facts->uid, &path);
    }
    if (strcmp(name, "Id") == 0) {
        const char *id;
        int result = sd_bus_message_read(message, "v", "s", &id);
        if (result > 0)
            snprintf(facts->id, sizeof facts->id, "%s", id);
        return result;
    }
    return sd_bus_message_skip(message, "v");
}

int logind_read_session(sd_bus_message *message, struct logind_session *ret_facts)
{
    const char *name;
    int result = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}");
    *ret_facts = (struct logind_session){0};
    while (result >= 0 &&
           (result = sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
        result = sd_bus_message_read(message, "s", &name);
        if (result >= 0)
            result = read_property(message, name, ret_facts);
        if (result >= 0)
            result = sd_bus_message_exit_container(message);
    }
    return result;
}

/* Several sessions of one user count once. */
static void add_user(uint32_t uid, uint32_t uids[LOGIND_USERS_MAX], size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (uids[i] == uid)
            return;
    if (*count < LOGIND_USERS_MAX)
        uids[(*count)++] = uid;
}

int logind_read_users(sd_bus_message *message, const char *seat,
                      uint32_t ret_uids[LOGIND_USERS_MAX], size_t *ret_count)
{
    const char *id, *name, *of_seat, *path;
    uint32_t uid;
    size_t count = 0;
    int result = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "(" SESSION_TYPE ")");
    while (result >= 0 && (result = sd_bus_message_read(message, "(" SESSION_TYPE ")", &id, &uid,
                                                        &name, &of_seat, &path)) > 0)
        if (strcmp(of_seat, seat) == 0)
            add_user(uid, ret_uids, &count);
    if (result >= 0)
        *ret_count = count;
    return result;
}
