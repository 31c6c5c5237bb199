/* Names and addresses: HOST[:PORT], IPv4, IPv6 in brackets. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define DIAL_HOST_ROOM 256

struct endpoint {
    char host[DIAL_HOST_ROOM];
    uint16_t port;
};

/* "lab3", "lab3:2000", "192.0.2.7", "[2001:db8::1]:24810", "2001:db8::1". False when it is none. */
bool endpoint_parse(const char *text, uint16_t default_port, struct endpoint *ret_endpoint);
/* A decimal number from 1 to 65535, and nothing else. */
bool endpoint_port_parse(const char *text, uint16_t *ret_port);
/* An IPv6 address without brackets, with a zone if it needs one (fe80::1%eth0). */
bool endpoint_is_ipv6(const char *text);
void endpoint_format(const struct endpoint *endpoint, char *ret_text, size_t room_bytes);
/* "192.0.2.7:24810" (an IPv4 address in IPv6 too), "[2001:db8::1]:24810", else "local". */
void address_format(const struct sockaddr *address, char *ret_text, size_t room_bytes);
/* What address_format made, without port and brackets. */
void address_host(const char *address, char *ret_host, size_t room_bytes);
