/*
 * Memory that ends at a page nobody may touch: a read or write past the end kills the test, also
 * where no sanitizer looks.
 */
#pragma once

#include <stddef.h>

#define GUARD_ROOM 4096

struct guard {
    unsigned char *pages;
};

void guard_init(struct guard *guard);
void guard_finish(struct guard *guard);
/* `size_bytes` (at most GUARD_ROOM) that end where the forbidden page begins. */
void *guard_tail(const struct guard *guard, size_t size_bytes);
/* The same with a copy of `bytes` in it. */
void *guard_copy(const struct guard *guard, const void *bytes, size_t size_bytes);
