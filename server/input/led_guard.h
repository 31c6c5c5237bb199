/*
 * Keeps the lock LEDs of all keyboards as they are. When any grab ends, the kernel's own console
 * lights the LEDs of every keyboard as it thinks fit (keyboard.c, kbd_start, by the LED triggers of
 * input-leds), whatever the desktop shows. So before a grab that will end soon the LEDs are noted,
 * and after each end those that differ are put right. Used by the threads of ungrab.h, too.
 */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define LED_GUARD_MAX 64

struct led_guard {
    pthread_mutex_t lock;
    size_t count;
    struct {
        int fd;
        uint8_t there, lit; /* enum message_lock: LEDs that it has, those that are to be lit */
    } nodes[LED_GUARD_MAX];
};

void led_guard_init(struct led_guard *guard);
void led_guard_finish(struct led_guard *guard);
void led_guard_clear(struct led_guard *guard);
void led_guard_add(struct led_guard *guard, int fd, uint8_t there, uint8_t lit);
/* Before `fd` is closed. */
void led_guard_drop(struct led_guard *guard, int fd);
void led_guard_restore(struct led_guard *guard);
