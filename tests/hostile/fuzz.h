/* One end of a screen connection as libFuzzer calls it: fuzz_decode.c or fuzz_agent.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

/* Why the last one ended. */
const char *fuzz_reason(void);
