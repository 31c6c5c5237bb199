#include "server/net/picture.h"

#include "server/net/limiting.h"

static const char *stage_name(const struct screen_view *view)
{
    if (view->stage == SCREEN_RUNNING)
        return view->look == FRAME_LOOK_FULL   ? "shown"
               : view->look == FRAME_LOOK_AWAY ? "warm"
                                               : "thumbnail";
    return view->look || view->kept ? "waiting" : "off";
}

json_t *picture_json(const struct screen_view *view, const struct agent_view *agent,
                     unsigned followers)
{
    bool has_screen = agent && agent->has_screen;
    json_t *picture = json_pack(
        "{s:s, s:s, s:s, s:I, s:i, s:i, s:I, s:I, s:I}", "state", stage_name(view), "text",
        view->look || !has_screen ? view->text : "", "how", has_screen ? agent->screen_reason : "",
        "followers", (json_int_t)followers, "width_px", view->size.width_px, "height_px",
        view->size.height_px, "faults", (json_int_t)view->faults, "bytes", (json_int_t)view->bytes,
        "updates", (json_int_t)view->updates);
    limiting_add(picture, agent, view);
    return picture;
}
