/* The list of paired targets: numbers, names, and a file that is never lost. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/paths.h"
#include "server/target/registry.h"

static char directory[64], path[96], error[ERROR_ROOM];
static struct registry *registry;

static int start(void **state)
{
    snprintf(directory, sizeof directory, "/tmp/hotdesk-registry.XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof path, "%s/targets.json", directory);
    return registry_load(path, &registry, error);
}

static int finish(void **state)
{
    registry = registry_destroy(registry);
    unlink(path);
    return rmdir(directory);
}

static struct fingerprint key(uint16_t which)
{
    struct fingerprint fingerprint = {0};
    memcpy(fingerprint.sha256, &which, sizeof which);
    return fingerprint;
}

static uint16_t add(const char *name, uint16_t which)
{
    struct fingerprint fingerprint = key(which);
    uint16_t number = 0;
    bool renewed = true;
    assert_int_equal(
        registry_add(registry, name, &fingerprint, "192.0.2.7", 1700000000, &number, &renewed), 0);
    assert_false(renewed);
    return number;
}

static void reload(void)
{
    registry = registry_destroy(registry);
    assert_int_equal(registry_load(path, &registry, error), 0);
}

static void write_file(const char *text)
{
    assert_int_equal(paths_write_file(path, text, strlen(text)), 0);
}

static void starts_empty_and_writes_nothing(void **state)
{
    assert_int_equal(registry_count(registry), 0);
    assert_int_equal(access(path, F_OK), -1);
}

static void keeps_what_it_was_told(void **state)
{
    struct fingerprint fingerprint = key(7);
    assert_int_equal(add("lab3", 7), 1);
    reload();
    const struct registry_entry *entry = registry_by_key(registry, &fingerprint);
    assert_non_null(entry);
    assert_int_equal(entry->number, 1);
    assert_string_equal(entry->name, "lab3");
    assert_string_equal(entry->address, "192.0.2.7");
    assert_int_equal(entry->paired_s, 1700000000);
    assert_ptr_equal(registry_by_name(registry, "lab3"), entry);
    assert_ptr_equal(registry_by_number(registry, 1), entry);
}

static void the_file_is_nobody_elses(void **state)
{
    struct stat info;
    add("lab3", 7);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_new_one_gets_the_lowest_free_number(void **state)
{
    assert_int_equal(add("a", 1), 1);
    assert_int_equal(add("b", 2), 2);
    assert_int_equal(add("c", 3), 3);
    assert_int_equal(registry_remove(registry, 2), 0);
    assert_int_equal(registry_remove(registry, 2), -ENOENT);
    reload();
    assert_string_equal(registry_by_number(registry, 3)->name, "c"); /* it keeps its own */
    assert_int_equal(add("d", 4), 2);
    assert_string_equal(registry_at(registry, 1)->name, "d");
    assert_null(registry_at(registry, 3));
}

static void names_are_unique(void **state)
{
    add("lab", 1);
    assert_string_equal(registry_by_number(registry, add("lab", 2))->name, "lab-2");
    assert_string_equal(registry_by_number(registry, add("lab", 3))->name, "lab-3");
}

static void a_name_can_be_changed(void **state)
{
    add("lab", 1);
    add("shelf", 2);
    assert_int_equal(registry_rename(registry, 7, "attic"), -ENOENT);
    assert_int_equal(registry_rename(registry, 1, "shelf"), -EEXIST);
    assert_int_equal(registry_rename(registry, 1, "lab"), 0);
    assert_int_equal(registry_rename(registry, 1, "attic"), 0);
    assert_null(registry_by_name(registry, "lab"));
    reload();
    assert_int_equal(registry_by_name(registry, "attic")->number, 1);
    assert_int_equal(registry_by_name(registry, "shelf")->number, 2);
}

static void a_number_can_be_changed(void **state)
{
    add("a", 1);
    add("b", 2);
    add("c", 3);
    assert_int_equal(registry_order(registry, 4, 1), -ENOENT);
    assert_int_equal(registry_order(registry, 3, 1), 0); /* they swap */
    assert_string_equal(registry_at(registry, 0)->name, "c");
    assert_string_equal(registry_at(registry, 2)->name, "a");
    assert_int_equal(registry_order(registry, 2, 40), 0); /* nobody had that */
    reload();
    assert_int_equal(registry_by_name(registry, "c")->number, 1);
    assert_int_equal(registry_by_name(registry, "a")->number, 3);
    assert_int_equal(registry_by_name(registry, "b")->number, 40);
    assert_string_equal(registry_at(registry, 2)->name, "b");
    assert_int_equal(add("d", 4), 2);
}

static void a_known_key_is_renewed(void **state)
{
    struct fingerprint fingerprint = key(2);
    uint16_t number = 0;
    bool renewed = false;
    add("lab", 1);
    add("old", 2);
    add("other", 3);
    assert_int_equal(
        registry_add(registry, "new", &fingerprint, "2001:db8::1", 1800000000, &number, &renewed),
        0);
    assert_true(renewed);
    assert_int_equal(number, 2);
    assert_int_equal(registry_count(registry), 3);
    assert_string_equal(registry_by_number(registry, 2)->name, "new");
    assert_string_equal(registry_by_number(registry, 2)->address, "2001:db8::1");
    assert_null(registry_by_name(registry, "old"));
}

/* Its own name is not taken for it; another's is. */
static void a_renewed_one_keeps_its_name(void **state)
{
    struct fingerprint fingerprint = key(2);
    uint16_t number;
    bool renewed;
    add("lab", 1);
    add("desk", 2);
    assert_int_equal(registry_add(registry, "desk", &fingerprint, "", 1, &number, &renewed), 0);
    assert_string_equal(registry_by_number(registry, 2)->name, "desk");
    assert_int_equal(registry_add(registry, "lab", &fingerprint, "", 1, &number, &renewed), 0);
    assert_string_equal(registry_by_number(registry, 2)->name, "lab-2");
}

