/*
 * Which nodes of /dev/input are taken, and why the others are not (docs/devices.md). Pure.
 *
 * Taken are keyboards (all letters), keypads, mice (REL_X and the left button) and absolute
 * pointers (the mouse of a virtual machine), and with them what else the same physical device has:
 * the media keys of a keyboard are a node of their own. Touchpads, touch screens and tablets are
 * grabbed with them, but not sent.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/keyset.h"

/* What a node can send, as /sys/class/input/inputN/capabilities tells. */
struct capabilities {
    uint64_t types;      /* bit EV_* */
    uint64_t relatives;  /* bit REL_* */
    uint64_t absolutes;  /* bit ABS_* */
    uint64_t properties; /* bit INPUT_PROP_* */
    struct keyset keys;
    const struct keyset *sent; /* keys of this computer that are sent all the same; NULL: none */
};

enum verdict {
    VERDICT_KEYBOARD,
    VERDICT_MOUSE,
    VERDICT_KEYBOARD_MOUSE,
    VERDICT_POINTER,   /* tells places, not counts */
    VERDICT_KEYPAD,    /* or a presenter */
    VERDICT_COMPANION, /* on the same physical device as one of the above */
    VERDICT_INCLUDED,  /* by the configuration */
    VERDICT_REMAPPED,  /* a program's, in place of a device that it holds */
    VERDICT_TOUCH,     /* grabbed when the others are, and silent */
    VERDICT_VIRTUAL,   /* this and all that follow: not taken */
    VERDICT_EXCLUDED,
    VERDICT_SWITCH,
    VERDICT_POSITION,
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

/* What else is there. */
struct surroundings {
    bool excluded, included; /* a rule of the configuration speaks of its physical device */
    bool taken_beside;       /* another node of its physical device is a keyboard or a mouse */
    bool remapped;           /* another program holds some keyboard or mouse */
};

/* A node looked at alone. */
enum verdict verdict_alone(const struct capabilities *capabilities, bool is_virtual);
/* And among others. */
enum verdict verdict_among(const struct capabilities *capabilities, bool is_virtual,
                           const struct surroundings *surroundings);

bool verdict_is_taken(enum verdict verdict);
/* Taken, or grabbed to be silent: the node is to be open. */
bool verdict_is_used(enum verdict verdict);
const char *verdict_text(enum verdict verdict); /* for people */

/* Made by a program (uinput). Bluetooth LE keyboards live below /sys/devices/virtual too, at
 * misc/uhid, and are hardware. */
bool syspath_is_virtual(const char *syspath);
/* Made by hotdesk itself: what it says came from a console, and must not go back to one. */
bool name_is_ours(const char *name);
/* ABS_X and ABS_Y are places of a pointer, to be sent as such. */
bool capabilities_have_pointer(const struct capabilities *capabilities);
