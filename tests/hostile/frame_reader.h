/* A reader of the picture file whose writer means harm: everything in it is the fuzzer's. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes: a rectangle that is to be copied (four numbers of 16 bits, of this computer), what the
 * head is. Aborts when a reader would leave the file. Why it shows nothing, or "it was taken". */
const char *frame_reader_run(const uint8_t *bytes, size_t size_bytes);
