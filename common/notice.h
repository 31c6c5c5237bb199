/*
 * A notice of the desktop, by the session's bus (org.freedesktop.Notifications, Desktop
 * Notifications Specification 1.2). One struct is one notice: what is shown later replaces what was
 * shown before. Only in builds with libsystemd.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NOTICE_NAME  "org.freedesktop.Notifications"
#define NOTICE_STAYS 0 /* until it is closed, or the user does so */

struct sd_bus;

struct notice {
    uint32_t id;         /* 0: none yet */
    bool is_asked;       /* its number comes */
    bool wants_to_close; /* once it has come */
    struct sd_bus *bus;  /* of the call */
};

/* Nothing waits: what the desktop answers comes by the bus, which must live as long as *notice. */
void notice_show(struct notice *notice, struct sd_bus *bus, const char *summary, const char *text,
                 int32_t show_ms);
void notice_close(struct notice *notice, struct sd_bus *bus);
