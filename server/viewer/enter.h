/* Asks the server to give keyboard and mouse to a target, and hears what it says to that. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/viewer/client.h"

#define ENTER_TEXT_ROOM 161

struct enter {
    struct client *client; /* NULL: nothing is asked */
};

/* All zero asks nothing. True: the answer comes, see enter_receive; false: the server is not there.
 * Asked anew, the older answer is left. */
bool enter_ask(struct enter *enter, uint16_t number);
/* True: it was refused, for this reason. */
bool enter_receive(struct enter *enter, char ret_why[ENTER_TEXT_ROOM]);
int enter_fd(const struct enter *enter); /* -1: none */
void enter_finish(struct enter *enter);
