#include "server/control/client.h"

#include <assert.h>
#include <stdint.h>

void control_client_become_link(struct control_client *client,
                                const struct control_link_handlers *handlers, void *context)
{
    control_client_keep_right(client);
    client->link = handlers;
    client->link_context = context;
    client->watches = 0;               /* no line may come between messages */
    control_schedule(client->control); /* what came behind the request */
}

void control_client_run_link(struct control_client *client)
{
    while (!client->doomed && client->in_bytes >= LINK_MESSAGE_BYTES) {
        struct link_message message;
        const char *why;
        if (!link_decode((const uint8_t *)client->in, true, &message, &why)) {
            control_client_doom(client, why);
            return;
        }
        control_client_take(client, LINK_MESSAGE_BYTES);
        client->link->message(client->link_context, &message);
    }
}

bool control_client_send_link(struct control_client *client, const struct link_message *message)
{
    uint8_t bytes[LINK_MESSAGE_BYTES];
    bool fits = link_encode(message, bytes);
    assert(fits);
    assert(client->link);
    control_client_write(client, bytes, sizeof bytes);
    return !client->doomed;
}
