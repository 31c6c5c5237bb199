#include "common/link_queue.h"

static bool merge(struct link_queue *queue, const struct link_message *message)
{
    if (queue->count == 0 || message->type != LINK_REPORT)
        return false;
    struct link_message *last =
        &queue->messages[(queue->first + queue->count - 1) % LINK_QUEUE_MAX];
    if (last->type != LINK_REPORT || last->grab_number != message->grab_number ||
        !report_merge(&last->report, &message->report))
        return false;
    last->sequence = message->sequence;
    return true;
}

bool link_queue_add(struct link_queue *queue, const struct link_message *message)
{
    if (merge(queue, message))
        return true;
    if (queue->count == LINK_QUEUE_MAX)
        return false;
    queue->messages[(queue->first + queue->count++) % LINK_QUEUE_MAX] = *message;
    return true;
}

const struct link_message *link_queue_first(const struct link_queue *queue)
{
    return queue->count > 0 ? &queue->messages[queue->first] : NULL;
}

void link_queue_drop_first(struct link_queue *queue)
{
    queue->first = (queue->first + 1) % LINK_QUEUE_MAX;
    queue->count--;
}

void link_queue_clear(struct link_queue *queue)
{
    queue->first = queue->count = 0;
}
