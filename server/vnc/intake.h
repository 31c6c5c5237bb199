/*
 * What a VNC client says, cut into whole messages before libvncserver sees any of it: nothing is
 * waited for in the middle of a message, no length of a client's is believed, and only those
 * messages and encodings pass that are needed to look and to type. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"

#define INTAKE_VERSION_BYTES 12

enum intake_stage { /* what is awaited */
                    INTAKE_VERSION,
                    INTAKE_SECURITY, /* the kind of authentication that it chose */
                    INTAKE_PASSWORD, /* its answer to the challenge */
                    INTAKE_INIT,
                    INTAKE_MESSAGE,
};

enum intake_result {
    INTAKE_MORE, /* nothing whole is there yet */
    INTAKE_WHOLE,
    INTAKE_BAD,
};

struct intake {
    uint8_t bytes[VNC_RECEIVE_MAX_BYTES];
    size_t count;
    size_t skip_bytes; /* of a message that is dropped */
};

/* Where the next bytes of the client go, and how many have room (never 0 after INTAKE_MORE). */
uint8_t *intake_room(struct intake *intake, size_t *ret_room_bytes);
void intake_added(struct intake *intake, size_t count);
/* INTAKE_WHOLE: the first *ret_size bytes of `bytes` are a message for libvncserver, perhaps with
 * less in it than the client said; call intake_drop when it was used. INTAKE_BAD: *ret_why is a
 * static sentence. */
enum intake_result intake_next(struct intake *intake, enum intake_stage stage, size_t *ret_size,
                               const char **ret_why);
void intake_drop(struct intake *intake, size_t size);
