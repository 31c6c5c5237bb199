/* What the console of `hotdesk add` tells `hotdesk-agent join` to pair with (agent/join.h). Pure.
 */
#pragma once

#include "common/code.h"
#include "common/endpoint.h"
#include "common/identity.h"

struct order {
    struct endpoint endpoint;
    struct fingerprint server;
    struct code code;
};

/* Takes `text` apart in place. `address_of_ssh`: where the ssh came from, "" when that is not
 * known. NULL, or a sentence for people: then *ret_order is undefined, and may have the code in it.
 */
const char *order_read(char *text, const char *address_of_ssh, struct order *ret_order);
