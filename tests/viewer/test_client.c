/* Messages with descriptors on the control socket: however many come at once, none is lost. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/send_fd.h"
#include "server/viewer/client.h"

#define MESSAGES 40

static char directory[] = "/tmp/hotdesk-client-XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int listener_fd = -1, server_fd = -1;
static struct client *client;

static int start(void **state)
{
    listener_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!mkdtemp(directory) || setenv("RUNTIME_DIRECTORY", directory, 1) < 0)
        return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control", directory);
    if (bind(listener_fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener_fd, 8) < 0 || client_connect(&client) < 0)
        return -1;
    /* Who looks whether somebody listens comes first, and goes. */
    for (char byte; server_fd < 0;) {
        server_fd = accept4(listener_fd, NULL, NULL, SOCK_CLOEXEC);
        if (recv(server_fd, &byte, 1, MSG_DONTWAIT) == 0) {
            close(server_fd);
            server_fd = -1;
        }
    }
    return 0;
}

static int finish(void **state)
{
    client = client_destroy(client);
    close(server_fd);
    close(listener_fd);
    unlink(address.sun_path);
    return rmdir(directory);
}

/* A file of so many bytes with each, to tell them apart. */
static void send_one(uint8_t number)
{
    int fd = memfd_create("picture", MFD_CLOEXEC);
    assert_return_code(ftruncate(fd, number), errno);
    assert_int_equal(send_fd(server_fd, &number, 1, fd), 1);
    close(fd);
}

/* False: it has not been read yet. */
static bool take_one(uint8_t wanted)
{
    uint8_t number;
    struct stat file;
    if (!client_take_bytes(client, &number, 1))
        return false;
    assert_int_equal(number, wanted);
    int fd = client_take_fd(client);
    assert_return_code(fstat(fd, &file), errno);
    assert_int_equal(file.st_size, wanted);
    close(fd);
    return true;
}

static void many_descriptors_at_once(void **state)
{
    uint8_t taken = 0;
    for (uint8_t i = 1; i <= MESSAGES; i++)
        send_one(i);
    for (int turn = 0; turn < MESSAGES; turn++) {
        assert_int_equal(client_receive(client), 0);
        while (taken < MESSAGES && take_one(taken + 1))
            taken++;
    }
    assert_int_equal(taken, MESSAGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_descriptors_at_once),
    };
    return cmocka_run_group_tests_name("a connection to the control socket", tests, start, finish);
}
