#include "agent/inject/wheel.h"

#include <stdbool.h>

#include "common/times.h"

void wheel_clear(struct wheel *wheel)
{
    wheel->rest = 0;
    wheel->last_us = 0;
}

int wheel_turn(struct wheel *wheel, int32_t value, uint64_t now_us)
{
    const bool turned_back = (value > 0 && wheel->rest < 0) || (value < 0 && wheel->rest > 0);

    if (turned_back || now_us - wheel->last_us > time_us(TIME_WHEEL))
        wheel->rest = 0;
    wheel->last_us = now_us;

    const int64_t sum = (int64_t)wheel->rest + value;
    const int64_t clicks = sum / WHEEL_NOTCH;
    wheel->rest = (int32_t)(sum % WHEEL_NOTCH);
    if (clicks > WHEEL_CLICKS_MAX)
        return WHEEL_CLICKS_MAX;
    if (clicks < -WHEEL_CLICKS_MAX)
        return -WHEEL_CLICKS_MAX;
    return (int)clicks;
}
