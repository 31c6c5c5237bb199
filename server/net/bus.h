/*
 * The system's message bus within the loop (sd-bus, libsystemd). It is tried again when it is not
 * there or is lost. sd-bus types stay in bus.c and logind.c.
 */
#pragma once

#include <uv.h>

struct bus;
struct sd_bus;

struct bus_handlers { /* from the loop; none within bus_create */
    /* Match rules and first calls, asynchronous ones only. 0 or -errno: then it is lost. */
    int (*connected)(void *context, struct sd_bus *bus);
    /* Told once until it is connected again, also when it never was. */
    void (*lost)(void *context, int error);
};

int bus_create(uv_loop_t *loop, const struct bus_handlers *handlers, void *context,
               struct bus **ret_bus);
/* The loop must run once more. NULL ok. */
struct bus *bus_destroy(struct bus *bus);
