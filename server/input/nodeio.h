/*
 * What is asked of an event node and written into it. A write goes through the kernel's state of
 * the device to every reader, and while the node is grabbed to the grabbing reader alone; one that
 * changes nothing in that state goes to nobody (linux/drivers/input/input.c, input_inject_event).
 * All return 0 or -errno.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/keyset.h"

/* Keys that are down for the kernel. Also throws away the key events that wait to be read. */
int nodeio_read_keys(int fd, struct keyset *ret_down);
int nodeio_write_keys(int fd, const struct keyset *keys,
                      bool down); /* one frame, nothing if empty */
int nodeio_write_key(int fd, uint16_t code, bool down);
/* Up and down in one frame: a key that is down is seen to be pressed. If it is not down any more,
 * the frame has the down alone, since the up changes nothing. */
int nodeio_press_anew(int fd, uint16_t code);
int nodeio_grab(int fd, bool grab);
/* The key that the device tells as MSC_SCAN `scan`. */
int nodeio_read_scan_key(int fd, int32_t scan, uint16_t *ret_code);
/* Lock LEDs, bits as enum message_lock. Writes those of `there`. */
int nodeio_read_locks(int fd, uint8_t *ret_locks);
int nodeio_write_locks(int fd, uint8_t there, uint8_t locks);

/* Grabs a node that is to be silent: the desktop sees its keys come up and its touches end (each
 * slot of protocol B, see linux/Documentation/input/multi-touch-protocol.rst). Nothing is pressed
 * again: a finger that stays is a new touch, which nobody but the grabber sees. */
int nodeio_take_silent(int fd);
