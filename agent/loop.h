/* The end of a uv loop. */
#pragma once

#include <uv.h>

/* Lets what was closed finish and closes the loop. Does not wait for a name server that is silent:
 * libuv's thread has that question, and nothing can take it back. */
void loop_drain(uv_loop_t *loop);
