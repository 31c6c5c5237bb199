/*
 * What VNC clients type on one target: its own keyboard and mouse there, beside the console's. The
 * target is entered without being made active; while the console has it nobody else types there,
 * and what a client presses meanwhile is dropped, not kept. Whatever ends a client's typing, its
 * keys go up.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/vnc.h"
#include "server/switch/route.h"

struct server;

enum vnc_hand_stage {
    VNC_HAND_AWAY,     /* nothing was typed for a while */
    VNC_HAND_ENTERING, /* the answer is awaited; what is typed waits */
    VNC_HAND_THERE,
};

struct vnc_hand {
    struct server *server;
    uint16_t number;
    enum vnc_hand_stage stage;
    uint64_t since_us; /* of the stage; THERE: of the last report */
    struct report waiting[VNC_WAITING_MAX];
    unsigned waiting_count;
    uint64_t refused; /* reports */
    char why[192];    /* the last refusal; "" while all is well */
};

void vnc_hand_init(struct vnc_hand *hand, struct server *server, uint16_t number);
/* `route`: of the client, which knows what it holds. */
void vnc_hand_report(struct vnc_hand *hand, struct route *route, const struct vnc_report *report,
                     uint64_t now_us);
/* This client holds nothing any more. */
void vnc_hand_lift(struct vnc_hand *hand, struct route *route, uint64_t now_us);
/* The target's answer to enter. False: it was not asked by us. */
bool vnc_hand_entered(struct vnc_hand *hand, bool taken, const char *reason, uint64_t now_us);
/* The console enters it, or it is lost: what is down goes up by that. */
void vnc_hand_lost(struct vnc_hand *hand);
/* Nobody is left who could type. */
void vnc_hand_leave(struct vnc_hand *hand, uint64_t now_us);
/* `is_quiet`: no client holds anything. */
void vnc_hand_tick(struct vnc_hand *hand, bool is_quiet, uint64_t now_us);
