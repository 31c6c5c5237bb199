#include "server/input/led_guard.h"

#include "server/input/nodeio.h"

void led_guard_init(struct led_guard *guard)
{
    guard->count = 0;
    pthread_mutex_init(&guard->lock, NULL);
}

void led_guard_finish(struct led_guard *guard)
{
    pthread_mutex_destroy(&guard->lock);
}

void led_guard_clear(struct led_guard *guard)
{
    pthread_mutex_lock(&guard->lock);
    guard->count = 0;
    pthread_mutex_unlock(&guard->lock);
}

void led_guard_add(struct led_guard *guard, int fd, uint8_t there, uint8_t lit)
{
    pthread_mutex_lock(&guard->lock);
    if (there && guard->count < LED_GUARD_MAX) {
        guard->nodes[guard->count].fd = fd;
        guard->nodes[guard->count].there = there;
        guard->nodes[guard->count++].lit = lit & there;
    }
    pthread_mutex_unlock(&guard->lock);
}

void led_guard_drop(struct led_guard *guard, int fd)
{
    pthread_mutex_lock(&guard->lock);
    for (size_t i = 0; i < guard->count; i++)
        if (guard->nodes[i].fd == fd)
            guard->nodes[i] = guard->nodes[--guard->count];
    pthread_mutex_unlock(&guard->lock);
}

void led_guard_restore(struct led_guard *guard)
{
    pthread_mutex_lock(&guard->lock);
    for (size_t i = 0; i < guard->count; i++) {
        uint8_t there = guard->nodes[i].there, lit = guard->nodes[i].lit, now;
        if (nodeio_read_locks(guard->nodes[i].fd, &now) == 0 && (now & there) != lit)
            nodeio_write_locks(guard->nodes[i].fd, there, lit);
    }
    pthread_mutex_unlock(&guard->lock);
}
