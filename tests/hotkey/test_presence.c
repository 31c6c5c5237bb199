/* What logind and viewers tell, and what that means: home, refused, allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/times.h"
#include "server/switch/presence.h"

#define ANNA 1000
#define BERT 1001

static const int VIEWER, OTHER_VIEWER; /* whose addresses are all that counts */
static const uint64_t NOW_US = 5000000;
static struct presence presence;

static int setup(void **state)
{
    presence_init(&presence);
    return 0;
}

static const char *refusal(void)
{
    return presence_refusal(&presence, NOW_US);
}

static void nothing_known_allows(void **state)
{
    assert_null(refusal());
    assert_true(presence_deadline_us(&presence) == UINT64_MAX);
}

static void the_first_session_is_no_change(void **state)
{
    assert_null(presence_session(&presence, "1", ANNA));
    assert_null(presence_session(&presence, "1", ANNA));
    assert_null(refusal());
}

static void another_session_goes_home_and_may_go_away(void **state)
{
    presence_session(&presence, "1", ANNA);
    assert_non_null(presence_inactive(&presence));
    assert_non_null(presence_session(&presence, "2", BERT));
    assert_null(refusal());
    assert_non_null(presence_session(&presence, NULL, 0));
    assert_null(presence_inactive(&presence)); /* there is none that could end */
    assert_non_null(presence_session(&presence, "1", ANNA));
}

static void a_locked_screen_refuses_until_it_is_unlocked(void **state)
{
    presence_session(&presence, "1", ANNA);
    assert_non_null(presence_locked_hint(&presence, true));
    assert_non_null(presence_locked_hint(&presence, true)); /* each time */
    assert_string_equal(refusal(), "this computer's screen is locked");
    assert_null(presence_locked_hint(&presence, false));
    assert_null(refusal());
}

static void a_lock_that_never_comes_refuses_for_a_while(void **state)
{
    presence_session(&presence, "1", ANNA);
    assert_non_null(presence_lock_asked(&presence, NOW_US));
    uint64_t end_us = presence_deadline_us(&presence);
    assert_true(end_us == NOW_US + time_us(TIME_LOCK_COMES));
    assert_non_null(presence_refusal(&presence, end_us - 1));
    assert_null(presence_refusal(&presence, end_us));
    assert_non_null(presence_lock_asked(&presence, NOW_US)); /* each request goes home */
    assert_non_null(presence_lock_asked(&presence, NOW_US));
    presence_unlock_asked(&presence);
    assert_null(refusal());
}

static void a_hint_outlives_the_request(void **state)
{
    presence_session(&presence, "1", ANNA);
    presence_lock_asked(&presence, NOW_US);
    presence_locked_hint(&presence, true);
    presence_unlock_asked(&presence); /* a request too: the screen is still locked */
    assert_non_null(presence_refusal(&presence, NOW_US + 60000000));
}

static void sleep_refuses_until_it_wakes(void **state)
{
    assert_non_null(presence_sleep(&presence, true));
    assert_non_null(refusal());
    assert_null(presence_sleep(&presence, false));
    assert_null(refusal());
}

static void the_lock_of_a_session_goes_with_it(void **state)
{
    presence_session(&presence, "1", ANNA);
    presence_locked_hint(&presence, true);
    presence_session(&presence, "2", BERT);
    assert_null(refusal());
}

static void a_viewer_locks(void **state)
{
    assert_non_null(presence_report(&presence, &VIEWER, ANNA, true, "i3lock"));
    assert_string_equal(refusal(), "this computer's screen is locked: i3lock");
    assert_non_null(presence_report(&presence, &VIEWER, ANNA, true, ""));
    assert_null(presence_report(&presence, &OTHER_VIEWER, ANNA, false, ""));
    assert_non_null(refusal()); /* one is enough */
    assert_null(presence_report(&presence, &VIEWER, ANNA, false, ""));
    assert_null(refusal());
}

static void only_the_active_users_viewer_counts(void **state)
{
    presence_session(&presence, "1", ANNA);
    assert_null(presence_report(&presence, &VIEWER, BERT, true, ""));
    assert_null(refusal());
    presence_session(&presence, "2", BERT);
    assert_non_null(refusal());
}

static void a_lock_outlives_its_viewer_for_a_while(void **state)
{
    presence_report(&presence, &VIEWER, ANNA, true, "");
    presence_reporter_gone(&presence, &VIEWER, NOW_US);
    uint64_t end_us = presence_deadline_us(&presence);
    assert_true(end_us == NOW_US + time_us(TIME_LOCKER_GONE));
    assert_non_null(presence_refusal(&presence, end_us - 1));
    assert_null(presence_refusal(&presence, end_us));
    assert_true(presence_deadline_us(&presence) == UINT64_MAX);
}

static void a_viewer_started_anew_speaks_for_the_one_before(void **state)
{
    presence_report(&presence, &VIEWER, ANNA, true, "");
    presence_reporter_gone(&presence, &VIEWER, NOW_US);
    presence_report(&presence, &OTHER_VIEWER, ANNA, false, "");
    assert_null(refusal());
    presence_reporter_gone(&presence, &VIEWER, NOW_US); /* not known any more */
}

static void without_logind_only_viewers_count(void **state)
{
    presence_session(&presence, "1", ANNA);
    presence_locked_hint(&presence, true);
    presence_sleep(&presence, true);
    presence_report(&presence, &VIEWER, BERT, true, "");
    presence_forget_logind(&presence);
    assert_string_equal(refusal(), "this computer's screen is locked");
    presence_report(&presence, &VIEWER, BERT, false, "");
    assert_null(refusal());
    assert_null(presence_session(&presence, "7", ANNA));
}

static void there_is_room_for_all(void **state)
{
    for (size_t i = 0; i < 3 * PRESENCE_LOCKERS_MAX; i++) {
        const char *id = (const char *)&presence + i;
        assert_non_null(presence_report(&presence, id, (uint32_t)i, true, ""));
        presence_reporter_gone(&presence, id, NOW_US);
    }
    assert_non_null(refusal());
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        CASE(nothing_known_allows),
        CASE(the_first_session_is_no_change),
        CASE(another_session_goes_home_and_may_go_away),
        CASE(a_locked_screen_refuses_until_it_is_unlocked),
        CASE(a_lock_that_never_comes_refuses_for_a_while),
        CASE(a_hint_outlives_the_request),
        CASE(sleep_refuses_until_it_wakes),
        CASE(the_lock_of_a_session_goes_with_it),
        CASE(a_viewer_locks),
        CASE(only_the_active_users_viewer_counts),
        CASE(a_lock_outlives_its_viewer_for_a_while),
        CASE(a_viewer_started_anew_speaks_for_the_one_before),
        CASE(without_logind_only_viewers_count),
        CASE(there_is_room_for_all),
    };
#undef CASE
    return cmocka_run_group_tests_name("presence", tests, NULL, NULL);
}
