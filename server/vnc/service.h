/* All clients of one target, from hotdesk-vnc's shutting in to its end. */
#pragma once

#include "protocol/vnc.h"
#include "server/vnc/canvas.h"
#include "server/vnc/guest.h"

struct service {
    int fd; /* to hotdesk-server */
    struct vnc_setup setup;
    struct rfb *rfb;
    struct keymap *keymap; /* NULL: nobody may type */
    uint8_t locks;         /* of the target */
    int failed;            /* -errno, from within a call of libvncserver */
    struct outlet *outlet;
    struct canvas canvas;
    struct guest guests[VNC_CLIENTS_MAX];
};

/* All that the sandbox forbids later; `setup` is filled. 0 or -errno. */
int service_init(struct service *service);
/* Until hotdesk-server is gone (0), or something is wrong: -errno. */
int service_run(struct service *service);
