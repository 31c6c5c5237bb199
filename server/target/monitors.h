/* Which of a target's monitors a word asks for. Pure. */
#pragma once

#include "server/target/agent.h"

#define MONITORS_WHY_ROOM 200

/* `word`: "all", "next" (each in turn, then all of them), or a monitor's name. 0 and the name, ""
 * for all; -EOPNOTSUPP: its agent cannot, -ENOENT: there is none; with a sentence. `view` NULL: no
 * agent is connected. */
int monitors_choose(const struct agent_view *view, const char *word,
                    char ret_name[MESSAGE_NAME_ROOM], char ret_why[MONITORS_WHY_ROOM]);
