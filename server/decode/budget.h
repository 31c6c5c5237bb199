/*
 * The processor time of one update. At its end the process is over: the library that works is not
 * one that could be interrupted. The reason still reaches hotdesk-server.
 */
#pragma once

struct budget;

/* One a process. `message_fd` gets STOPPED. 0 or -errno. */
int budget_create(int message_fd, struct budget **ret_budget);
struct budget *budget_destroy(struct budget *budget);

void budget_begin(struct budget *budget); /* TIME_DECODE_CPU from now */
void budget_end(struct budget *budget);
