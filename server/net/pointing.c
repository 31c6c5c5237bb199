#include "server/net/pointing.h"

#include "server/net/server.h"
#include "server/net/wishes.h"
#include "server/screen/follower.h"

/* What the pointer needs to know of its surroundings. */
static void look_around(struct server *server, uint16_t number)
{
    struct pointer *pointer = &server->pointer;
    struct agent_view view;
    pointer->shown = frames_are_shown(server->frames, number);
    pointer->width_px = pointer->height_px = 0;
    if (targets_view(server->targets, number, &view)) {
        pointer->width_px = view.geometry.width_px;
        pointer->height_px = view.geometry.height_px;
    }
}

/* Followers have the picture's pixels, and it may be smaller than the screen. */
static void to_picture(const struct server *server, uint16_t number, struct frame_pointer *pointer)
{
    const struct registry_entry *entry = registry_by_number(server->registry, number);
    struct agent_view view;
    struct screen_view screen;
    if (!entry || wishes_of(&server->options, entry->name).scale_permille == MESSAGE_SCALE_MAX ||
        !targets_view(server->targets, number, &view) ||
        !frames_view(server->frames, number, &screen))
        return;
    pointer->x_px =
        (uint16_t)pointer_to_picture(pointer->x_px, view.geometry.width_px, screen.size.width_px);
    pointer->y_px =
        (uint16_t)pointer_to_picture(pointer->y_px, view.geometry.height_px, screen.size.height_px);
}

static struct frame_pointer where(const struct server *server, uint16_t number, bool warped)
{
    const struct pointer *pointer = &server->pointer;
    struct frame_pointer there = {.x_px = (uint16_t)pointer->x_px,
                                  .y_px = (uint16_t)pointer->y_px,
                                  .visible = !pointer->is_empty,
                                  .warped = warped};
    to_picture(server, number, &there);
    return there;
}

static void tell(struct server *server, uint16_t number, bool warped)
{
    struct frame_pointer pointer = where(server, number, warped);
    frames_tell_pointer(server->frames, number, &pointer);
}

void pointing_report(struct server *server, uint16_t number, const struct report *report,
                     uint64_t now_us, struct report *ret_report)
{
    look_around(server, number);
    if (pointer_report(&server->pointer, report, now_us, ret_report))
        tell(server, number, false);
}

void pointing_told(struct server *server, uint16_t number, uint16_t x_px, uint16_t y_px,
                   uint64_t now_us)
{
    if (number == server->desk.switcher.active &&
        pointer_told(&server->pointer, x_px, y_px, now_us))
        tell(server, number, true);
}

void pointing_shape(struct server *server, uint16_t number)
{
    bool is_empty = frames_pointer_is_empty(server->frames, number);
    if (number != server->desk.switcher.active || is_empty == server->pointer.is_empty)
        return;
    server->pointer.is_empty = is_empty;
    if (server->pointer.told_us != 0)
        tell(server, number, false);
}

void pointing_show(struct server *server, uint16_t number, struct follower *follower)
{
    if (number == SWITCH_LOCAL || number != server->desk.switcher.active)
        return;
    server->pointer.is_empty = frames_pointer_is_empty(server->frames, number);
    if (server->pointer.told_us == 0)
        return;
    struct frame_message message = {.type = FRAME_POINTER, .number = number};
    message.pointer = where(server, number, true);
    follower_note(follower, &message);
}
