/* Where `hotdesk add` goes: what ssh takes as [USER@]HOST, looked at before ssh sees it. Pure.
 *
 * ssh puts both into the commands of its configuration (ProxyCommand, Match exec), and so into a
 * shell: what newer ones refuse (CVE-2023-51385) is refused here whichever ssh is there. */
#pragma once

#include <stdbool.h>

#define DESTINATION_ROOM 512

struct destination {
    char ssh[DESTINATION_ROOM]; /* behind `ssh --`: IPv6 addresses without brackets */
    char host[DESTINATION_ROOM];
};

/* "lab3", "ann@lab3", "ann@2001:db8::7", "[fe80::1%eth0]", an alias of ~/.ssh/config. False with a
 * sentence's end in *ret_why. */
bool destination_parse(const char *text, struct destination *ret_destination, const char **ret_why);

/* HOST[:PORT] of letters that a name or an address has; the agent, which dials it, looks closer. */
bool destination_address_is_plain(const char *text);

/* 1..65535, digits alone; 0 when it is none. */
int destination_port(const char *text);
