/* The end of `hotdesk add`: until the new target is there. */
#pragma once

struct ssh;

/* Waits, some seconds at most, until the target is connected, and a little longer for it to be
 * ready; says how it stands and what to press. An enum exit_code: connected and not ready is done,
 * since it says itself what it needs. A signal that `ssh` catches ends it. */
int arrival_wait(const char *socket_path, struct ssh *ssh, long long number, const char *name);
