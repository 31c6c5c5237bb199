/* One message of each type with all fields at their least, and one with all at their most. */
#pragma once

#include "protocol/message.h"

enum sample_kind { SAMPLE_SMALLEST, SAMPLE_LARGEST, SAMPLE_KINDS };

/* The types that exist, ending in 0. */
extern const uint8_t SAMPLE_TYPES[];

/* Every byte that is not set is 0, so that two can be compared whole. */
void sample_make(uint8_t type, enum sample_kind kind, struct message *ret_message);
/* The way that a type travels; for one that goes both ways, TO_SERVER. */
enum message_direction sample_direction(uint8_t type);
