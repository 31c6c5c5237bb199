/* What ended the conversation of `hotdesk add`, in words, on standard error. */
#pragma once

#include <stdbool.h>

#include "server/cli/destination.h"
#include "server/cli/ssh.h"

/* `ssh_port` 0: what ssh says; `error`: what ssh_read or ssh_write gave; `met`: the agent has said
 * who it is. May wait for ssh to end. */
void trouble_explain(const struct destination *destination, int ssh_port, struct ssh *ssh, bool met,
                     int error);
