/*
 * A deadline on CLOCK_MONOTONIC whose callback runs after the loop has read its sockets.
 *
 * libuv runs timers before it polls. A process that was stopped or starved for a while would find
 * its deadlines passed while the bytes that move them wait in the socket.
 */
#pragma once

#include <stdint.h>
#include <uv.h>

struct ticker;

int ticker_create(uv_loop_t *loop, void (*due)(void *context), void *context,
                  struct ticker **ret_ticker);
void ticker_set(struct ticker *ticker, uint64_t deadline_us); /* UINT64_MAX: none */
struct ticker *ticker_destroy(struct ticker *ticker);         /* NULL ok */
