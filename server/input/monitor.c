#include "server/input/monitor.h"

#include <errno.h>
#include <libudev.h>
#include <linux/input.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/cursor.h"

#define UDEVD_SOCKET "/run/udev/control"
#define LIST_MAX     256

struct monitor {
    uv_poll_t poll;
    struct udev *udev;
    struct udev_monitor *source;
    const struct monitor_handlers *handlers;
    void *context;
};

static bool is_event_node(struct udev_device *device)
{
    const char *path = udev_device_get_devnode(device);
    const char *name = udev_device_get_sysname(device);
    return path && name && strncmp(name, "event", 5) == 0;
}

static void read_bits(struct udev_device *input, const char *name, uint64_t *ret_bits,
                      unsigned word_count)
{
    const char *text = udev_device_get_sysattr_value(input, name);
    capabilities_parse(text ? text : "", ret_bits, word_count);
}

static struct udev_device *physical_parent(struct udev_device *input)
{
    const char *bus = udev_device_get_sysattr_value(input, "id/bustype");
    if (bus && strtoul(bus, NULL, 16) == BUS_USB) {
        struct udev_device *usb =
            udev_device_get_parent_with_subsystem_devtype(input, "usb", "usb_device");
        if (usb)
            return usb;
    }
    struct udev_device *parent = udev_device_get_parent(input);
    return parent ? parent : input;
}

static bool copy_path(char *ret_path, size_t room_bytes, const char *path)
{
    return path && (size_t)snprintf(ret_path, room_bytes, "%s", path) < room_bytes;
}

static void read_id(struct udev_device *device, const char *vendor_name, const char *product_name,
                    char ret_id[MONITOR_ID_ROOM])
{
    const char *vendor = udev_device_get_sysattr_value(device, vendor_name);
    const char *product = udev_device_get_sysattr_value(device, product_name);
    snprintf(ret_id, MONITOR_ID_ROOM, "%.4s:%.4s", vendor ? vendor : "", product ? product : "");
}

static bool describe(struct udev_device *device, struct monitor_node *ret_node)
{
    memset(ret_node, 0, sizeof *ret_node);
    struct udev_device *input =
        udev_device_get_parent_with_subsystem_devtype(device, "input", NULL);
    if (!is_event_node(device) || !input)
        return false;
    const char *physical = udev_device_get_syspath(physical_parent(input));
    if (!copy_path(ret_node->syspath, sizeof ret_node->syspath, udev_device_get_syspath(device)) ||
        !copy_path(ret_node->physical, sizeof ret_node->physical, physical) ||
        !copy_path(ret_node->path, sizeof ret_node->path, udev_device_get_devnode(device)))
        return false;
    const char *name = udev_device_get_sysattr_value(input, "name");
    text_make_clean(name ? name : "", ret_node->name, sizeof ret_node->name);
    const char *links = udev_device_get_property_value(device, "DEVLINKS");
    copy_path(ret_node->links, sizeof ret_node->links, links ? links : "");
    read_id(input, "id/vendor", "id/product", ret_node->id);
    struct udev_device *usb =
        udev_device_get_parent_with_subsystem_devtype(input, "usb", "usb_device");
    if (usb)
        read_id(usb, "idVendor", "idProduct", ret_node->usb_id);
    ret_node->is_virtual = syspath_is_virtual(ret_node->syspath);
    struct capabilities *capabilities = &ret_node->capabilities;
    read_bits(input, "capabilities/ev", &capabilities->types, 1);
    read_bits(input, "capabilities/rel", &capabilities->relatives, 1);
    read_bits(input, "capabilities/abs", &capabilities->absolutes, 1);
    read_bits(input, "properties", &capabilities->properties, 1);
    read_bits(input, "capabilities/key", capabilities->keys.words, KEYSET_WORDS);
    return true;
}

static int node_compare(const void *a, const void *b)
{
    const struct monitor_node *const *left = a, *const *right = b;
    return strverscmp((*left)->path, (*right)->path);
}

static size_t describe_all(struct udev *udev, struct udev_enumerate *enumerate,
                           struct monitor_node *ret_nodes[LIST_MAX])
{
    size_t count = 0;
    struct udev_list_entry *entry;
    udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
    {
        struct udev_device *device =
            udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));
        struct monitor_node *node = calloc(1, sizeof *node);
        if (device && node && count < LIST_MAX && describe(device, node)) {
            ret_nodes[count++] = node;
            node = NULL;
        }
        free(node);
        udev_device_unref(device);
    }
    qsort(ret_nodes, count, sizeof *ret_nodes, node_compare);
    return count;
}

int monitor_list(const struct monitor_handlers *handlers, void *context)
{
    struct udev *udev = udev_new();
    struct udev_enumerate *enumerate = udev ? udev_enumerate_new(udev) : NULL;
    int result = enumerate ? 0 : -ENOMEM;
    if (result == 0)
        result = udev_enumerate_add_match_subsystem(enumerate, "input");
    if (result == 0)
        result = udev_enumerate_scan_devices(enumerate);
    if (result >= 0) {
        struct monitor_node *nodes[LIST_MAX];
        size_t count = describe_all(udev, enumerate, nodes);
        for (size_t i = 0; i < count; i++) {
            handlers->there(context, nodes[i]);
            free(nodes[i]);
        }
    }
    udev_enumerate_unref(enumerate);
    udev_unref(udev);
    return result < 0 ? result : 0;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct monitor *monitor = poll->data;
    struct udev_device *device = udev_monitor_receive_device(monitor->source);
    if (!device)
        return;
    const char *action = udev_device_get_action(device);
    struct monitor_node node;
    if (action && strcmp(action, "remove") == 0) {
        if (is_event_node(device))
            monitor->handlers->gone(monitor->context, udev_device_get_syspath(device));
    } else if (describe(device, &node)) {
        monitor->handlers->there(monitor->context, &node);
    }
    udev_device_unref(device);
}

static void on_closed(uv_handle_t *handle)
{
    struct monitor *monitor = handle->data;
    udev_monitor_unref(monitor->source);
    udev_unref(monitor->udev);
    free(monitor);
}

int monitor_create(uv_loop_t *loop, const struct monitor_handlers *handlers, void *context,
                   struct monitor **ret_monitor)
{
    struct monitor *monitor = calloc(1, sizeof *monitor);
    if (!monitor)
        return -ENOMEM;
    monitor->handlers = handlers;
    monitor->context = context;
    monitor->udev = udev_new();
    /* After udevd a node has its rights; where there is no udevd the kernel's word must do. */
    const char *source = access(UDEVD_SOCKET, F_OK) == 0 ? "udev" : "kernel";
    if (monitor->udev)
        monitor->source = udev_monitor_new_from_netlink(monitor->udev, source);
    int result = monitor->source ? 0 : -ENOMEM;
    if (result == 0)
        result = udev_monitor_filter_add_match_subsystem_devtype(monitor->source, "input", NULL);
    if (result >= 0)
        result = udev_monitor_enable_receiving(monitor->source);
    if (result >= 0)
        result = uv_poll_init(loop, &monitor->poll, udev_monitor_get_fd(monitor->source));
    if (result < 0) {
        udev_monitor_unref(monitor->source);
        udev_unref(monitor->udev);
        free(monitor);
        return result;
    }
    monitor->poll.data = monitor;
    uv_poll_start(&monitor->poll, UV_READABLE, on_readable);
    *ret_monitor = monitor;
    return 0;
}

struct monitor *monitor_destroy(struct monitor *monitor)
{
    if (monitor)
        uv_close((uv_handle_t *)&monitor->poll, on_closed);
    return NULL;
}
