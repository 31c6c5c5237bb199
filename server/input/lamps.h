/*
 * When the lock LEDs of one device are written. Pure.
 *
 * A write is a slow transfer to the keyboard: at most one in TIME_LED_WRITE, the last value wins.
 * Any program may write LEDs while we have grabbed: what differs from the wanted value is written
 * again. What they showed before is put back when the device is given back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LAMPS_NO_DEADLINE UINT64_MAX

/* All sets of LEDs have bits as enum message_lock. */
struct lamps {
    uint8_t there; /* LEDs that the device has */
    uint8_t saved; /* before the grab */
    uint8_t shown; /* by the device, as far as is known */
    uint8_t wanted;
    bool active;      /* between lamps_take and lamps_give, once something is to be shown */
    uint64_t next_us; /* no write before */
};

void lamps_init(struct lamps *lamps, uint8_t there);
void lamps_take(struct lamps *lamps, uint8_t shown);
void lamps_show(struct lamps *lamps, uint8_t wanted);
void lamps_event(struct lamps *lamps, uint16_t led, bool on); /* EV_LED, anybody's */
/* When lamps_write has something to do. */
uint64_t lamps_deadline_us(const struct lamps *lamps);
/* True when *ret_leds is to be written to the device now. */
bool lamps_write(struct lamps *lamps, uint64_t now_us, uint8_t *ret_leds);
/* They are not ours any more; `saved` is what is to be shown. */
void lamps_give(struct lamps *lamps, uint64_t now_us);