static void addresses_are_saved_later(void **state)
{
    add("lab", 1);
    registry_note_address(registry, 1, "192.0.2.99");
    assert_string_equal(registry_by_number(registry, 1)->address, "192.0.2.99");
    assert_int_equal(registry_save_notes(registry), 0);
    reload();
    assert_string_equal(registry_by_number(registry, 1)->address, "192.0.2.99");
}

/* The directory is gone: nothing has changed, in memory neither. */
static void a_failed_save_changes_nothing(void **state)
{
    struct fingerprint fingerprint = key(9);
    uint16_t number = 0;
    bool renewed;
    add("lab", 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
    assert_true(registry_add(registry, "x", &fingerprint, "", 1, &number, &renewed) < 0);
    assert_true(registry_remove(registry, 1) < 0);
    assert_int_equal(registry_count(registry), 1);
    assert_string_equal(registry_by_number(registry, 1)->name, "lab");
    assert_null(registry_by_key(registry, &fingerprint));
    assert_int_equal(mkdir(directory, 0700), 0);
}

static void it_is_full_at_some_time(void **state)
{
    struct fingerprint fingerprint = key(1000);
    uint16_t number = 0;
    bool renewed;
    for (uint16_t i = 1; i < REGISTRY_TARGETS_MAX; i++)
        fingerprint = key(i);
    /* Filling it one by one would write the file 256 times: write it once. */
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "{\"version\": 1, \"targets\": [");
    for (uint16_t i = 1; i <= REGISTRY_TARGETS_MAX; i++) {
        char text[FINGERPRINT_TEXT_ROOM];
        fingerprint = key(i);
        fingerprint_format(&fingerprint, text);
        fprintf(
            file,
            "%s{\"number\": %u, \"name\": \"t%u-x\", \"fingerprint\": \"%s\", \"address\": \"\", "
            "\"paired\": 1}",
            i > 1 ? "," : "", i, i, text);
    }
    fprintf(file, "]}");
    fclose(file);
    reload();
    assert_int_equal(registry_count(registry), REGISTRY_TARGETS_MAX);
    fingerprint = key(1000);
    assert_int_equal(registry_add(registry, "x", &fingerprint, "", 1, &number, &renewed), -ENOSPC);
}

#define GOOD_KEY "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define ENTRY(number, name, fingerprint)                                                           \
    "{\"number\": " number ", \"name\": \"" name "\", \"fingerprint\": \"" fingerprint             \
    "\", \"address\": \"\", \"paired\": 1}"
#define WHOLE(entries) "{\"version\": 1, \"targets\": [" entries "]}"

static const char *const BROKEN[] = {
    "",
    "{",
    "[]",
    "nonsense",
    "{\"targets\": []}",
    "{\"version\": 2, \"targets\": []}",
    "{\"version\": 1, \"targets\": {}}",
    "{\"version\": 1, \"version\": 1, \"targets\": []}",
    WHOLE("{}"),
    WHOLE("1"),
    WHOLE(ENTRY("0", "a", GOOD_KEY)),
    WHOLE(ENTRY("1000", "a", GOOD_KEY)),
    WHOLE(ENTRY("1", "A", GOOD_KEY)),
    WHOLE(ENTRY("1", "local", GOOD_KEY)),
    WHOLE(ENTRY("1", "a", "SHA256:short")),
    WHOLE(ENTRY("1", "a", GOOD_KEY) "," ENTRY("2", "b", GOOD_KEY)),
    WHOLE(ENTRY("1", "a", GOOD_KEY)) "trailing",
};

static void a_broken_file_is_told_and_left_alone(void **state)
{
    for (size_t i = 0; i < sizeof BROKEN / sizeof BROKEN[0]; i++) {
        struct registry *broken = NULL;
        char *text = NULL;
        size_t size_bytes = 0;
        write_file(BROKEN[i]);
        error[0] = '\0';
        if (registry_load(path, &broken, error) == 0)
            fail_msg("was taken: %s", BROKEN[i]);
        assert_null(broken);
        assert_non_null(strstr(error, path));
        assert_int_equal(paths_read_file(path, 4096, &text, &size_bytes), 0);
        assert_string_equal(text, BROKEN[i]);
        free(text);
    }
    struct registry *endless = NULL;
    char *blanks = malloc(REGISTRY_FILE_MAX_BYTES + 2);
    memset(blanks, ' ', REGISTRY_FILE_MAX_BYTES + 1);
    blanks[REGISTRY_FILE_MAX_BYTES + 1] = '\0';
    write_file(blanks);
    assert_int_equal(registry_load(path, &endless, error), -EFBIG);
    free(blanks);
    write_file(WHOLE(ENTRY("1", "a", GOOD_KEY)));
    reload(); /* so the samples fail for what they are meant to */
    assert_int_equal(registry_count(registry), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(starts_empty_and_writes_nothing),
        TEST(keeps_what_it_was_told),
        TEST(the_file_is_nobody_elses),
        TEST(a_new_one_gets_the_lowest_free_number),
        TEST(names_are_unique),
        TEST(a_name_can_be_changed),
        TEST(a_number_can_be_changed),
        TEST(a_known_key_is_renewed),
        TEST(a_renewed_one_keeps_its_name),
        TEST(addresses_are_saved_later),
        TEST(a_failed_save_changes_nothing),
        TEST(it_is_full_at_some_time),
        TEST(a_broken_file_is_told_and_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
