/* The agent as a service: of the desktop's user, or of the system (packaging/). */
#pragma once

#include <stdbool.h>

#include "common/identity.h" /* ERROR_ROOM */

#define SERVICE_AGENT_USER "hotdesk-agent" /* of the system's agent */

enum service_kind { SERVICE_OF_USER, SERVICE_OF_SYSTEM };

/* Enables it, and starts it unless an agent runs already. False: nothing runs, `ret_said` tells
 * what to do; true: it tells what was done, as a whole sentence. Where no systemd of this user
 * answers, the agent runs in the background, and that is told. Blocks, some seconds at most. */
bool service_start(enum service_kind kind, bool runs_already, char ret_said[ERROR_ROOM]);
/* hotdesk-agent-system.service is this computer's agent. */
bool service_system_runs(void);
