#include "server/input/lamps.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "common/times.h"

void lamps_init(struct lamps *lamps, uint8_t there)
{
    memset(lamps, 0, sizeof *lamps);
    lamps->there = there;
}

void lamps_take(struct lamps *lamps, uint8_t shown)
{
    lamps->saved = lamps->shown = shown & lamps->there;
    lamps->active = false;
}

void lamps_show(struct lamps *lamps, uint8_t wanted)
{
    lamps->wanted = wanted & lamps->there;
    lamps->active = true;
}

void lamps_event(struct lamps *lamps, uint16_t led, bool on)
{
    if (led > LED_SCROLLL)
        return;
    uint8_t bit = (uint8_t)(1u << led) & lamps->there;
    lamps->shown = (uint8_t)(on ? lamps->shown | bit : lamps->shown & ~bit);
}

uint64_t lamps_deadline_us(const struct lamps *lamps)
{
    return lamps->active && lamps->shown != lamps->wanted ? lamps->next_us : LAMPS_NO_DEADLINE;
}

bool lamps_write(struct lamps *lamps, uint64_t now_us, uint8_t *ret_leds)
{
    if (now_us < lamps_deadline_us(lamps))
        return false;
    lamps->shown = lamps->wanted;
    lamps->next_us = now_us + time_us(TIME_LED_WRITE);
    *ret_leds = lamps->wanted;
    return true;
}

void lamps_give(struct lamps *lamps, uint64_t now_us)
{
    lamps->active = false;
    lamps->next_us = now_us + time_us(TIME_LED_WRITE);
}
