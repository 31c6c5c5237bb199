/* What each command of hotdesk-agent does. Each returns an exit status and has said what there is
 * to say. */
#pragma once

#include "agent/options.h"

int command_run(const struct command_line *line);
int command_pair(const struct command_line *line);
int command_forget(void);
int command_status(void);
int command_pause(void);
int command_resume(void);
