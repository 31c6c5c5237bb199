/* The RFB handshake (RFC 6143, 7.1 to 7.3), version 3.8, without a password: the connection is
 * already an authenticated one. Then the pixel format and the encodings are asked for. */
#pragma once

#include <stdbool.h>

struct decoder;

/* The picture has its size afterwards. */
bool hello_run(struct decoder *decoder);
