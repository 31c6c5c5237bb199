#include "server/vnc/service.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/times.h"
#include "server/vnc/channel.h"

#define CATCH_UP_MS 4 /* until what is being written now is looked at again */

enum { FD_SERVER, FD_OUTLET, FD_GUESTS, FD_COUNT = FD_GUESTS + VNC_CLIENTS_MAX };

/* libvncserver calls without a context of ours but the client's. */
static struct service *the_service;

static void send_report(struct guest *guest, const struct vnc_report *report)
{
    const struct vnc_message message = {.type = VNC_REPORT, .client = guest->id, .report = *report};
    int result = channel_send(the_service->fd, &message);
    if (result < 0)
        the_service->failed = result;
}

static void got_key(void *context, uint32_t keysym, bool down)
{
    struct guest *guest = context;
    struct vnc_report report;
    if (the_service->keymap &&
        typing_key(&guest->typing, the_service->keymap, the_service->locks, keysym, down, &report))
        send_report(guest, &report);
}

static uint16_t inside(int place_px, uint16_t size_px)
{
    return (uint16_t)(place_px < 0 ? 0 : place_px >= size_px ? size_px - 1 : place_px);
}

static void got_pointer(void *context, uint8_t buttons, int x_px, int y_px)
{
    struct guest *guest = context;
    const struct canvas *canvas = &the_service->canvas;
    struct vnc_report report;
    if (the_service->keymap && canvas->width_px > 0 &&
        typing_point(&guest->typing, buttons, inside(x_px, canvas->width_px),
                     inside(y_px, canvas->height_px), &report))
        send_report(guest, &report);
}

static const struct rfb_handlers rfb_handlers = {.key = got_key, .pointer = got_pointer};

int service_init(struct service *service)
{
    int result =
        service->setup.control ? keymap_create(service->setup.layout, &service->keymap) : 0;
    if (result < 0)
        return result;
    the_service = service;
    service->rfb = rfb_create(service->setup.name, service->setup.password, &rfb_handlers);
    service->canvas.rfb = service->rfb;
    return service->rfb ? outlet_create(&service->outlet) : -ENOMEM;
}

static struct guest *find_guest(struct service *service, uint32_t id)
{
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++)
        if (service->guests[i].id == id)
            return &service->guests[i];
    return NULL;
}

/* -- what hotdesk-server says -- */

static void take_client(struct service *service, const struct channel_message *message)
{
    struct guest *guest = find_guest(service, 0);
    if (message->fd >= 0 && guest && message->vnc.client != 0)
        guest_init(guest, message->vnc.client, message->fd, clock_now_us());
    else if (message->fd >= 0)
        close(message->fd);
}

static int take_frame(struct service *service, const struct channel_message *message)
{
    const struct frame_message *frame = &message->frame;
    if (frame->type != FRAME_FILE && message->fd >= 0)
        close(message->fd);
    return canvas_note(&service->canvas, frame, message->fd);
}

static int tell(struct service *service, enum vnc_type type, uint32_t id, const char *why)
{
    struct vnc_message message = {.type = type, .client = id};
    if (why)
        snprintf(message.text, sizeof message.text, "%s", why);
    return channel_send(service->fd, &message);
}

static int take(struct service *service, const struct channel_message *message)
{
    struct guest *guest = NULL;
    if (message->is_frame)
        return take_frame(service, message);
    if (message->vnc.type == VNC_CLIENT) {
        take_client(service, message);
        return 0;
    }
    if (message->fd >= 0)
        close(message->fd);
    if (message->vnc.type == VNC_LOCKS)
        service->locks = message->vnc.locks;
    if (message->vnc.type == VNC_PING)
        return tell(service, VNC_PONG, 0, NULL);
    if (message->vnc.type == VNC_CLOSE && message->vnc.client != 0)
        guest = find_guest(service, message->vnc.client);
    if (guest && !guest->ended)
        guest->ended = "it was ended";
    return 0;
}

