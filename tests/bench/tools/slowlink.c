/*
 * A long way between two network interfaces: what comes in at the one goes out at the other, half a
 * round trip later. Packets as they are, so that TCP finds the way that it would find in life; the
 * rate is the matter of the interfaces' own queues (tc tbf). Kernels without netem have no other.
 *
 * Prints "ready"; runs until it is ended.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define FRAME_BYTES  (70 * 1024) /* with what the kernel has put together, and its head */
#define ROOM_BYTES   (8 << 20)
#define PACKETS_MAX  8192 /* on the way, in one direction */
#define SLACK_NS     1000ul
#define READS_A_TURN 64

struct packet {
    unsigned long due_us;
    size_t size_bytes;
    char *bytes;
};

struct way {
    int from_fd, to_fd;
    struct packet packets[PACKETS_MAX];
    size_t first, count;
};

static int open_side(const char *name)
{
    const int yes = 1, room = ROOM_BYTES;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = (int)if_nametoindex(name)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* Large packets and unfinished checksums go on as such. */
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof yes) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("slowlink", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    return fd;
}

static void take_in(struct way *way, unsigned long delay_us)
{
    static char bytes[FRAME_BYTES];
    for (int i = 0; i < READS_A_TURN; i++) {
        ssize_t n = recv(way->from_fd, bytes, sizeof bytes, 0);
        if (n <= 0)
            return;
        if (way->count == PACKETS_MAX)
            continue; /* lost, as by a router */
        struct packet *packet = &way->packets[(way->first + way->count) % PACKETS_MAX];
        *packet = (struct packet){now_us() + delay_us, (size_t)n, malloc((size_t)n)};
        if (!packet->bytes)
            continue;
        memcpy(packet->bytes, bytes, (size_t)n);
        way->count++;
    }
}

static void let_out(struct way *way)
{
    while (way->count > 0 && way->packets[way->first].due_us <= now_us()) {
        struct packet *packet = &way->packets[way->first];
        ssize_t n = send(way->to_fd, packet->bytes, packet->size_bytes, 0);
        (void)n; /* no room in the interface's queue: lost, as by a router */
        free(packet->bytes);
        way->first = (way->first + 1) % PACKETS_MAX;
        way->count--;
    }
}

static unsigned long next_due_us(const struct way ways[2])
{
    unsigned long due_us = now_us() + 1000000;
    for (int i = 0; i < 2; i++)
        if (ways[i].count > 0 && ways[i].packets[ways[i].first].due_us < due_us)
            due_us = ways[i].packets[ways[i].first].due_us;
    return due_us;
}

int main(int argc, char **argv)
{
    static struct way ways[2];
    if (argc != 4)
        die("slowlink", "usage: slowlink INTERFACE INTERFACE ONE-WAY-MICROSECONDS\n");
    const unsigned long delay_us = strtoul(argv[3], NULL, 10);
    ways[0].from_fd = ways[1].to_fd = open_side(argv[1]);
    ways[0].to_fd = ways[1].from_fd = open_side(argv[2]);
    prctl(PR_SET_TIMERSLACK, SLACK_NS);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd both[] = {{.fd = ways[0].from_fd, .events = POLLIN},
                                {.fd = ways[1].from_fd, .events = POLLIN}};
        struct timespec wait = time_until(next_due_us(ways));
        ppoll(both, 2, &wait, NULL);
        for (int i = 0; i < 2; i++) {
            take_in(&ways[i], delay_us);
            let_out(&ways[i]);
        }
    }
}
