#include "server/control/client.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "common/send_fd.h"

void control_client_become_frames(struct control_client *client,
                                  const struct control_frames_handlers *handlers, void *context)
{
    control_client_keep_right(client);
    client->frames = handlers;
    client->frames_context = context;
    client->watches = false;           /* no line may come between messages */
    control_schedule(client->control); /* it may have sent more than its request */
}

void control_client_run_frames(struct control_client *client)
{
    if (client->doomed || !client->frame_waits || unsent_size(&client->unsent) > 0)
        return;
    client->frame_waits = false;
    client->frames->clear(client->frames_context);
}

bool control_client_send_frame(struct control_client *client, const struct frame_message *message,
                               int fd)
{
    uint8_t bytes[FRAME_MESSAGE_BYTES];
    bool fits = frame_message_encode(message, bytes);
    assert(fits);
    assert(client->frames);
    if (client->doomed)
        return false;
    ssize_t n = -1;
    errno = EAGAIN;
    if (unsent_size(&client->unsent) == 0)
        n = send_fd(client->fd, bytes, sizeof bytes, fd);
    /* The descriptor goes with the first bytes. */
    if (n > 0 && n < (ssize_t)sizeof bytes &&
        unsent_add(&client->unsent, bytes + n, sizeof bytes - (size_t)n) < 0)
        control_client_doom(client, "out of memory");
    if (n < 0 && errno == EAGAIN)
        client->frame_waits = true;
    else if (n < 0)
        control_client_doom(client, "it has gone");
    if (n < (ssize_t)sizeof bytes)
        control_client_update_poll(client);
    return n > 0;
}
