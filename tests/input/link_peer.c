/*
 * Stands for hotdesk-server at the other end of hotdesk-input's link: prints what comes, one line a
 * message, and sends what it reads on standard input, one order a line.
 *
 *     link_peer PROGRAM ARGUMENTS...     starts it with the link as descriptor 3
 *     link_peer --connect PATH           connects to its --listen socket
 *
 * Printed: hello | grabbed N | ungrabbed N REASON | report N TYPE:CODE:VALUE... | command N C TYPE
 * NUMBER | pong N | device ID taken|left PATH WHY | gone ID | closed Orders:  grab N C | ungrab N C
 * DELIVER | keep N C | flash N C | leds N LOCKS | targets NUMBER | mute | unmute (its pings, which
 * it sends by itself while anything is grabbed) | close
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/link.h"

#define LINK_FD 3
#define PING_MS 100

struct peer {
    int fd;
    bool grabbed;
    bool muted;
    uint32_t grab_number;
};

static void report_print(const struct report *report)
{
    for (unsigned i = 0; i < report->event_count; i++)
        printf(" %u:%u:%d", report->events[i].type, report->events[i].code,
               report->events[i].value);
}

static void message_print(struct peer *peer, const struct link_message *message)
{
    switch (message->type) {
    case LINK_HELLO:
        peer->grabbed = false;
        printf("hello");
        break;
    case LINK_GRABBED:
        peer->grabbed = true;
        peer->grab_number = message->grab_number;
        printf("grabbed %u", message->grab_number);
        break;
    case LINK_UNGRABBED:
        peer->grabbed = false;
        printf("ungrabbed %u %d", message->grab_number, (int)message->ungrab_reason);
        break;
    case LINK_REPORT:
        printf("report %u", message->grab_number);
        report_print(&message->report);
        break;
    case LINK_COMMAND:
        printf("command %u %u %d %u", message->grab_number, message->sequence,
               (int)message->command.type, message->command.number);
        break;
    case LINK_PONG:
        printf("pong %u", message->ping_number);
        break;
    case LINK_DEVICE:
        printf("device %u %s %s %s", message->device.id, message->device.taken ? "taken" : "left",
               message->device.path, message->device.why);
        break;
    case LINK_DEVICE_GONE:
        printf("gone %u", message->device.id);
        break;
    default:
        printf("unexpected %d", (int)message->type);
        break;
    }
    printf("\n");
}

static void message_send(struct peer *peer, const struct link_message *message)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    if (!link_encode(message, bytes) ||
        send(peer->fd, bytes, sizeof bytes, MSG_NOSIGNAL) != sizeof bytes)
        printf("not sent\n");
}

/* False when the link is to be closed. */
static bool order_obey(struct peer *peer, const char *line)
{
    char word[16] = "";
    unsigned first = 0, second = 0, third = 0;
    sscanf(line, "%15s %u %u %u", word, &first, &second, &third);
    struct link_message message = {.grab_number = first, .sequence = second};
    if (strcmp(word, "grab") == 0) {
        message.type = LINK_GRAB;
    } else if (strcmp(word, "ungrab") == 0) {
        message.type = LINK_UNGRAB;
        message.deliver_from_us = third ? 0 : LINK_NOTHING_US;
    } else if (strcmp(word, "keep") == 0) {
        message.type = LINK_KEEP;
    } else if (strcmp(word, "flash") == 0) {
        message.type = LINK_FLASH;
    } else if (strcmp(word, "leds") == 0) {
        message.type = LINK_LEDS;
        message.sequence = 0;
        message.locks = (uint8_t)second;
    } else if (strcmp(word, "targets") == 0) {
        message.type = LINK_TARGETS;
        message.grab_number = 0;
        message.highest_number = (uint16_t)first;
    } else if (strcmp(word, "mute") == 0 || strcmp(word, "unmute") == 0) {
        peer->muted = word[0] == 'm';
        return true;
    } else {
        return strcmp(word, "close") != 0;
    }
    message_send(peer, &message);
    return true;
}

static bool link_read(struct peer *peer)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    struct link_message message;
    const char *why = "wrong size";
    ssize_t size = recv(peer->fd, bytes, sizeof bytes, 0);
    if (size <= 0)
        return false;
    if (size == LINK_MESSAGE_BYTES && link_decode(bytes, true, &message, &why))
        message_print(peer, &message);
    else
        printf("bad message: %s\n", why);
    return true;
}

static void talk(struct peer *peer)
{
    uint32_t pings = 0;
    struct pollfd polls[] = {{.fd = peer->fd, .events = POLLIN},
                             {.fd = STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        int count = poll(polls, 2, PING_MS);
        if (polls[0].revents && !link_read(peer))
            return;
        if (count > 0 && polls[1].revents) {
            char line[128]; /* unbuffered: poll must see what is left */
            size_t length = 0;
            while (length < sizeof line - 1 && read(STDIN_FILENO, &line[length], 1) == 1 &&
                   line[length] != '\n')
                length++;
            line[length] = '\0';
            if (length == 0 && polls[1].revents & POLLHUP)
                return;
            if (!order_obey(peer, line))
                return;
        }
        if (count == 0 && peer->grabbed && !peer->muted) {
            struct link_message ping = {
                .type = LINK_PING, .grab_number = peer->grab_number, .ping_number = ++pings};
            message_send(peer, &ping);
        }
    }
}

static pid_t program_start(char **argv, int *ret_fd)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        int nothing =
            open("/dev/null", O_RDONLY | O_CLOEXEC); /* its standard input is not for orders */
        dup2(nothing, STDIN_FILENO);
        if (ends[1] == LINK_FD ? fcntl(LINK_FD, F_SETFD, 0) : dup2(ends[1], LINK_FD) < 0)
            _exit(127);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(ends[1]);
    *ret_fd = ends[0];
    return child;
}

static int path_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -1 : fd;
}

int main(int argc, char **argv)
{
    struct peer peer = {.fd = -1};
    pid_t child = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "--connect") == 0)
        peer.fd = path_connect(argv[2]);
    else if (argc > 1)
        child = program_start(argv + 1, &peer.fd);
    if (peer.fd < 0) {
        fprintf(stderr, "link_peer: no link: %s\n", strerror(errno));
        return 2;
    }
    if (child > 0)
        printf("started %d\n", (int)child);
    talk(&peer);
    close(peer.fd);
    printf("closed\n");
    int status = 0;
    if (child > 0) {
        waitpid(child, &status, 0);
        printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    return 0;
}
