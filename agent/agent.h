/* The agent as it runs: one connection to the server, one session, one injector, one desktop, on
 * one loop. */
#pragma once

#include <uv.h>

#include "agent/inject/inject.h"
#include "agent/screen/source.h"
#include "common/config.h"
#include "common/identity.h"

struct agent;

struct agent_settings {
    const char *directory; /* STATE/agent */
    int lock;              /* of single_acquire, told how this computer's side is; -1: none */
    struct inject_settings inject;
    struct source_settings source;
    const struct config_section *rights; /* at first */
};

/* `settings` with its texts and `identity` outlive it. 0 or -errno with a sentence. */
int agent_create(uv_loop_t *loop, const struct agent_settings *settings,
                 const struct identity *identity, struct agent **ret_agent,
                 char ret_error[ERROR_ROOM]);
/* What its server may do from now on (rights.h); copied. */
void agent_set_rights(struct agent *agent, const struct config_section *rights);
/* Looks whether it is paused, for whom the file system does not tell. */
void agent_look(struct agent *agent);
/* All keys up, bye, everything closed; the loop must run on until its handles are gone. NULL ok. */
struct agent *agent_destroy(struct agent *agent);
