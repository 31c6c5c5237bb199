#include "server/cli/words.h"

#include <stdio.h>

#define MINUTE 60
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

void words_duration(long long seconds, char ret_text[WORDS_ROOM])
{
    if (seconds < 0)
        snprintf(ret_text, WORDS_ROOM, "?");
    else if (seconds < MINUTE)
        snprintf(ret_text, WORDS_ROOM, "%lld s", seconds);
    else if (seconds < HOUR)
        snprintf(ret_text, WORDS_ROOM, "%lld min", seconds / MINUTE);
    else if (seconds < 2 * DAY)
        snprintf(ret_text, WORDS_ROOM, "%lld h", seconds / HOUR);
    else
        snprintf(ret_text, WORDS_ROOM, "%lld days", seconds / DAY);
}

void words_since(long long seconds, char ret_text[WORDS_ROOM])
{
    char duration[WORDS_ROOM];
    if (seconds < 0)
        ret_text[0] = '\0';
    else if (seconds == 0)
        snprintf(ret_text, WORDS_ROOM, "just now");
    else {
        words_duration(seconds, duration);
        snprintf(ret_text, WORDS_ROOM, "since %.20s", duration);
    }
}

void words_latency(long long microseconds, char ret_text[WORDS_ROOM])
{
    if (microseconds < 0)
        snprintf(ret_text, WORDS_ROOM, "?");
    else if (microseconds < 10000)
        snprintf(ret_text, WORDS_ROOM, "%.2f ms", (double)microseconds / 1e3);
    else if (microseconds < 100000)
        snprintf(ret_text, WORDS_ROOM, "%.1f ms", (double)microseconds / 1e3);
    else
        snprintf(ret_text, WORDS_ROOM, "%.0f ms", (double)microseconds / 1e3);
}
