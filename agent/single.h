/* One running agent a state directory: a lock on STATE/agent/lock, which ends with the process. */
#pragma once

#define SINGLE_TEXT_ROOM 256

/* A descriptor to keep open; -EWOULDBLOCK: another agent runs; else -errno. */
int single_acquire(const char *directory);
/* Puts a sentence beside it, for single_read. */
void single_tell(int lock, const char *text);
/* The sentence of the agent that runs; "" when there is none. */
void single_read(const char *directory, char ret_text[SINGLE_TEXT_ROOM]);
/* The process that holds it, 0 when none does, or -errno. Takes no lock, so it disturbs nobody. */
long single_holder(const char *directory);
