#include "common/endpoint.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT_DIGITS 5

bool endpoint_port_parse(const char *text, uint16_t *ret_port)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long port;

    if (digits == 0 || digits > PORT_DIGITS || text[digits] != '\0')
        return false;
    port = strtoul(text, NULL, 10);
    if (port == 0 || port > UINT16_MAX)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

/* What an interface may be called, but for what would end it in an address. */
static bool is_zone(const char *text)
{
    size_t size_bytes = 0;

    while (text[size_bytes] > ' ' && text[size_bytes] < 0x7f && !strchr("%[]/", text[size_bytes]))
        size_bytes++;
    return size_bytes > 0 && text[size_bytes] == '\0';
}

bool endpoint_is_ipv6(const char *text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr unused;
    size_t size_bytes = strcspn(text, "%");

    if (size_bytes >= sizeof address)
        return false;
    if (text[size_bytes] == '%' && !is_zone(text + size_bytes + 1))
        return false;
    memcpy(address, text, size_bytes);
    address[size_bytes] = '\0';
    return inet_pton(AF_INET6, address, &unused) == 1;
}

static bool is_host_name(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

    return text[0] != '\0' && text[0] != '-' && text[0] != '.' && text[strspn(text, plain)] == '\0';
}

bool endpoint_parse(const char *text, uint16_t default_port, struct endpoint *ret_endpoint)
{
    struct endpoint endpoint = {.port = default_port};
    bool in_brackets = text[0] == '[';
    const char *host = in_brackets ? text + 1 : text;
    const char *port = NULL; /* from its colon on */
    size_t size_bytes = strlen(host);

    if (in_brackets) {
        const char *close = strchr(host, ']');

        if (close == NULL || (close[1] != '\0' && close[1] != ':'))
            return false;
        size_bytes = (size_t)(close - host);
        port = close[1] == ':' ? close + 1 : NULL;
    } else if (strchr(host, ':') != NULL && strchr(host, ':') == strrchr(host, ':')) {
        port = strchr(host, ':');
        size_bytes = (size_t)(port - host);
    }
    if (size_bytes >= sizeof endpoint.host ||
        (port != NULL && !endpoint_port_parse(port + 1, &endpoint.port)))
        return false;
    memcpy(endpoint.host, host, size_bytes);
    if (!endpoint_is_ipv6(endpoint.host) && (in_brackets || !is_host_name(endpoint.host)))
        return false;
    *ret_endpoint = endpoint;
    return true;
}

void endpoint_format(const struct endpoint *endpoint, char *ret_text, size_t room_bytes)
{
    bool in_brackets = strchr(endpoint->host, ':') != NULL;

    snprintf(ret_text, room_bytes, "%s%s%s:%u", in_brackets ? "[" : "", endpoint->host,
             in_brackets ? "]" : "", (unsigned)endpoint->port);
}

void address_format(const struct sockaddr *address, char *ret_text, size_t room_bytes)
{
    struct endpoint endpoint = {.port = 0};
    char port[PORT_DIGITS + 1];
    socklen_t size_bytes;

    if (address->sa_family == AF_INET)
        size_bytes = sizeof(struct sockaddr_in);
    else if (address->sa_family == AF_INET6)
        size_bytes = sizeof(struct sockaddr_in6);
    else {
        snprintf(ret_text, room_bytes, "local");
        return;
    }
    if (getnameinfo(address, size_bytes, endpoint.host, sizeof endpoint.host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        snprintf(ret_text, room_bytes, "?");
        return;
    }
    endpoint_port_parse(port, &endpoint.port);
    if (strncmp(endpoint.host, "::ffff:", 7) == 0 && strchr(endpoint.host, '.') != NULL)
        memmove(endpoint.host, endpoint.host + 7, strlen(endpoint.host) - 6);
    endpoint_format(&endpoint, ret_text, room_bytes);
}

void address_host(const char *address, char *ret_host, size_t room_bytes)
{
    const char *colon = strrchr(address, ':');
    size_t size_bytes = colon ? (size_t)(colon - address) : strlen(address);
    if (size_bytes >= 2 && address[0] == '[') {
        address++;
        size_bytes -= 2;
    }
    snprintf(ret_host, room_bytes, "%.*s", (int)size_bytes, address);
}
