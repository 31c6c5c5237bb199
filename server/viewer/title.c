#include "server/viewer/title.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"

/* So many targets are named while a leader waits; more would not fit a title bar. */
#define NAMED_MAX 5

static void append(char title[TITLE_ROOM], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(char title[TITLE_ROOM], const char *format, ...)
{
    size_t length = strlen(title);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(title + length, TITLE_ROOM - length, format, arguments);
    va_end(arguments);
}

static void append_choices(const struct title_facts *facts, char title[TITLE_ROOM])
{
    unsigned named = 0;
    for (size_t i = 0; i < facts->status->target_count && named < NAMED_MAX; i++) {
        const struct status_target *target = &facts->status->targets[i];
        if (!target->ready)
            continue;
        append(title, "%u %s, ", target->number, target->name);
        named++;
    }
    append(title, "0 local");
}

static const struct status_target *first_ready(const struct status *status)
{
    for (size_t i = 0; i < status->target_count; i++)
        if (status->targets[i].ready)
            return &status->targets[i];
    return NULL;
}

void title_make_hint(const struct title_facts *facts, char ret_hint[TITLE_ROOM])
{
    const struct status *status = facts->status;
    const struct status_target *ready = first_ready(status);
    ret_hint[0] = '\0';
    if (ready && !facts->leader)
        append(ret_hint, "%s is ready", ready->name);
    else if (ready)
        append(ret_hint, "%s, then %u for %s", facts->leader, ready->number, ready->name);
    else if (status->target_count == 0)
        append(ret_hint, "no computer is paired yet: hotdesk pair");
    else
        append(ret_hint, "%s is %s%s%s", status->targets[0].name, status->targets[0].state,
               *status->targets[0].reason ? ": " : "", status->targets[0].reason);
}

static void append_local(const struct title_facts *facts, char title[TITLE_ROOM])
{
    char hint[TITLE_ROOM];
    title_make_hint(facts, hint);
    append(title, "local — %s", hint);
}

static bool has_notice(const struct title_facts *facts, uint64_t now_us)
{
    return facts->status->notice_us != 0 &&
           now_us < facts->status->notice_us + time_us(TIME_NOTICE);
}

void title_make(const struct title_facts *facts, uint64_t now_us, char ret_title[TITLE_ROOM])
{
    const struct status_target *active = status_find(facts->status, facts->status->active);
    strcpy(ret_title, "hotdesk: ");
    if (facts->trouble) {
        append(ret_title, "%s", facts->trouble);
    } else if (facts->leader_waits) {
        append_choices(facts, ret_title);
    } else if (has_notice(facts, now_us)) {
        append(ret_title, "%s — %s", active ? active->name : "local", facts->status->notice);
    } else if (active && facts->no_picture && *facts->no_picture) {
        append(ret_title, "%s (active) — %s", active->name, facts->no_picture);
    } else if (active) {
        append(ret_title, "%s (active)", active->name);
    } else {
        append_local(facts, ret_title);
    }
}

void title_make_ascii(char title[TITLE_ROOM])
{
    static const char DASH[] = "—";
    char *to = title;
    for (const char *from = title; *from;) {
        bool is_dash = strncmp(from, DASH, strlen(DASH)) == 0;
        bool is_ascii = ((unsigned char)*from & 0x80) == 0;
        *to++ = is_dash ? '-' : is_ascii ? *from : '?';
        from++;
        while (((unsigned char)*from & 0xc0) == 0x80)
            from++; /* the rest of that character */
    }
    *to = '\0';
}

uint64_t title_deadline_us(const struct title_facts *facts, uint64_t now_us)
{
    return has_notice(facts, now_us) ? facts->status->notice_us + time_us(TIME_NOTICE) : UINT64_MAX;
}
