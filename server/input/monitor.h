/*
 * The nodes of /dev/input that are there, come and go, as udev tells. The only user of libudev.
 *
 * A physical device is named by a udev path: the usb_device for USB (a keyboard's media keys and a
 * receiver's mouse are interfaces of one device), for any other bus the parent of the input device
 * (a serio port, a Bluetooth keyboard). Going up to usb_device there too would make one device of
 * all that one Bluetooth adapter carries.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "server/input/select.h"

#define MONITOR_PATH_ROOM  512
#define MONITOR_NAME_ROOM  128
#define MONITOR_LINKS_ROOM 1024
#define MONITOR_ID_ROOM    10

struct monitor_node {
    char syspath[MONITOR_PATH_ROOM];
    char physical[MONITOR_PATH_ROOM]; /* the same for all nodes of one physical device */
    char path[MONITOR_NAME_ROOM];     /* /dev/input/eventN */
    char links[MONITOR_LINKS_ROOM];   /* other paths of it, with blanks between */
    char name[MONITOR_NAME_ROOM];     /* clean text */
    char id[MONITOR_ID_ROOM];         /* "046d:c52b": vendor and product */
    char usb_id[MONITOR_ID_ROOM];     /* of the USB device that it is a part of, or empty */
    bool is_virtual;
    struct capabilities capabilities;
};

struct monitor_handlers {
    /* A node is there, or its rights may have changed: comes again for a known syspath. */
    void (*there)(void *context, const struct monitor_node *node);
    void (*gone)(void *context, const char *syspath);
};

struct monitor;

/* Tells every node now, in the order of their numbers, without waiting for more. 0 or -errno. */
int monitor_list(const struct monitor_handlers *handlers, void *context);

/* Tells what comes and goes from the loop; call monitor_list after it, so that nothing is missed.
 */
int monitor_create(uv_loop_t *loop, const struct monitor_handlers *handlers, void *context,
                   struct monitor **ret_monitor);
struct monitor *monitor_destroy(
    struct monitor *monitor); /* NULL; freed when the loop has closed it */
