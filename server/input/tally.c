#include "server/input/tally.h"

#include <linux/input-event-codes.h>

void tally_start(struct tally *tally, bool on)
{
    *tally = (struct tally){.on = on};
}

static void add_press(struct link_counts *counts, uint16_t code)
{
    bool is_button = (code >= BTN_MISC && code < KEY_OK) ||
                     (code >= BTN_DPAD_UP && code <= BTN_DPAD_RIGHT) || code >= BTN_TRIGGER_HAPPY;
    *(is_button ? &counts->buttons : &counts->keys) += 1;
}

static void add_relative(struct tally *tally, uint16_t code)
{
    switch (code) {
    case REL_X:
    case REL_Y:
        tally->moved = true;
        break;
    case REL_WHEEL:
    case REL_HWHEEL:
    case REL_WHEEL_HI_RES:
    case REL_HWHEEL_HI_RES:
        tally->rolled = true;
        break;
    default:
        break;
    }
}

static void end_report(struct tally *tally)
{
    tally->counts.motion += tally->moved;
    tally->counts.wheel += tally->rolled;
    tally->moved = tally->rolled = false;
}

void tally_add(struct tally *tally, uint16_t type, uint16_t code, int32_t value)
{
    if (!tally->on)
        return;
    if (type == EV_KEY && value == 1)
        add_press(&tally->counts, code);
    else if (type == EV_REL)
        add_relative(tally, code);
    else if (type == EV_ABS && code <= ABS_Y)
        tally->moved = true;
    else if (type == EV_SYN && code == SYN_REPORT)
        end_report(tally);
}

bool tally_finish(struct tally *tally, struct link_counts *ret_counts)
{
    const struct link_counts *counts = &tally->counts;
    if (!(counts->keys | counts->buttons | counts->motion | counts->wheel))
        return false;
    *ret_counts = *counts;
    tally->counts = (struct link_counts){0};
    return true;
}
