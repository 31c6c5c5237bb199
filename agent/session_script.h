/* The session's part that joins it with script.h. Used by session.c alone. */
#pragma once

#include <stdbool.h>

#include "agent/session.h"

void session_script_init(struct session *session);
/* False: the message is none of a script's, or this server has none typed. */
bool session_script_received(struct session *session, const struct message *message);
