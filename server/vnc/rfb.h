/*
 * RFB to the clients of one target, by libvncserver, which lives here alone. It never listens, and
 * never has a client's socket: it is given one end of a socketpair for each client, and whole
 * messages (server/vnc/intake.h). All calls are for the main thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/frame_file.h"
#include "server/vnc/intake.h"

struct rfb;
struct rfb_client;

/* `guest` is what rfb_client_create was given. From within rfb_client_take. */
struct rfb_handlers {
    void (*key)(void *guest, uint32_t keysym, bool down);
    /* Bits of `buttons` as in RFB: left 1, middle 2, right 4, wheel 8 to 64, then side buttons. */
    void (*pointer)(void *guest, uint8_t buttons, int x_px, int y_px);
};

/* `name`: the desktop's; `password` "": none is asked for. Both are kept, not copied. NULL without
 * memory. What the sandbox forbids it does now. */
struct rfb *rfb_create(const char *name, const char *password, const struct rfb_handlers *handlers);

/* Another picture, rows without gaps, which stays the caller's and has to live on until the next.
 * The size may be another, too. */
void rfb_set_picture(struct rfb *rfb, uint32_t *pixels, uint16_t width_px, uint16_t height_px);
void rfb_damage(struct rfb *rfb, const struct frame_rectangle *rectangle);
void rfb_set_cursor(struct rfb *rfb, const struct frame_cursor *cursor);
void rfb_set_pointer(struct rfb *rfb, uint16_t x_px, uint16_t y_px);
void rfb_bell(struct rfb *rfb);

/* What every server says first; the client has answered it with `version`. */
extern const uint8_t rfb_greeting[INTAKE_VERSION_BYTES];
/* NULL: it cannot be. *ret_fd is the caller's: what the client says goes in there, what it is to be
 * told comes out. */
struct rfb_client *rfb_client_create(struct rfb *rfb, const uint8_t version[INTAKE_VERSION_BYTES],
                                     void *guest, int *ret_fd);
struct rfb_client *rfb_client_destroy(struct rfb_client *client);
/* What it awaits next. */
enum intake_stage rfb_client_stage(const struct rfb_client *client);
/* It reads the one message that was written to *ret_fd. */
void rfb_client_take(struct rfb_client *client);
/* NULL, or why libvncserver has ended it. */
const char *rfb_client_ended(const struct rfb_client *client);
/* Sends what is new in the picture, if it has asked. */
void rfb_client_update(struct rfb_client *client);
