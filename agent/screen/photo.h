/* Encodes areas of a picture as JPEG, by the calling thread and one more. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/screen/picture.h"

#define PHOTO_BATCH_MAX 16

struct photo;

struct photo_result {
    struct area area;
    const uint8_t *bytes; /* valid until the next batch */
    size_t size_bytes;
};

int photo_create(struct photo **ret_photo);       /* 0 or -errno */
struct photo *photo_destroy(struct photo *photo); /* NULL ok */

/* Of what is encoded from now on. */
void photo_set_low(struct photo *photo, bool low);
/* At most PHOTO_BATCH_MAX areas of `results`; fills in the bytes. 0 or -errno. */
int photo_encode(struct photo *photo, const struct picture *picture, struct photo_result *results,
                 size_t count);
