/* PROTOCOL.md says what the tables say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/paths.h"
#include "common/times.h"
#include "protocol/link.h"
#include "protocol/message.h"

static char *document;

static void expect(const char *text)
{
    if (!strstr(document, text))
        print_message("# PROTOCOL.md lacks: %s\n", text);
    assert_non_null(strstr(document, text));
}

static void test_messages(void **state)
{
    static const char *const directions[] = {
        [MESSAGE_TO_SERVER] = "agent", [MESSAGE_TO_AGENT] = "server", [MESSAGE_BOTH] = "both"};
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        const struct message_info *info = message_info((uint8_t)type);
        char row[128];
        if (!info)
            continue;
        snprintf(row, sizeof row, "\n| %u | `%s` | %s | %u..%u | ", type, info->name,
                 directions[info->direction], info->body_min_bytes, info->body_max_bytes);
        expect(row);
        snprintf(row, sizeof row, "%u %s", type, info->name); /* a section of its own */
        expect(row);
    }
}

/* Every time that it names stands in its table, with the value of ours. */
static void test_times(void **state)
{
    static const char *const names[] = {
#define X(id, ms, what) #id,
        TIMES_TABLE(X)
#undef X
    };
    for (int id = 0; id < TIME_COUNT; id++) {
        char name[64];
        char row[128];
        snprintf(name, sizeof name, "`%s`", names[id]);
        if (!strstr(document, name) || id == TIME_NET_PING || id == TIME_NET_SILENT)
            continue; /* of the console's own business, or told in the text */
        snprintf(row, sizeof row, "\n| %s | %llu ms | ", name,
                 (unsigned long long)time_ms((enum time_id)id));
        expect(row);
    }
    for (const char *at = strstr(document, "`TIME_"); at; at = strstr(at + 1, "`TIME_")) {
        bool known = false;
        for (int id = 0; id < TIME_COUNT; id++) {
            size_t size = strlen(names[id]);
            known = known || (strncmp(at + 1, names[id], size) == 0 && at[1 + size] == '`');
        }
        if (!known)
            print_message("# no such time: %.40s\n", at);
        assert_true(known);
    }
}

static void test_constants(void **state)
{
    char text[128];
    snprintf(text, sizeof text, "default port **%d**", MESSAGE_PORT_DEFAULT);
    expect(text);
    snprintf(text, sizeof text, "0x%x, `HDSK`", MESSAGE_MAGIC);
    expect(text);
    snprintf(text, sizeof text, "1..%d events", REPORT_EVENTS_MAX);
    expect(text);
    snprintf(text, sizeof text, "0..%d monitors", MESSAGE_MONITORS_MAX);
    expect(text);
    snprintf(text, sizeof text, "exactly **%d bytes**", LINK_MESSAGE_BYTES);
    expect(text);
    snprintf(text, sizeof text, "a text has at most %d bytes", LINK_TEXT_ROOM - 1);
    expect(text);
    snprintf(text, sizeof text, "protocol version %d.", MESSAGE_VERSION_MAX);
    expect(text);
    snprintf(text, sizeof text, "A *name* has at most %d bytes, a *reason* at most %d.",
             MESSAGE_NAME_ROOM - 1, MESSAGE_REASON_ROOM - 1);
    expect(text);
}

static int value_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Each example, `LENGTH TYPE BODY` in hexadecimal, is a message, to its last byte. */
static void test_examples(void **state)
{
    unsigned count = 0;
    for (const char *at = strstr(document, "`00"); at; at = strstr(at + 1, "`00")) {
        if (at[5] != ' ')
            continue; /* a pairing code */
        uint8_t frame[MESSAGE_FRAME_MAX];
        struct message message;
        size_t size = 0;
        size_t used = 0;
        unsigned digits = 0;
        const char *why = NULL;
        for (const char *c = at + 1; *c != '`' && size < sizeof frame; c++) {
            if (*c == ' ')
                continue;
            assert_true(value_of(*c) >= 0);
            frame[size] = (uint8_t)(digits % 2 ? frame[size] << 4 | value_of(*c) : value_of(*c));
            size += digits++ % 2;
        }
        const struct message_info *info = message_info(frame[2]);
        assert_non_null(info);
        assert_int_equal(message_decode(frame, size, info->direction, &message, &used, &why),
                         MESSAGE_OK);
        assert_int_equal(used, size);
        count++;
    }
    assert_true(count >= 10);
}

static int set_up(void **state)
{
    size_t size = 0;
    return paths_read_file(PROTOCOL_MD, 1 << 20, &document, &size);
}

static int tear_down(void **state)
{
    free(document);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_examples),
    };
    return cmocka_run_group_tests_name("PROTOCOL.md", tests, set_up, tear_down);
}
