/* The agent's end of a pairing (PROTOCOL.md, "Pairing"): a connection of its own, which proves the
 * code to each other. */
#pragma once

#include "agent/pin.h"
#include "common/code.h"
#include "common/identity.h"

/* Blocks until it is done or has failed, some seconds at most. `expected` is the key that the
 * server must have; NULL: the code alone tells that it is the right one. Fills all of ret_pin but
 * writes no file. 0 or -errno with a sentence for people. */
int pair_with(const struct endpoint *endpoint, const struct identity *identity,
              const struct code *code, const struct fingerprint *expected, struct pin *ret_pin,
              char ret_error[ERROR_ROOM]);
