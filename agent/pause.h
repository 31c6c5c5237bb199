/*
 * The pause of `hotdesk-agent pause`: the file STATE/agent/paused, which only this user and root
 * can make or remove. It outlives the agent, a logout and a start of the computer, until `resume`.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

#define PAUSE_FILE "paused"

/* `directory` is STATE/agent. 0 or -errno. */
int pause_begin(const char *directory);
/* -ENOENT: it was none. */
int pause_end(const char *directory);
/* Also when that cannot be told. *ret_since 0: not known; may be NULL. */
bool pause_is_on(const char *directory, time_t *ret_since);
