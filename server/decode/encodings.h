/* The encodings that the decoder asks for: the one table of what a target may send. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/frame.h"

struct decoder;

enum encoding_kind {
    ENCODING_PIXELS,    /* paints its rectangle, which is inside of the picture */
    ENCODING_SHAPE,     /* has its hot spot as place */
    ENCODING_SIZE,      /* has a new size, or none */
    ENCODING_THUMBNAIL, /* paints its rectangle of the thumbnail */
    ENCODING_LAST,      /* ends the update */
    ENCODING_HINT,      /* is asked for, and never sent */
};

struct encoding {
    int32_t number;
    enum encoding_kind kind;
    bool (*decode)(struct decoder *decoder, const struct frame_rectangle *rectangle);
};

/* In the order of preference. */
const struct encoding *encodings_table(size_t *ret_count);

/* NULL: nobody asked for it. */
const struct encoding *encodings_find(int32_t number);
