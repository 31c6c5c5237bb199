/* Numbers as people say them. Pure. */
#pragma once

#define WORDS_ROOM 32

/* "12 s", "3 min", "5 h", "4 days" */
void words_duration(long long seconds, char ret_text[WORDS_ROOM]);
/* "just now", "since 3 min"; empty when negative */
void words_since(long long seconds, char ret_text[WORDS_ROOM]);
/* "0.27 ms", "12.5 ms", "180 ms"; "?" when negative */
void words_latency(long long microseconds, char ret_text[WORDS_ROOM]);
