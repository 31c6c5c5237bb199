#include "agent/network.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS 1000

struct network {
    uv_poll_t poll;
    int fd;
    uint64_t told_ms;
    void (*came_back)(void *context);
    void *context;
};

static bool network_message_is_good(const struct nlmsghdr *header)
{
    const struct ifinfomsg *link = NLMSG_DATA(header);

    if (header->nlmsg_type == RTM_NEWADDR)
        return true;
    return header->nlmsg_type == RTM_NEWLINK && header->nlmsg_len >= NLMSG_LENGTH(sizeof *link) &&
           (link->ifi_flags & IFF_RUNNING) && !(link->ifi_flags & IFF_LOOPBACK);
}

static bool network_read(struct network *network)
{
    _Alignas(struct nlmsghdr) char bytes[8192];
    bool good = false;

    for (;;) {
        ssize_t size = recv(network->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0 && errno == ENOBUFS) { /* more happened than fits: something did */
            good = true;
            continue;
        }
        if (size <= 0)
            return good;
        size_t left = (size_t)size;
        for (struct nlmsghdr *at = (struct nlmsghdr *)bytes; NLMSG_OK(at, left);
             at = NLMSG_NEXT(at, left))
            good = good || network_message_is_good(at);
    }
}

static void network_on_poll(uv_poll_t *poll, int status, int events)
{
    struct network *network = poll->data;
    const uint64_t now_ms = uv_now(poll->loop);

    if (status < 0) {
        uv_poll_stop(poll);
        return;
    }
    if (!network_read(network))
        return;
    if (network->told_ms && now_ms - network->told_ms < QUIET_MS)
        return;
    network->told_ms = now_ms;
    network->came_back(network->context);
}

static int network_open_socket(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups =
                                      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int network_watch(uv_loop_t *loop, void (*came_back)(void *context), void *context,
                  struct network **ret_network)
{
    int fd = network_open_socket();

    if (fd < 0)
        return fd;
    struct network *network = calloc(1, sizeof *network);
    if (!network || uv_poll_init(loop, &network->poll, fd) != 0) {
        free(network);
        close(fd);
        return -ENOMEM;
    }
    network->fd = fd;
    network->poll.data = network;
    network->came_back = came_back;
    network->context = context;
    uv_poll_start(&network->poll, UV_READABLE, network_on_poll);
    *ret_network = network;
    return 0;
}

static void network_on_closed(uv_handle_t *handle)
{
    struct network *network = handle->data;

    close(network->fd);
    free(network);
}

struct network *network_destroy(struct network *network)
{
    if (network)
        uv_close((uv_handle_t *)&network->poll, network_on_closed);
    return NULL;
}
