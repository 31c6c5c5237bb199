/* What server.conf says of a target's VNC port. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "protocol/vnc.h"

enum vnc_kind { VNC_NONE, VNC_UNIX, VNC_TCP };

struct vnc_wish {
    enum vnc_kind kind;
    uint16_t tcp_port;
    bool control; /* clients may type */
    char layout[VNC_LAYOUT_ROOM];
};

/* The options of that name, each a section of targets: NAME, or * for every other. */
struct vnc_sections {
    struct config_section port, control, layout;
};

/* Checks of the entries (common/config.h). */
bool vnc_port_check(const char *key, const char *text, char *ret_why, size_t room_bytes);
bool vnc_control_check(const char *key, const char *text, char *ret_why, size_t room_bytes);
bool vnc_layout_check(const char *key, const char *text, char *ret_why, size_t room_bytes);

void vnc_wish_of(const struct vnc_sections *sections, const char *name, struct vnc_wish *ret_wish);
bool vnc_wish_equals(const struct vnc_wish *a, const struct vnc_wish *b);
/* Some target's port is a TCP port. */
bool vnc_wants_tcp(const struct vnc_sections *sections);