static int read_server(struct service *service)
{
    struct channel_message message;
    int result = 1;
    for (int i = 0; i < VNC_MESSAGES_A_TURN && result > 0; i++) {
        result = channel_receive(service->fd, false, &message);
        if (result > 0 && take(service, &message) < 0)
            return -EPROTO;
    }
    return result < 0 ? result : 0;
}

/* -- clients -- */

static int serve_guest(struct service *service, struct guest *guest, uint64_t now_us)
{
    bool is_late = guest->is_in && now_us >= guest->until_us;
    bool has_picture = service->canvas.is_current || is_late;
    int result = 0;
    if (guest_waits(guest) && has_picture && !service->canvas.pixels)
        result = canvas_make_empty(&service->canvas);
    guest_go_on(guest, service->rfb, service->outlet, has_picture, now_us);
    guest_update(guest, service->outlet);
    result = service->failed < 0 ? service->failed : result;
    if (guest->ended && result == 0) {
        result = tell(service, VNC_GONE, guest->id, guest->ended);
        guest_finish(guest, service->outlet);
    }
    return result;
}

/* It is told once, and has to wait for what comes of it. */
static int read_guest(struct service *service, struct guest *guest, uint64_t now_us)
{
    bool was_in = guest->is_in;
    guest_read(guest, service->rfb, service->outlet);
    if (service->failed < 0)
        return service->failed;
    if (was_in || !guest->is_in)
        return 0;
    guest->until_us = now_us + time_us(TIME_VNC_PICTURE);
    return tell(service, VNC_IN, guest->id, NULL);
}

static int timeout_ms(const struct service *service, bool is_behind, uint64_t now_us)
{
    uint64_t due_us = UINT64_MAX;
    if (is_behind)
        return CATCH_UP_MS;
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++)
        if (service->guests[i].id && guest_deadline_us(&service->guests[i]) < due_us)
            due_us = guest_deadline_us(&service->guests[i]);
    if (due_us == UINT64_MAX)
        return -1;
    return due_us > now_us ? (int)((due_us - now_us) / 1000) + 1 : 0;
}

static void list(struct service *service, struct pollfd ret_fds[FD_COUNT])
{
    ret_fds[FD_SERVER] = (struct pollfd){.fd = service->fd, .events = POLLIN};
    ret_fds[FD_OUTLET] = (struct pollfd){.fd = outlet_wake_fd(service->outlet), .events = POLLIN};
    for (size_t i = 0; i < VNC_CLIENTS_MAX; i++) {
        const struct guest *guest = &service->guests[i];
        ret_fds[FD_GUESTS + i] = (struct pollfd){
            .fd = guest->id && !guest_waits(guest) ? guest->fd : -1, .events = POLLIN};
    }
}

/* The server first: of two that wait, the target's lock keys were told before what is typed now. */
static int turn(struct service *service, const struct pollfd fds[FD_COUNT])
{
    uint64_t now_us = clock_now_us();
    int result = fds[FD_SERVER].revents ? read_server(service) : 0;
    for (size_t i = 0; i < VNC_CLIENTS_MAX && result == 0; i++)
        if (service->guests[i].id && fds[FD_GUESTS + i].revents)
            result = read_guest(service, &service->guests[i], now_us);
    if (fds[FD_OUTLET].revents)
        outlet_heard(service->outlet);
    return result;
}

int service_run(struct service *service)
{
    int result = 0;
    while (result == 0) {
        struct pollfd fds[FD_COUNT];
        uint64_t now_us = clock_now_us();
        bool is_behind = canvas_catch_up(&service->canvas);
        for (size_t i = 0; i < VNC_CLIENTS_MAX && result == 0; i++)
            if (service->guests[i].id)
                result = serve_guest(service, &service->guests[i], now_us);
        if (result < 0)
            break;
        list(service, fds);
        if (poll(fds, FD_COUNT, timeout_ms(service, is_behind, now_us)) < 0 && errno != EINTR)
            return -errno;
        result = turn(service, fds);
    }
    return result == -EPIPE ? 0 : result;
}
