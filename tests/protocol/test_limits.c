/* docs/security.md has the table of limits that the programs go by, and names a test for each;
 * PROTOCOL.md tells the wire's part of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/paths.h"
#include "common/times.h"
#include "protocol/limits.h"

static char *security;
static char *protocol;

static bool is_bytes(const char *id)
{
    static const char *const others[] = {"STREAM_RECEIVE_MAX", "CONTROL_LINE_MAX",
                                         "CONTROL_UNSENT_MAX"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(id, others[i]) == 0)
            return true;
    return strstr(id, "_BYTES") != NULL;
}

static void format(const char *id, long value, char ret_text[32])
{
    if (is_bytes(id) && value % (1 << 20) == 0)
        snprintf(ret_text, 32, "%ld MiB", value >> 20);
    else if (is_bytes(id) && value % (1 << 10) == 0)
        snprintf(ret_text, 32, "%ld KiB", value >> 10);
    else
        snprintf(ret_text, 32, "%ld", value);
}

/* The end of that row's beginning; what is beyond the limit and who tries it follow. */
static const char *expect(const char *document, const char *text)
{
    const char *found = strstr(document, text);
    if (!found)
        print_message("# the table lacks: %s\n", text);
    assert_non_null(found);
    return found + strlen(text);
}

/* The rest of a row: `beyond it | test |`. No limit is without one. */
static void expect_rest(const char *at)
{
    char test[64] = "";
    char beyond[128] = "";
    assert_int_equal(sscanf(at, "%127[^|]| %63[a-z_`-] |", beyond, test), 2);
    assert_int_equal(test[0], '`');
}

static void test_table(void **state)
{
    static const struct {
        const char *id;
        long value;
        const char *what;
    } limits[] = {
#define X(id, value, what) {#id, value, what},
        LIMITS_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char value[32];
        char row[256];
        format(limits[i].id, limits[i].value, value);
        snprintf(row, sizeof row, "\n| `%s` | %s | %s | ", limits[i].id, value, limits[i].what);
        expect_rest(expect(security, row));
    }
}

/* Times are among the limits, too; each that is named has its value. */
static void test_times(void **state)
{
    static const char *const names[] = {
#define X(id, ms, what) #id,
        TIMES_TABLE(X)
#undef X
    };
    unsigned count = 0;
    for (int id = 0; id < TIME_COUNT; id++) {
        char row[96];
        snprintf(row, sizeof row, "\n| `%s` | ", names[id]);
        const char *at = strstr(security, row);
        if (!at)
            continue;
        snprintf(row, sizeof row, "\n| `%s` | %llu ms | ", names[id],
                 (unsigned long long)time_ms((enum time_id)id));
        at = expect(security, row);
        expect_rest(strchr(at, '|') + 2);
        count++;
    }
    assert_true(count >= 8);
}

static void test_wire(void **state)
{
    char row[160];
#define ROW(...)                                                                                   \
    snprintf(row, sizeof row, "\n| " __VA_ARGS__);                                                 \
    expect(protocol, row)
    ROW("connections before hello or proof | %d, %d of one address", GUESTS_MAX,
        GUESTS_PER_ADDRESS);
    ROW("TLS handshakes | %d a second", GUESTS_A_SECOND);
    ROW("certificate | %d,%03d bytes", IDENTITY_CERTIFICATE_MAX / 1000,
        IDENTITY_CERTIFICATE_MAX % 1000);
    ROW("message | as in section 4, none above %d,%03d bytes", MESSAGE_BODY_MAX / 1000,
        MESSAGE_BODY_MAX % 1000);
    ROW("events of a report | %d |", REPORT_EVENTS_MAX);
    ROW("monitors | %d |", MESSAGE_MONITORS_MAX);
    ROW("targets | %d |", REGISTRY_TARGETS_MAX);
    ROW("reports that wait for one target | %d |", OUTBOX_WAITING_MAX);
    ROW("unsent bytes, server to one agent | %d KiB |", CHANNEL_UNSENT_MAX_BYTES >> 10);
    ROW("unsent bytes, agent | %d KiB |", AGENT_UNSENT_MAX_BYTES >> 10);
    ROW("screen connections kept while nobody looks | %d |", SCREENS_WARM_MAX);
    ROW("codes valid at a time | %d |", PAIRING_CODES_MAX);
}

static int set_up(void **state)
{
    size_t size = 0;
    return paths_read_file(SECURITY_MD, 1 << 20, &security, &size) ||
           paths_read_file(PROTOCOL_MD, 1 << 20, &protocol, &size);
}

static int tear_down(void **state)
{
    free(security);
    free(protocol);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_wire),
    };
    return cmocka_run_group_tests_name("limits", tests, set_up, tear_down);
}
