/* What one decoder has. */
#pragma once

#include "server/decode/budget.h"
#include "server/decode/jpeg.h"
#include "server/decode/look.h"
#include "server/decode/picture.h"
#include "server/decode/source.h"
#include "server/decode/tight.h"

struct decoder {
    struct stop stop;
    struct source source;
    struct picture picture;
    struct look look;
    struct jpeg *jpeg;
    struct tight *tight;
    struct budget *budget;
    int message_fd;
};

/* Everything that needs what the sandbox forbids: threads, files of libraries. `writer` and the
 * descriptors stay the caller's. 0 or -errno. */
int decoder_init(struct decoder *decoder, struct frame_writer *writer, int in_fd, int out_fd,
                 int message_fd);
void decoder_finish(struct decoder *decoder);

/* Until the target or hotdesk-server ends it; then `stop` says why. */
void decoder_run(struct decoder *decoder);
