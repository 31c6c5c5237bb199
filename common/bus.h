/*
 * A message bus within the loop (sd-bus, libsystemd). It is tried again when it is not there or is
 * lost. Only in builds with libsystemd.
 */
#pragma once

#include <uv.h>

struct bus;
struct sd_bus;

enum bus_kind {
    BUS_SYSTEM,
    BUS_SESSION, /* of the user's desktop */
};

struct bus_handlers { /* from the loop; none within bus_create */
    /* Match rules and first calls, asynchronous ones only. 0 or -errno: then it is lost. */
    int (*connected)(void *context, struct sd_bus *bus);
    /* Told once until it is connected again, also when it never was. */
    void (*lost)(void *context, int error);
};

int bus_create(uv_loop_t *loop, enum bus_kind kind, const struct bus_handlers *handlers,
               void *context, struct bus **ret_bus);
/* The loop must run once more. NULL ok. */
struct bus *bus_destroy(struct bus *bus);
