#include "tests/protocol/guard.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

void guard_init(struct guard *guard)
{
    guard->pages =
        mmap(NULL, 2 * GUARD_ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(guard->pages != MAP_FAILED);
    int result = mprotect(guard->pages + GUARD_ROOM, GUARD_ROOM, PROT_NONE);
    assert(result == 0);
}

void guard_finish(struct guard *guard)
{
    munmap(guard->pages, 2 * GUARD_ROOM);
}

void *guard_tail(const struct guard *guard, size_t size_bytes)
{
    assert(size_bytes <= GUARD_ROOM);
    return guard->pages + GUARD_ROOM - size_bytes;
}

void *guard_copy(const struct guard *guard, const void *bytes, size_t size_bytes)
{
    void *tail = guard_tail(guard, size_bytes);
    if (size_bytes > 0)
        memcpy(tail, bytes, size_bytes);
    return tail;
}
