/* CLOCK_MONOTONIC, the clock of all times in hotdesk. */
#pragma once

#include <stdint.h>

uint64_t clock_now_us(void);
