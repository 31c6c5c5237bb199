#include "server/viewer/helpers.h"

#include "server/viewer/loop.h"

void helpers_init(struct helpers *helpers, const char *config_path,
                  const struct viewer_options *options)
{
    helpers->count = 0;
    helper_init(&helpers->all[helpers->count++], config_path, NULL, NULL);
    for (size_t i = 0; i < options->monitors.count; i++) {
        const struct config_entry *entry = &options->monitors.entries[i];
        helper_init(&helpers->all[helpers->count++], config_path, entry->text, entry->key);
    }
}

void helpers_finish(struct helpers *helpers)
{
    for (size_t i = 0; i < helpers->count; i++)
        helper_finish(&helpers->all[i]);
}

void helpers_tick(struct helpers *helpers, uint64_t now_us)
{
    for (size_t i = 0; i < helpers->count; i++)
        helper_tick(&helpers->all[i], now_us);
}

void helpers_set_fds(const struct helpers *helpers, struct pollfd *fds)
{
    for (size_t i = 0; i < helpers->count; i++)
        fds[i] = (struct pollfd){.fd = helper_fd(&helpers->all[i]), .events = POLLIN};
}

void helpers_ended(struct helpers *helpers, const struct pollfd *fds, uint64_t now_us)
{
    for (size_t i = 0; i < helpers->count; i++)
        if (fds[i].revents)
            helper_ended(&helpers->all[i], now_us);
}

uint64_t helpers_deadline_us(const struct helpers *helpers)
{
    uint64_t until_us = UINT64_MAX;
    for (size_t i = 0; i < helpers->count; i++)
        until_us = loop_earlier(until_us, helper_deadline_us(&helpers->all[i]));
    return until_us;
}
