/*
 * What a script on the console has typed here, beside the keys of a person there: combinations, and
 * texts whose keys this computer finds. Pure: (messages, now) -> ops.
 *
 * A combination goes down and up in one call, so between two calls nothing of a script is down, and
 * whatever ends it has nothing to lift. It waits while a person at the console holds keys down here
 * (they would change its sense), and what began TIME_SCRIPT_WAIT ago is refused then. One PRESS or
 * TEXT at a time, answered by TYPED; of a text nothing is kept beyond that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/inject/stroke.h"
#include "protocol/message.h"

struct script_ops {
    void (*send)(void *context, const struct message *message);
    int (*inject)(void *context, const struct report *report); /* negative: not typed */
    /* The combination of each character. 0; -ENOENT: character *ret_count (from 0) has no key;
     * -EBUSY: a modifier is down at this computer; else it cannot be told now. `ret_why`: of the
     * errors, for people. */
    int (*find)(void *context, const char *text, struct stroke *ret_strokes, size_t *ret_count,
                char ret_why[MESSAGE_REASON_ROOM]);
    /* A person at the console holds keys down here. */
    bool (*is_held)(void *context);
    /* It begins, or is over. */
    void (*runs)(void *context, bool runs);
};

struct script {
    const struct script_ops *ops;
    void *context;
    bool is_running;
    bool only_look;
    uint32_t job;
    char text[SCRIPT_TEXT_MAX + 1]; /* until its keys are found */
    struct stroke strokes[SCRIPT_TEXT_MAX];
    size_t count, done;
    uint64_t next_us, refuse_us; /* it waits for nobody after the latter */
};

void script_init(struct script *script, const struct script_ops *ops, void *context);
/* Each is answered by TYPED, now or later. */
void script_press(struct script *script, const struct message_press *press, uint64_t now_us);
void script_text(struct script *script, const struct message_text *text, uint64_t now_us);
/* Of another job than the one that runs: nothing. */
void script_stop(struct script *script, uint32_t job);
/* It may type no more; answered with this reason. */
void script_refuse(struct script *script, const char *why);
/* The connection is gone: no answer. */
void script_forget(struct script *script);
void script_tick(struct script *script, uint64_t now_us);
uint64_t script_deadline_us(const struct script *script); /* UINT64_MAX: none */
