#include "agent/script.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"
#include "protocol/cursor.h"

void script_init(struct script *script, const struct script_ops *ops, void *context)
{
    *script = (struct script){.ops = ops, .context = context};
}

/* Nothing of what it typed stays in memory. */
static void script_clear(struct script *script)
{
    const bool was_running = script->is_running;

    explicit_bzero(script->text, sizeof script->text);
    explicit_bzero(script->strokes, sizeof script->strokes);
    script->is_running = false;
    script->count = script->done = 0;
    script->next_us = script->refuse_us = 0;
    if (was_running)
        script->ops->runs(script->context, false);
}

static void script_answer(struct script *script, uint32_t job, enum message_typed_result result,
                          size_t position, const char *why)
{
    struct message typed = {
        .type = MESSAGE_TYPED,
        .typed = {.job = job, .result = (uint8_t)result, .position = (uint16_t)position}};

    text_make_clean(why, typed.typed.reason, sizeof typed.typed.reason);
    script->ops->send(script->context, &typed);
}

static void script_finish(struct script *script, enum message_typed_result result, size_t position,
                          const char *why)
{
    const uint32_t job = script->job;

    script_clear(script);
    script_answer(script, job, result, position, why);
}

static void script_key(struct script *script, uint16_t code, int32_t value)
{
    struct report report = {0};

    report_add(&report, EV_KEY, code, value);
    script->ops->inject(script->context, &report);
}

/* All that goes down comes up, also when the injector fails in between. */
static void script_type(struct script *script, const struct stroke *stroke)
{
    for (uint8_t i = 0; i < stroke->count; i++)
        script_key(script, stroke->keys[i], 1);
    for (uint8_t i = stroke->count; i > 0; i--)
        script_key(script, stroke->keys[i - 1], 0);
}

/* Puts it off; false when that went on for too long, and it was refused. */
static bool script_wait(struct script *script, const char *why, uint64_t now_us)
{
    if (now_us >= script->refuse_us) {
        script_finish(script, MESSAGE_TYPED_REFUSED, script->done, why);
        return false;
    }
    script->next_us = now_us + time_us(TIME_SCRIPT_STROKE);
    return true;
}

/* False when it was answered, or put off. */
static bool script_find(struct script *script, uint64_t now_us)
{
    char why[MESSAGE_REASON_ROOM] = "";
    size_t count = 0;
    const int error =
        script->ops->find(script->context, script->text, script->strokes, &count, why);

    if (error == -EBUSY) {
        script_wait(script, why, now_us);
        return false;
    }
    explicit_bzero(script->text, sizeof script->text);
    if (error)
        script_finish(script, error == -ENOENT ? MESSAGE_TYPED_NO_KEY : MESSAGE_TYPED_REFUSED,
                      error == -ENOENT ? count : 0, why);
    else if (script->only_look)
        script_finish(script, MESSAGE_TYPED_ALL, 0, "");
    else
        script->count = count;
    return script->is_running;
}

void script_tick(struct script *script, uint64_t now_us)
{
    if (!script->is_running || now_us < script->next_us)
        return;
    if (script->ops->is_held(script->context)) {
        script_wait(script, "somebody at the console holds keys down there", now_us);
        return;
    }
    if (script->count == 0 && !script_find(script, now_us))
        return;
    script_type(script, &script->strokes[script->done++]);
    script->next_us = now_us + time_us(TIME_SCRIPT_STROKE);
    if (script->is_running && script->done == script->count)
        script_finish(script, MESSAGE_TYPED_ALL, script->done, "");
}

/* False when it was answered. */
static bool script_begin(struct script *script, uint32_t job, uint64_t now_us)
{
    if (script->is_running) {
        script_answer(script, job, MESSAGE_TYPED_REFUSED, 0, "another script types there");
        return false;
    }
    script->is_running = true;
    script->job = job;
    script->next_us = now_us;
    script->refuse_us = now_us + time_us(TIME_SCRIPT_WAIT);
    script->ops->runs(script->context, true);
    return true;
}

void script_press(struct script *script, const struct message_press *press, uint64_t now_us)
{
    if (!script_begin(script, press->job, now_us))
        return;
    script->only_look = false;
    script->count = 1;
    script->strokes[0].count = press->key_count;
    memcpy(script->strokes[0].keys, press->keys, sizeof press->keys);
    script_tick(script, now_us);
}

void script_text(struct script *script, const struct message_text *text, uint64_t now_us)
{
    if (!script_begin(script, text->job, now_us))
        return;
    script->only_look = text->only_look;
    memcpy(script->text, text->text, sizeof script->text);
    script_tick(script, now_us);
}

void script_stop(struct script *script, uint32_t job)
{
    if (script->is_running && script->job == job)
        script_finish(script, MESSAGE_TYPED_STOPPED, script->done, "stopped");
}

void script_refuse(struct script *script, const char *why)
{
    if (script->is_running)
        script_finish(script, MESSAGE_TYPED_REFUSED, script->done, why);
}

void script_forget(struct script *script)
{
    script_clear(script);
}

uint64_t script_deadline_us(const struct script *script)
{
    return script->is_running ? script->next_us : UINT64_MAX;
}
