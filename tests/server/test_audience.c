/* Who follows which picture: how each target is looked at, who is told what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/screen/audience.h"
#include "server/switch/switch.h"

#define TARGETS 4

/* A client: what it was told of each target. */
struct client {
    bool is_full;
    unsigned told[TARGETS];
};

static struct audience *audience;
static enum frame_look looks[TARGETS];
static bool is_settled; /* no look may change */
static unsigned begun[TARGETS];
static struct client first, second;

static bool view_of(void *context, uint16_t number, struct screen_view *ret_view)
{
    (void)context, (void)number;
    *ret_view = (struct screen_view){.file_fd = -1};
    return true;
}

static void note_look(void *context, uint16_t number, enum frame_look look)
{
    (void)context;
    assert_int_not_equal(number, SWITCH_LOCAL);
    if (is_settled)
        assert_int_equal(look, looks[number]);
    looks[number] = look;
}

static void note_begun(void *context, uint16_t number, struct follower *follower)
{
    (void)context;
    assert_false(follower->thumbnail);
    begun[number]++;
}

static const struct audience_ops OPS = {.view = view_of, .look = note_look, .begun = note_begun};

static bool note_told(void *context, const struct frame_message *message, int fd)
{
    struct client *client = context;
    assert_int_equal(fd, -1);
    client->told[message->number] += !client->is_full;
    return !client->is_full;
}

static int set_up(void **state)
{
    (void)state;
    first = second = (struct client){0};
    is_settled = false;
    for (size_t i = 0; i < TARGETS; i++)
        looks[i] = begun[i] = 0;
    audience = audience_create(&OPS, NULL);
    return audience ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    audience = audience_destroy(audience);
    return 0;
}

static struct onlooker *join(struct client *client, uint16_t number, bool thumbnail)
{
    struct onlooker *onlooker = audience_join(audience, number, thumbnail, note_told, client);
    assert_non_null(onlooker);
    return onlooker;
}

/* -- how targets are looked at -- */

static void who_looks_in_full_decides(void **state)
{
    (void)state;
    struct onlooker *small = join(&first, 1, true);
    assert_int_equal(looks[1], FRAME_LOOK_THUMBNAIL);
    struct onlooker *full = join(&second, 1, false);
    struct onlooker *late = join(&first, 1, true);
    assert_int_equal(looks[1], FRAME_LOOK_FULL);
    onlooker_leave(full);
    assert_int_equal(looks[1], FRAME_LOOK_THUMBNAIL);
    onlooker_leave(small);
    assert_int_equal(looks[1], FRAME_LOOK_THUMBNAIL);
    assert_null(onlooker_leave(late));
    assert_int_equal(looks[1], FRAME_LOOK_AWAY);
    assert_null(onlooker_leave(NULL));
}

static void who_is_shown_another_leaves_the_first(void **state)
{
    (void)state;
    struct onlooker *onlooker = join(&first, 1, false);
    onlooker_show(onlooker, 2);
    assert_int_equal(looks[1], FRAME_LOOK_AWAY);
    assert_int_equal(looks[2], FRAME_LOOK_FULL);
    onlooker_show(onlooker, SWITCH_LOCAL);
    assert_int_equal(looks[2], FRAME_LOOK_AWAY);
    onlooker_show(onlooker, 1);
    onlooker_show(onlooker, 1);
    assert_int_equal(looks[1], FRAME_LOOK_FULL);
    assert_int_equal(begun[1], 3);
}

/* The targets' looks have gone with their numbers: nobody is looked at otherwise for a moment. */
static void a_new_order_changes_no_look(void **state)
{
    (void)state;
    join(&first, 1, true);
    join(&second, 2, false);
    for (int i = 0; i < 2; i++) {
        enum frame_look was = looks[1];
        looks[1] = looks[2]; /* as screens_ordered */
        looks[2] = was;
        is_settled = true;
        audience_ordered(audience, 1, 2);
        is_settled = false;
        assert_non_null(audience_find(audience, &first, i == 0 ? 2 : 1));
        assert_non_null(audience_find(audience, &second, i == 0 ? 1 : 2));
    }
    audience_leave(audience, &second);
    assert_int_equal(looks[1], FRAME_LOOK_THUMBNAIL);
    assert_int_equal(looks[2], FRAME_LOOK_AWAY);
}

static void only_a_whole_picture_has_a_pointer(void **state)
{
    (void)state;
    join(&first, 1, true);
    assert_int_equal(begun[1], 0);
    join(&first, 2, false);
    assert_int_equal(begun[2], 1);
    audience_ordered(audience, 2, 3);
    assert_int_equal(begun[3], 1);
}

/* -- who is told what -- */

static void each_is_told_of_its_target(void **state)
{
    (void)state;
    join(&first, 1, false);
    join(&first, 2, false);
    join(&second, 2, false);
    assert_int_equal(audience_count(audience, 2), 2);
    assert_int_equal(audience_count(audience, 3), 0);
    first = second = (struct client){0};
    audience_note(audience, &(struct frame_message){.type = FRAME_STATE, .number = 2});
    assert_int_equal(first.told[1], 0);
    assert_int_equal(first.told[2], 1);
    assert_int_equal(second.told[2], 1);
}

static void what_is_full_is_told_later(void **state)
{
    (void)state;
    first.is_full = second.is_full = true;
    join(&first, 1, false);
    struct onlooker *other = join(&first, 2, false);
    join(&second, 1, false);
    first.is_full = second.is_full = false;
    audience_flush(audience, &second);
    assert_int_equal(first.told[1] + first.told[2], 0);
    assert_int_equal(second.told[1], 1);
    onlooker_flush(other);
    assert_int_equal(first.told[2], 1);
    audience_flush(audience, &first);
    assert_int_equal(first.told[1], 1);
    assert_int_equal(first.told[2], 1);
}

static void a_client_leaves_with_all_it_has(void **state)
{
    (void)state;
    join(&first, 1, true);
    join(&second, 2, true);
    join(&first, 3, true);
    assert_null(audience_find(audience, &first, 2));
    audience_leave(audience, &first);
    assert_null(audience_find(audience, &first, 1));
    assert_int_equal(looks[1], FRAME_LOOK_AWAY);
    assert_int_equal(looks[2], FRAME_LOOK_THUMBNAIL);
    assert_int_equal(looks[3], FRAME_LOOK_AWAY);
    assert_true(audience_tick(audience));
    audience_leave(audience, &second);
    assert_false(audience_tick(audience));
    join(&first, 1, false);
    assert_false(audience_tick(audience));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_looks_in_full_decides),       TEST(who_is_shown_another_leaves_the_first),
        TEST(a_new_order_changes_no_look),     TEST(only_a_whole_picture_has_a_pointer),
        TEST(each_is_told_of_its_target),      TEST(what_is_full_is_told_later),
        TEST(a_client_leaves_with_all_it_has),
    };
    return cmocka_run_group_tests_name("audience", tests, NULL, NULL);
}
