/*
 * SDL's scancodes as evdev key codes. Pure.
 *
 * SDL's scancodes are USB HID usages, the keyboard page below 256, with further keys from 257 on;
 * each is given the code that the kernel's own HID driver gives that key (drivers/hid/hid-input.c).
 * Used where the X server does not tell evdev codes itself (xkeys.h): on Wayland, and on X servers
 * with key codes of their own.
 */
#pragma once

#include <stdint.h>

/* The evdev code, or 0 when there is no such key. */
uint16_t keymap_from_scancode(unsigned scancode);

/* SDL's number of a mouse button (1 left, 2 middle, 3 right, 4 and on the side ones) as BTN_*, or
 * 0. */
uint16_t keymap_from_button(unsigned button);
