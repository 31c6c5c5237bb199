/* A target's monitors: which one its agent shows, by the verb `monitor` and by hotkeys. */
#pragma once

#include "server/net/server.h"

/* The verb. */
void monitors_handle(void *server, struct control_client *client, const json_t *request);
/* Of a hotkey: `word` as for monitors_choose. 0, or -errno with a sentence. */
int monitors_command(struct server *server, uint16_t number, const char *word, char *ret_why,
                     size_t room_bytes);
/* The agent told what it shows. */
void monitors_told(struct server *server, uint16_t number, const char *reason);
