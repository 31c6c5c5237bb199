/*
 * Which nodes of /dev/input are taken, and why the others are not. Pure.
 *
 * Taken are keyboards (all letters) and mice (REL_X and the left button), and with them what else
 * the same physical device has: the media keys of a keyboard are a node of their own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/keyset.h"

/* What a node can send, as /sys/class/input/inputN/capabilities tells. */
struct capabilities {
    uint64_t types;     /* bit EV_* */
    uint64_t relatives; /* bit REL_* */
    uint64_t absolutes; /* bit ABS_* */
    struct keyset keys;
};

enum verdict {
    VERDICT_KEYBOARD,
    VERDICT_MOUSE,
    VERDICT_KEYBOARD_MOUSE,
    VERDICT_COMPANION, /* on the same physical device as one of the above */
    VERDICT_VIRTUAL,   /* this and all that follow: not taken */
    VERDICT_SWITCH,
    VERDICT_ABSOLUTE,
    VERDICT_JOYSTICK,
    VERDICT_OWN_KEYS,
    VERDICT_OTHER,
    VERDICT_BUSY,      /* a grab said EBUSY */
    VERDICT_FORBIDDEN, /* open said EACCES or EPERM */
    VERDICT_BROKEN,    /* any other error */
};

/* Reads one file of capabilities: words of the kernel's `long` in hexadecimal, the highest first,
 * into `bits` of 64 each, the lowest first. Words beyond `word_count` are left out. */
void capabilities_parse(const char *text, uint64_t *ret_bits, unsigned word_count);

/* A node looked at alone. */
enum verdict verdict_alone(const struct capabilities *capabilities, bool is_virtual);

/* Its verdict when another node of its physical device is a keyboard or a mouse. */
enum verdict verdict_beside_taken(enum verdict alone, const struct capabilities *capabilities);

bool verdict_is_taken(enum verdict verdict);
const char *verdict_text(enum verdict verdict); /* for people */

/* Made by a program (uinput). Bluetooth LE keyboards live below /sys/devices/virtual too, at
 * misc/uhid, and are hardware. */
bool syspath_is_virtual(const char *syspath);
