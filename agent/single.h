/* One running agent a state directory: a lock on STATE/agent/lock, which ends with the process. */
#pragma once

/* A descriptor to keep open; -EWOULDBLOCK: another agent runs; else -errno. */
int single_acquire(const char *directory);
/* The process that holds it, 0 when none does, or -errno. Takes no lock, so it disturbs nobody. */
long single_holder(const char *directory);
