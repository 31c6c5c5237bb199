#include "server/screen/follower.h"

#include <string.h>

/* In the order in which they are sent. */
enum due {
    DUE_FILE = 1,
    DUE_STATE = 2,
    DUE_SIZE = 4,
    DUE_CURSOR = 8,
    DUE_DAMAGE = 16,
    DUE_CURRENT = 32,
    DUE_POINTER = 64,
    DUE_BELL = 128,
    DUE_THUMBNAIL = 256,
};

static const struct {
    enum due due;
    enum frame_type type;
} ORDER[] = {
    {DUE_FILE, FRAME_FILE},       {DUE_STATE, FRAME_STATE},   {DUE_SIZE, FRAME_SIZE},
    {DUE_CURSOR, FRAME_CURSOR},   {DUE_DAMAGE, FRAME_DAMAGE}, {DUE_CURRENT, FRAME_CURRENT},
    {DUE_POINTER, FRAME_POINTER}, {DUE_BELL, FRAME_BELL},     {DUE_THUMBNAIL, FRAME_THUMBNAIL},
};

void follower_init(struct follower *follower, const struct follower_ops *ops, void *context)
{
    *follower = (struct follower){.ops = ops, .context = context};
}

/* Of these alone a small picture is made. */
#define DUE_SMALL (DUE_FILE | DUE_STATE | DUE_SIZE | DUE_DAMAGE | DUE_THUMBNAIL)

static bool has_picture(const struct screen_view *view)
{
    return view->file_fd >= 0 && view->size.width_px > 0;
}

static void leave_out(struct follower *follower)
{
    follower->due &= follower->thumbnail ? (unsigned)DUE_SMALL : ~(unsigned)DUE_THUMBNAIL;
}

/* All of the file is new. */
static void begin_file(struct follower *follower, const struct screen_view *view)
{
    follower->due &= (unsigned)DUE_STATE | DUE_POINTER;
    follower->damage.count = 0;
    if (view->file_fd < 0)
        return;
    follower->due |= DUE_FILE;
    if (has_picture(view))
        follower->due |= DUE_SIZE;
    if (view->has_cursor)
        follower->due |= DUE_CURSOR;
    if (has_picture(view) && view->is_current)
        follower->due |= DUE_CURRENT;
    if (view->thumbnail.width_px > 0)
        follower->due |= DUE_THUMBNAIL;
    leave_out(follower);
}

void follower_show(struct follower *follower, uint16_t number)
{
    struct screen_view view = {.file_fd = -1};
    follower->number = number;
    follower->due = DUE_STATE;
    if (number != 0)
        follower->ops->view(follower->context, number, &view);
    begin_file(follower, &view);
    follower_flush(follower);
}

static void add_damage(struct follower *follower, const struct frame_damage *damage)
{
    if (follower->due & DUE_SIZE)
        return; /* all of the picture is new to it */
    for (uint8_t i = 0; i < damage->count; i++)
        frame_damage_add(&follower->damage, &damage->rectangles[i]);
    follower->damage.sequence = damage->sequence;
    follower->due |= DUE_DAMAGE;
}

/* It is of use only at once, to who has all that was told before. */
static void pass_move(struct follower *follower, const struct frame_message *message)
{
    if (!follower->due && !follower->thumbnail)
        follower->ops->send(follower->context, message, -1);
}

/* What is told last is what is to be shown. */
static void note_newest(struct follower *follower, enum frame_type type)
{
    if (type == FRAME_DAMAGE || type == FRAME_SIZE)
        follower->due &= ~(unsigned)DUE_THUMBNAIL;
    if (type != FRAME_THUMBNAIL || !follower->thumbnail)
        return;
    follower->due &= ~(unsigned)(DUE_SIZE | DUE_DAMAGE);
    follower->damage.count = 0;
}

void follower_note(struct follower *follower, const struct frame_message *message)
{
    struct screen_view view = {.file_fd = -1};
    if (message->number != follower->number)
        return;
    if (message->type == FRAME_MOVE) {
        pass_move(follower, message);
        return;
    }
    if (message->type == FRAME_FILE) {
        follower->ops->view(follower->context, follower->number, &view);
        begin_file(follower, &view);
    } else if (message->type == FRAME_DAMAGE) {
        add_damage(follower, &message->damage);
    } else {
        for (size_t i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++)
            if (ORDER[i].type == message->type)
                follower->due |= ORDER[i].due;
    }
    if (message->type == FRAME_SIZE) {
        follower->due &= ~(unsigned)DUE_DAMAGE;
        follower->damage.count = 0;
    }
    if (message->type == FRAME_POINTER)
        follower->pointer = message->pointer;
    note_newest(follower, message->type);
    leave_out(follower);
    follower_flush(follower);
}

/* False when it has become pointless meanwhile. */
static bool fill(const struct follower *follower, const struct screen_view *view,
                 struct frame_message *message, int *ret_fd)
{
    switch (message->type) {
    case FRAME_FILE:
        *ret_fd = view->file_fd;
        return view->file_fd >= 0;
    case FRAME_STATE:
        memcpy(message->text, view->text, sizeof message->text);
        return true;
    case FRAME_SIZE:
        message->size = view->size;
        return has_picture(view);
    case FRAME_THUMBNAIL:
        message->size = view->thumbnail;
        return view->thumbnail.width_px > 0;
    case FRAME_DAMAGE:
        message->damage = follower->damage;
        return has_picture(view) && follower->damage.count > 0 &&
               frame_damage_fits(&follower->damage, view->size.width_px, view->size.height_px);
    case FRAME_POINTER:
        message->pointer = follower->pointer;
        return true;
    default:
        return view->file_fd >= 0;
    }
}

static void send_due(struct follower *follower, unsigned held)
{
    struct screen_view view = {.file_fd = -1};
    if (!(follower->due & ~held))
        return;
    if (follower->number != 0 && !follower->ops->view(follower->context, follower->number, &view))
        return;
    for (size_t i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++) {
        struct frame_message message = {.type = ORDER[i].type, .number = follower->number};
        int fd = -1;
        if (!(follower->due & ~held & ORDER[i].due))
            continue;
        if (fill(follower, &view, &message, &fd) &&
            !follower->ops->send(follower->context, &message, fd))
            return;
        follower->due &= ~(unsigned)ORDER[i].due;
        if (ORDER[i].due == DUE_DAMAGE)
            follower->damage.count = 0;
    }
}

void follower_flush(struct follower *follower)
{
    send_due(follower, follower->thumbnail ? (unsigned)DUE_DAMAGE : 0);
}

void follower_tick(struct follower *follower)
{
    send_due(follower, 0);
}
