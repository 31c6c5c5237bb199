/* Lines of the control socket, and what a viewer without a window makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/viewer/news.h"

static struct news read_line(const char *line)
{
    struct news news;
    news_read(line, &news);
    return news;
}

static void switches_are_told(void **state)
{
    struct news news =
        read_line("{\"event\": \"switched\", \"number\": 3, \"name\": \"lab\", \"why\": null}");
    assert_int_equal(news.type, NEWS_SWITCHED);
    assert_int_equal(news.number, 3);
    assert_false(news.is_unasked);
    assert_string_equal(news.text, "lab");

    news = read_line(
        "{\"event\": \"switched\", \"number\": 0, \"name\": \"local\", \"why\": \"lab was lost\"}");
    assert_int_equal(news.number, 0);
    assert_true(news.is_unasked);
    assert_string_equal(news.text, "this computer: lab was lost");
}

static void refusals_are_told(void **state)
{
    struct news news =
        read_line("{\"event\": \"refused\", \"number\": 3, \"why\": \"no\\u001b way\"}");
    assert_int_equal(news.type, NEWS_REFUSED);
    assert_null(strchr(news.text, '\x1b'));

    news = read_line("{\"ok\": false, \"code\": \"not-allowed\", \"error\": \"you may not\"}");
    assert_int_equal(news.type, NEWS_FAILED);
    assert_string_equal(news.text, "you may not");
}

static void the_rest_is_told_apart(void **state)
{
    assert_int_equal(read_line("{\"ok\": true, \"active\": 2, \"targets\": []}").type, NEWS_ACTIVE);
    assert_int_equal(read_line("{\"event\": \"activity\", \"number\": 2}").type, NEWS_ACTIVITY);
    assert_int_equal(read_line("{\"ok\": true}").type, NEWS_NONE);
    assert_int_equal(read_line("{\"event\": \"target\"}").type, NEWS_NONE);
    assert_int_equal(read_line("{\"event\": 7}").type, NEWS_NONE);
    assert_int_equal(read_line("nonsense").type, NEWS_NONE);
    assert_int_equal(read_line("[]").type, NEWS_NONE);
    assert_int_equal(read_line("").type, NEWS_NONE);
}

static void long_texts_are_cut(void **state)
{
    char line[2048], text[1024];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    snprintf(line, sizeof line,
             "{\"event\": \"switched\", \"number\": 1, \"name\": \"%s\", \"why\": \"%s\"}", text,
             text + 100);
    struct news news = read_line(line);
    assert_true(strlen(news.text) < NEWS_TEXT_ROOM);
    assert_int_equal(news.type, NEWS_SWITCHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(switches_are_told),
        cmocka_unit_test(refusals_are_told),
        cmocka_unit_test(the_rest_is_told_apart),
        cmocka_unit_test(long_texts_are_cut),
    };
    return cmocka_run_group_tests_name("news", tests, NULL, NULL);
}
