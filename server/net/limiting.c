#include "server/net/limiting.h"

#include <stdbool.h>

#define WAITS_PERMILLE 200 /* of the time: a film on a quick link waits a little, too */
#define WORKS_PERMILLE 700

enum limiting limiting_of(const struct message_screen_figures *figures,
                          const struct screen_view *screen)
{
    bool waits = figures->waits_permille >= WAITS_PERMILLE;
    if (!screen->look)
        return LIMITING_NOBODY;
    if (waits)
        return screen->is_full ? LIMITING_DECODER : LIMITING_LINK;
    if (figures->works_permille >= WORKS_PERMILLE)
        return LIMITING_AGENT;
    return figures->p99_us == 0 ? LIMITING_STILL : LIMITING_NONE;
}

const char *limiting_name(enum limiting limit)
{
    static const char *const NAMES[] = {
        [LIMITING_NOBODY] = "nobody", [LIMITING_STILL] = "still",     [LIMITING_LINK] = "link",
        [LIMITING_AGENT] = "agent",   [LIMITING_DECODER] = "decoder", [LIMITING_NONE] = "none"};
    return NAMES[limit];
}

void limiting_add(json_t *picture, const struct agent_view *agent, const struct screen_view *screen)
{
    json_t *limit = json_null(), *sent = json_null();
    if (agent && agent->has_figures && screen->stage == SCREEN_RUNNING) {
        const struct message_screen_figures *figures = &agent->figures;
        limit = json_string(limiting_name(limiting_of(figures, screen)));
        sent = json_pack("{s:I, s:I, s:I, s:I}", "tight_bytes", (json_int_t)figures->tight_bytes,
                         "jpeg_bytes", (json_int_t)figures->jpeg_bytes, "raw_bytes",
                         (json_int_t)figures->raw_bytes, "merged", (json_int_t)figures->merged);
    }
    json_object_set_new(picture, "limit", limit);
    json_object_set_new(picture, "sent", sent);
}
