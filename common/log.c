#include "common/log.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#if HAVE_SYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#endif

#include "common/clock.h"
#include "protocol/cursor.h"

#define TEXT_ROOM       1024
#define FIELDS_MAX      10
#define NUMBER_ROOM     24
#define LIMIT_WINDOW_US 60000000 /* log_limit counts lines of a minute */

/* One field of an entry: `journal` is its name there, `text` on stderr (NULL: not shown there). */
struct field {
    const char *journal;
    const char *text;
    const char *value; /* NULL: unset */
};

/* Set by log_init alone, before anything is logged. */
static const char *log_program = "hotdesk";
static enum log_level log_highest = LOG_LEVEL_INFO;
static bool log_to_journal;

static const struct {
    const char *name;   /* in the configuration */
    const char *prefix; /* of a line on stderr */
    const char *priority;
} LEVELS[] = {
    [LOG_LEVEL_ERROR] = {"error", "error: ", "3"},
    [LOG_LEVEL_WARNING] = {"warning", "warning: ", "4"},
    [LOG_LEVEL_INFO] = {"info", "", "6"},
    [LOG_LEVEL_DEBUG] = {"debug", "debug: ", "7"},
};

/* systemd.exec(5): JOURNAL_STREAM is device:inode of the stream that goes to the journal. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    uintmax_t device = 0;
    uintmax_t inode = 0;

    if (!stream || sscanf(stream, "%ju:%ju", &device, &inode) != 2)
        return false;
    return fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

void log_init(const char *program, enum log_level level)
{
    log_program = program;
    log_highest = level;
    log_to_journal = HAVE_SYSTEMD && stderr_is_journal();
}

bool log_level_from_name(const char *name, enum log_level *ret_level)
{
    for (size_t i = 0; i < sizeof LEVELS / sizeof LEVELS[0]; i++) {
        if (strcmp(name, LEVELS[i].name) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static size_t written(int result, size_t room_bytes)
{
    size_t size = result < 0 ? 0 : (size_t)result;
    return size < room_bytes ? size : room_bytes - 1;
}

#if HAVE_SYSTEMD
static void send_to_journal(const struct field *fields, size_t count)
{
    char texts[FIELDS_MAX][TEXT_ROOM];
    struct iovec parts[FIELDS_MAX];
    int used = 0;

    for (size_t i = 0; i < count && used < FIELDS_MAX; i++) {
        if (!fields[i].value)
            continue;
        int size = snprintf(texts[used], TEXT_ROOM, "%s=%s", fields[i].journal, fields[i].value);
        parts[used] = (struct iovec){texts[used], written(size, TEXT_ROOM)};
        used++;
    }
    sd_journal_sendv(parts, used);
}
#else
static void send_to_journal(const struct field *fields, size_t count)
{
}
#endif

/* " name=value" for each field that is set and shown as text; a value with blanks could pass for
 * another field, so they are replaced. */
static void append_fields(char *text, size_t room_bytes, const struct field *fields, size_t count)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].value || !fields[i].text)
            continue;
        size_t name_end = used + strlen(fields[i].text) + 2;
        used += written(snprintf(text + used, room_bytes - used, "%s%s=%s", used ? " " : "",
                                 fields[i].text, fields[i].value),
                        room_bytes - used);
        for (size_t at = name_end; at < used; at++)
            text[at] = text[at] == ' ' ? '_' : text[at];
    }
}

/* One write a line, so that lines of several programs on one terminal do not mix. */
static void write_line(const char *text)
{
    char line[TEXT_ROOM + 1];

    text_make_clean(text, line, TEXT_ROOM);
    size_t size = strlen(line);
    line[size++] = '\n';
    if (write(STDERR_FILENO, line, size) < 0) {
        /* Nobody is left to be told. */
    }
}

/* `head` is the module, or the fields of an event. */
static void emit(enum log_level level, const char *head, const char *text, struct field *fields,
                 size_t count)
{
    char line[TEXT_ROOM];

    if (log_to_journal) {
        text_make_clean(text, line, sizeof line);
        fields[0] = (struct field){"MESSAGE", NULL, line};
        fields[1] = (struct field){"PRIORITY", NULL, LEVELS[level].priority};
        fields[2] = (struct field){"SYSLOG_IDENTIFIER", NULL, log_program};
        send_to_journal(fields, count);
    } else {
        snprintf(line, sizeof line, "%s: %s: %s%s", log_program, head, LEVELS[level].prefix, text);
        write_line(line);
    }
}

#define FIXED_FIELDS                                                                               \
    {0}, {0},                                                                                      \
    {                                                                                              \
        0                                                                                          \
    } /* filled by emit */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

void log_write(enum log_level level, const char *module, const char *format, ...)
{
    int saved_errno = errno; /* a caller may log before it returns -errno */
    char text[TEXT_ROOM];
    va_list arguments;

    if (level > log_highest)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct field fields[] = {FIXED_FIELDS, {"HOTDESK_MODULE", NULL, module}};
    emit(level, module, text, fields, COUNT(fields));
    errno = saved_errno;
}

void log_event(const char *event, const struct log_fields *given, const char *format, ...)
{
    int saved_errno = errno;
    static const struct log_fields none;
    char text[TEXT_ROOM];
    char head[TEXT_ROOM];
    char uid[NUMBER_ROOM];
    char pid[NUMBER_ROOM];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!given)
        given = &none;
    snprintf(uid, sizeof uid, "%ld", given->uid);
    snprintf(pid, sizeof pid, "%ld", given->pid);
    struct field fields[] = {
        FIXED_FIELDS,
        {"HOTDESK_EVENT", "event", event},
        {"TARGET", "target", given->target},
        {"FINGERPRINT", "fingerprint", given->fingerprint},
        {"PEER", "peer", given->peer},
        {"UID", "uid", given->has_ids ? uid : NULL},
        {"PID", "pid", given->has_ids ? pid : NULL},
    };
    append_fields(head, sizeof head, fields, COUNT(fields));
    emit(LOG_LEVEL_INFO, head, text, fields, COUNT(fields));
    errno = saved_errno;
}

bool log_limit_passes(struct log_limit *limit, const char *module)
{
    uint64_t now_us = clock_now_us();

    if (limit->window_start_us == 0 || now_us - limit->window_start_us >= LIMIT_WINDOW_US) {
        if (limit->left_out > 0)
            log_write(LOG_LEVEL_WARNING, module, "%u lines like the next one were left out",
                      limit->left_out);
        limit->window_start_us = now_us;
        limit->used = 0;
        limit->left_out = 0;
    }
    if (limit->used < limit->burst) {
        limit->used++;
        return true;
    }
    limit->left_out++;
    return false;
}
