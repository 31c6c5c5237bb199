/* A hotdesk-decode that a target has taken over: what it knows, and its deeds. */
#pragma once

#include "common/frame_writer.h"
#include "protocol/frame.h"

#define ROGUE_RFB_FD     3
#define ROGUE_MESSAGE_FD 4
#define ROGUE_FILE_FD    5
#define ROGUE_WIDTH      64
#define ROGUE_HEIGHT     48

struct deed {
    const char *name;
    void (*act)(void);
};

extern struct frame_writer *rogue_writer;
struct frame_head *rogue_head(void);

/* Each ends with one without a name. */
extern const struct deed rogue_calls[], rogue_words[];
