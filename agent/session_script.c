#include "agent/session_script.h"

#include <stddef.h>

#include "protocol/cursor.h"

static void session_script_send(void *context, const struct message *message)
{
    struct session *session = context;

    session->ops->send(session->context, message);
}

static int session_script_inject(void *context, const struct report *report)
{
    struct session *session = context;

    return session->ops->inject(session->context, report);
}

static int session_script_find(void *context, const char *text, struct stroke *ret_strokes,
                               size_t *ret_count, char ret_why[MESSAGE_REASON_ROOM])
{
    struct session *session = context;

    return session->ops->find(session->context, text, ret_strokes, ret_count, ret_why);
}

static bool session_script_is_held(void *context)
{
    const struct session *session = context;

    return !held_is_empty(&session->held);
}

static void session_script_runs(void *context, bool runs)
{
    struct session *session = context;

    session->ops->script_runs(session->context, runs);
}

static const struct script_ops session_script_ops = {
    .send = session_script_send,
    .inject = session_script_inject,
    .find = session_script_find,
    .is_held = session_script_is_held,
    .runs = session_script_runs,
};

/* NULL, or why this PRESS or TEXT is refused. One that was not entered last has had this computer
 * taken from it, as in session_enter. */
static const char *session_script_refusal(const struct session *session, uint64_t control_number)
{
    return control_number != session->highest
               ? "a newer console has had this computer (old control number)"
               : session_refusal(session);
}

void session_script_init(struct session *session)
{
    script_init(&session->script, &session_script_ops, session);
}

static void session_script_answer(struct session *session, uint32_t job, const char *refusal)
{
    struct message typed = {.type = MESSAGE_TYPED,
                            .typed = {.job = job, .result = MESSAGE_TYPED_REFUSED}};

    text_make_clean(refusal, typed.typed.reason, sizeof typed.typed.reason);
    session->ops->send(session->context, &typed);
}

static void session_script_press(struct session *session, const struct message_press *press)
{
    const char *refusal = session_script_refusal(session, press->control_number);

    if (refusal)
        session_script_answer(session, press->job, refusal);
    else
        script_press(&session->script, press, session->heard_us);
}

static void session_script_text(struct session *session, const struct message_text *text)
{
    const char *refusal = session_script_refusal(session, text->control_number);

    if (refusal)
        session_script_answer(session, text->job, refusal);
    else
        script_text(&session->script, text, session->heard_us);
}

bool session_script_received(struct session *session, const struct message *message)
{
    if (!session->takes_script)
        return false;
    switch (message->type) {
    case MESSAGE_PRESS:
        session_script_press(session, &message->press);
        return true;
    case MESSAGE_TEXT:
        session_script_text(session, &message->text);
        return true;
    case MESSAGE_SCRIPT_STOP:
        script_stop(&session->script, message->script_stop.job);
        return true;
    default:
        return false;
    }
}
