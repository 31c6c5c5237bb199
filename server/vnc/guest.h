/*
 * One VNC client: its socket, what it says (intake), libvncserver's side of it (rfb), what goes to
 * it (outlet). Between its authentication and the first picture it waits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/vnc/intake.h"
#include "server/vnc/outlet.h"
#include "server/vnc/rfb.h"
#include "server/vnc/typing.h"

struct guest {
    uint32_t id; /* 0: this place is free */
    int fd;
    struct rfb_client *client; /* NULL: it has not said its version */
    int to_client_fd;          /* libvncserver's other end, with `client` */
    int place;                 /* in the outlet, with `client` */
    struct intake intake;
    bool is_in;        /* it may be here, and said so */
    bool has_begun;    /* it was told how large the picture is */
    uint64_t until_us; /* it is in; then: it waits for the picture */
    struct typing typing;
    const char *ended; /* why; guest_finish is what is left */
};

/* Takes the descriptor over, and greets. */
void guest_init(struct guest *guest, uint32_t id, int fd, uint64_t now_us);
void guest_finish(struct guest *guest, struct outlet *outlet);
/* Something came. */
void guest_read(struct guest *guest, struct rfb *rfb, struct outlet *outlet);
/* What it said already is used; `has_picture`: it need not wait for it any more. */
void guest_go_on(struct guest *guest, struct rfb *rfb, struct outlet *outlet, bool has_picture,
                 uint64_t now_us);
/* It is sent what is new, once it has taken what went before. */
void guest_update(struct guest *guest, struct outlet *outlet);
/* Nothing more is read of it now. */
bool guest_waits(const struct guest *guest);
uint64_t guest_deadline_us(const struct guest *guest); /* UINT64_MAX: none */
