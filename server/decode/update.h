/* A FramebufferUpdate (RFC 6143, 7.6.1): decoded whole, then published. */
#pragma once

#include <stdbool.h>

struct decoder;

/* After the message's type. */
bool update_read(struct decoder *decoder);
