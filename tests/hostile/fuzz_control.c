/*
 * The control socket as libFuzzer calls it: lines of JSON, and what follows once one has made a
 * window of the connection, in the whole server (server_rig.h) with one target that is ready. A NUL
 * byte goes over to the other of two clients, and lets a moment pass.
 */
#include "tests/hostile/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hostile/server_rig.h"

#define MOMENT_US 200000

static char reason[sizeof rig.reason];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    unsigned client = 0;

    if (size_bytes == 0)
        return 0;
    rig_start();
    rig_connect(0, 0);
    rig_make_ready(0);
    rig_turn();
    rig_client_connect(0);
    rig_client_connect(1);
    const bool keeps_nul = bytes[0] & 1; /* of a window: its messages have many */
    for (size_t at = 1; at < size_bytes;) {
        const uint8_t *end = keeps_nul ? NULL : memchr(bytes + at, 0, size_bytes - at);
        const size_t count = end ? (size_t)(end - bytes) - at : size_bytes - at;
        rig_client_say(client, bytes + at, count);
        at += count + (end ? 1 : 0);
        if (!end)
            continue;
        rig_pass(MOMENT_US);
        client = !client;
    }
    snprintf(reason, sizeof reason, "%s", rig.reason[0] ? rig.reason : "it was closed");
    rig_finish();
    return 0;
}

const char *fuzz_reason(void)
{
    return reason;
}
