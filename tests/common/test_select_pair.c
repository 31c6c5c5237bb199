/* A pair of sockets for select(): no descriptor that is outside of its sets. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/select_pair.h"

#define UNREAD_BYTES 65536

static void close_pair(const int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

static void it_takes_what_is_not_read_yet(void **state)
{
    (void)state;
    static char bytes[UNREAD_BYTES];
    int fds[2];
    assert_int_equal(select_pair_create(sizeof bytes, fds), 0);
    assert_int_equal(send(fds[1], bytes, sizeof bytes, MSG_DONTWAIT), sizeof bytes);
    assert_int_equal(recv(fds[0], bytes, sizeof bytes, MSG_WAITALL), sizeof bytes);
    for (int i = 0; i < 2; i++)
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
    close_pair(fds);
}

/* All that select() could have are taken. */
static void a_large_descriptor_is_none(void **state)
{
    (void)state;
    static int taken[FD_SETSIZE];
    int fds[2] = {-1, -1}, count = 0;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < FD_SETSIZE + 2)
        skip(); /* no process here may have so many */
    struct rlimit more = {FD_SETSIZE + 2, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &more), 0);
    while (count < FD_SETSIZE && (taken[count] = dup(STDERR_FILENO)) < FD_SETSIZE - 1)
        count++;
    assert_int_equal(taken[count], FD_SETSIZE - 1);

    assert_int_equal(select_pair_create(UNREAD_BYTES, fds), -EMFILE);
    assert_int_equal(fds[0], -1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(fcntl(FD_SETSIZE + i, F_GETFD), -1); /* nothing is left open */

    close(taken[count]); /* one end would fit, and not the one that is for select() */
    assert_int_equal(select_pair_create(UNREAD_BYTES, fds), -EMFILE);
    assert_int_equal(fcntl(FD_SETSIZE - 1, F_GETFD), -1);
    while (count-- > 0)
        close(taken[count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_takes_what_is_not_read_yet),
        cmocka_unit_test(a_large_descriptor_is_none),
    };
    return cmocka_run_group_tests_name("select_pair", tests, NULL, NULL);
}
