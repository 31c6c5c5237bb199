/*
 * The server's end of control, screen and pairing connections as libFuzzer calls it: every message
 * in every state, in the whole server (server_rig.h).
 *
 * The first byte chooses the state of agent 0 that the bytes meet: connected without a key that is
 * paired, paired and silent, pairing, welcomed, ready, entered, active with a key down. Then come
 * steps: a byte for what happens, one for which agent and how, one for how much; for bytes of an
 * agent or a source as many follow.
 */
#include "tests/hostile/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/hostile/server_rig.h"

#define STATES    8
#define STEPS_MAX 100
#define KEY       30 /* KEY_A */
#define STRANGER  3  /* the first key that is not paired */

enum {
    STATE_STRANGER,
    STATE_SILENT,
    STATE_PAIRING,
    STATE_WELCOMED,
    STATE_READY,
    STATE_ENTERED,
    STATE_ACTIVE,
    STATE_SCREEN
};

static char reason[sizeof rig.reason];

/* --- the console's side --- */

static void from_source(struct link_message message)
{
    message.grab_number = rig.grab_number;
    rig_from_source(&message);
}

static void grab(void)
{
    from_source((struct link_message){.type = LINK_HELLO, .version = LINK_VERSION});
    rig.grab_number++;
    from_source((struct link_message){.type = LINK_GRABBED});
}

static void press(uint16_t code, int32_t value)
{
    struct link_message message = {.type = LINK_REPORT, .report.time_us = clock_now_us()};

    report_add(&message.report, EV_KEY, code, value);
    from_source(message);
}

static void move(int32_t count)
{
    struct link_message message = {.type = LINK_REPORT, .report.time_us = clock_now_us()};

    report_add(&message.report, EV_REL, REL_X, count);
    from_source(message);
}

static void command(uint16_t number)
{
    struct command what = {.type = number ? COMMAND_TARGET : COMMAND_LOCAL, .number = number};
    char why[SWITCH_REASON_ROOM] = "";

    desk_command(&rig.server->desk, &what, clock_now_us(), why);
}

static void any_command(uint8_t type)
{
    struct command what = {.type = COMMAND_NEXT + type % 3};
    char why[SWITCH_REASON_ROOM] = "";

    desk_command(&rig.server->desk, &what, clock_now_us(), why);
}

/* --- an agent's side --- */

static void answer_enter(unsigned agent)
{
    struct message entered = {.type = MESSAGE_ENTERED, .entered.taken = 1};

    entered.entered.control_number = rig.agents[agent % RIG_AGENTS].control_number;
    rig_send(agent, &entered);
}

static void bring_to(unsigned state)
{
    if (state == STATE_PAIRING)
        rig_make_code();
    rig_connect(0, state == STATE_STRANGER || state == STATE_PAIRING ? STRANGER : 0);
    if (state == STATE_PAIRING)
        rig_hello(0, MESSAGE_ROLE_PAIRING, 0);
    if (state == STATE_WELCOMED)
        rig_hello(0, MESSAGE_ROLE_CONTROL, 0);
    if (state >= STATE_READY)
        rig_make_ready(0);
    rig_turn();
    if (state == STATE_SCREEN)
        rig_connect(1, 0);
    if (state == STATE_ENTERED || state == STATE_ACTIVE) {
        grab();
        command(1);
        rig_turn();
    }
    if (state == STATE_ACTIVE) {
        answer_enter(0);
        rig_turn();
        press(KEY, 1);
        rig_turn();
    }
}

/* Of a source: a whole message, made of what is there. */
static void source_says(const uint8_t *bytes, size_t size_bytes)
{
    uint8_t whole[LINK_MESSAGE_BYTES] = {0};
    struct link_message message;
    const char *why = NULL;

    memcpy(whole, bytes, size_bytes < sizeof whole ? size_bytes : sizeof whole);
    if (link_decode(whole, true, &message, &why))
        rig_from_source(&message);
}

/* How many of the bytes were used. */
static size_t step(uint8_t what, uint8_t which, uint8_t much, const uint8_t *bytes,
                   size_t size_bytes)
{
    const unsigned agent = which % RIG_AGENTS;
    const size_t count = much < size_bytes ? much : size_bytes;
    struct stream *stream = rig.agents[agent].stream;

    switch (what % 16) {
    case 0:
        rig_connect(agent, much);
        break;
    case 1:
        rig_hang_up(agent, much & 1);
        break;
    case 2:
        rig_make_ready(agent);
        break;
    case 3:
        rig_make_code();
        break;
    case 4:
        rig_prove(agent);
        break;
    case 5:
        rig_hello(agent, (enum message_role)(1 + much % 3), much / 3);
        break;
    case 6:
        command(much % 6);
        break;
    case 7:
        any_command(much);
        break;
    case 8:
        grab();
        break;
    case 9:
        press(KEY + which % 4, much & 1);
        break;
    case 10:
        move(much);
        break;
    case 11:
        rig_pass((uint64_t)much * much * 1000);
        break;
    case 12:
        if (stream)
            memory_set_full(stream, much & 1);
        break;
    case 13:
        answer_enter(agent);
        break;
    case 14:
        source_says(bytes, count);
        return count;
    default:
        rig_receive(agent, bytes, count);
        return count;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    if (size_bytes == 0)
        return 0;
    rig_start();
    bring_to(bytes[0] % STATES);
    for (size_t at = 1, steps = 0; at + 3 <= size_bytes && steps < STEPS_MAX; steps++) {
        at +=
            3 + step(bytes[at], bytes[at + 1], bytes[at + 2], bytes + at + 3, size_bytes - at - 3);
        rig_turn();
    }
    snprintf(reason, sizeof reason, "%s", rig.reason[0] ? rig.reason : "it was closed");
    rig_finish();
    return 0;
}

const char *fuzz_reason(void)
{
    return reason;
}
