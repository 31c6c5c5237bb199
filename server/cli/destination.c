#include "server/cli/destination.h"

#include <stdio.h>
#include <string.h>

#include "common/endpoint.h"

static bool has_control_or_space(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return true;
    return false;
}

static const char *what_is_wrong_with_user(const char *user)
{
    if (!*user)
        return "there is no user before the @";
    if (*user == '-')
        return "a user cannot begin with a hyphen";
    if (has_control_or_space(user))
        return "a user has no spaces and no control characters";
    if (strpbrk(user, "'`\"$;&<>|(){}") || user[strlen(user) - 1] == '\\')
        return "the user has a character that a shell would read";
    return NULL;
}

static const char *what_is_wrong_with_host(const char *host)
{
    if (!*host)
        return "there is no host";
    if (*host == '-')
        return "a host cannot begin with a hyphen";
    if (has_control_or_space(host))
        return "a host has no spaces and no control characters";
    if (strpbrk(host, "'`\"$\\;&<>|(){}"))
        return "the host has a character that a shell would read";
    if (strchr(host, '/'))
        return "it is [USER@]HOST; a port goes behind -p";
    if (strpbrk(host, "[]"))
        return "only an IPv6 address stands in brackets; a port goes behind -p";
    if (strchr(host, ':') && !endpoint_is_ipv6(host))
        return "that is no IPv6 address; a port goes behind -p";
    return NULL;
}

/* Cuts the brackets off in place; what is no address in them is left as it is, to be refused. */
static void take_brackets_off(char *host)
{
    size_t length = strlen(host);
    if (length < 2 || host[0] != '[' || host[length - 1] != ']')
        return;
    host[length - 1] = '\0';
    if (endpoint_is_ipv6(host + 1))
        memmove(host, host + 1, length - 1);
    else
        host[length - 1] = ']';
}

bool destination_parse(const char *text, struct destination *ret_destination, const char **ret_why)
{
    struct destination destination;
    char user[DESTINATION_ROOM] = "";
    const char *at = strrchr(text, '@'); /* as ssh does: a user may have one, too */
    const char *host = at ? at + 1 : text;
    if (strlen(text) >= DESTINATION_ROOM) {
        *ret_why = "it is too long";
        return false;
    }
    if (at)
        snprintf(user, sizeof user, "%.*s", (int)(at - text), text);
    snprintf(destination.host, sizeof destination.host, "%s", host);
    take_brackets_off(destination.host);
    const char *why = at ? what_is_wrong_with_user(user) : NULL;
    if (!why)
        why = what_is_wrong_with_host(destination.host);
    if (why) {
        *ret_why = why;
        return false;
    }
    int length = snprintf(destination.ssh, sizeof destination.ssh, "%s%s%s", user, at ? "@" : "",
                          destination.host);
    if (length < 0 || (size_t)length >= sizeof destination.ssh) {
        *ret_why = "it is too long";
        return false;
    }
    *ret_destination = destination;
    return true;
}

bool destination_address_is_plain(const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:%[]";
    size_t length = strlen(text);
    return length > 0 && length < 256 && text[0] != '-' && text[strspn(text, plain)] == '\0';
}

int destination_port(const char *text)
{
    uint16_t port = 0;
    return endpoint_port_parse(text, &port) ? port : 0;
}
