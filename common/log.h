/*
 * Log lines and events. Library code returns errors; the caller that has the context logs, once.
 *
 * Levels by reader: error, warning, info are for the operator and tell the consequence; debug is
 * for us. On the journal (stderr is its stream) with fields, else as text on stderr. Never a typed
 * key.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

#include "protocol/limits.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_init(const char *program, enum log_level level);
bool log_level_from_name(const char *name,
                         enum log_level *ret_level); /* error warning info debug */

void log_write(enum log_level level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...)   log_write(LOG_LEVEL_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, LOG_MODULE, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, LOG_MODULE, __VA_ARGS__)
#define log_debug(...)   log_write(LOG_LEVEL_DEBUG, LOG_MODULE, __VA_ARGS__)

/* What an operator searches for later: paired, forgotten, refused, switched, lost, input-client.
 * Unset fields are left out. In the journal: HOTDESK_EVENT, TARGET, FINGERPRINT, PEER, UID, PID. */
struct log_fields {
    const char *target;
    const char *fingerprint;
    const char *peer; /* address */
    long uid, pid;    /* with has_ids */
    bool has_ids;
};
void log_event(const char *event, const struct log_fields *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* At most `burst` lines a minute from one place; what was left out is counted and told. */
struct log_limit {
    unsigned burst, used, left_out;
    unsigned long long window_start_us;
};
bool log_limit_passes(struct log_limit *limit, const char *module);
