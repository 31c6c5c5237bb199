#include "server/vnc/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/times.h"

static void end(struct guest *guest, const char *why)
{
    if (!guest->ended)
        guest->ended = why;
}

void guest_init(struct guest *guest, uint32_t id, int fd, uint64_t now_us)
{
    *guest = (struct guest){
        .id = id, .fd = fd, .to_client_fd = -1, .until_us = now_us + time_us(TIME_VNC_HELLO)};
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (send(fd, rfb_greeting, INTAKE_VERSION_BYTES, MSG_NOSIGNAL) != INTAKE_VERSION_BYTES)
        end(guest, "it has gone");
}

void guest_finish(struct guest *guest, struct outlet *outlet)
{
    if (guest->client) {
        rfb_client_destroy(guest->client);
        outlet_remove(outlet, guest->place);
        close(guest->to_client_fd);
    }
    close(guest->fd);
    *guest = (struct guest){0};
}

static void introduce(struct guest *guest, struct rfb *rfb, struct outlet *outlet)
{
    guest->client = rfb_client_create(rfb, guest->intake.bytes, guest, &guest->to_client_fd);
    if (!guest->client) {
        end(guest, "it was not understood");
        return;
    }
    guest->place = outlet_add(outlet, guest->to_client_fd, guest->fd);
    if (guest->place >= 0)
        return;
    guest->client = rfb_client_destroy(guest->client);
    close(guest->to_client_fd);
    end(guest, "there is no room for it");
}

static void pass(struct guest *guest, size_t size)
{
    guest->has_begun = guest->has_begun || rfb_client_stage(guest->client) == INTAKE_INIT;
    if (send(guest->to_client_fd, guest->intake.bytes, size, MSG_NOSIGNAL) == (ssize_t)size)
        rfb_client_take(guest->client);
    if (rfb_client_ended(guest->client))
        end(guest, rfb_client_ended(guest->client));
}

static void use(struct guest *guest, struct rfb *rfb, struct outlet *outlet)
{
    while (!guest->ended) {
        size_t size = 0;
        const char *why = NULL;
        enum intake_stage stage = guest->client ? rfb_client_stage(guest->client) : INTAKE_VERSION;
        enum intake_result result = intake_next(&guest->intake, stage, &size, &why);
        if (result == INTAKE_BAD)
            end(guest, why);
        if (result != INTAKE_WHOLE)
            return;
        if (stage == INTAKE_INIT && !guest->has_begun) {
            guest->is_in = true; /* guest_go_on goes on */
            return;
        }
        if (stage == INTAKE_VERSION)
            introduce(guest, rfb, outlet);
        else
            pass(guest, size);
        intake_drop(&guest->intake, size);
    }
}

void guest_read(struct guest *guest, struct rfb *rfb, struct outlet *outlet)
{
    size_t room = 0;
    uint8_t *at = intake_room(&guest->intake, &room);
    ssize_t n = recv(guest->fd, at, room, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end(guest, "it has gone");
        return;
    }
    intake_added(&guest->intake, (size_t)n);
    use(guest, rfb, outlet);
}

bool guest_waits(const struct guest *guest)
{
    return guest->is_in && !guest->has_begun;
}

void guest_go_on(struct guest *guest, struct rfb *rfb, struct outlet *outlet, bool has_picture,
                 uint64_t now_us)
{
    if (!guest->is_in && now_us >= guest->until_us)
        end(guest, "it did not show in time that it may be here");
    if (guest->client && outlet_failure(outlet, guest->place))
        end(guest, outlet_failure(outlet, guest->place));
    if (!guest_waits(guest) || guest->ended || !has_picture)
        return;
    guest->has_begun = true;
    use(guest, rfb, outlet);
}

void guest_update(struct guest *guest, struct outlet *outlet)
{
    if (!guest->has_begun || guest->ended || !outlet_is_idle(outlet, guest->place))
        return;
    rfb_client_update(guest->client);
    if (rfb_client_ended(guest->client))
        end(guest, rfb_client_ended(guest->client));
}

uint64_t guest_deadline_us(const struct guest *guest)
{
    return guest->has_begun ? UINT64_MAX : guest->until_us;
}
