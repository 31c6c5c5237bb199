#include "agent/pinwatch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/pause.h"
#include "common/log.h"

#define LOG_MODULE "pin"

struct pinwatch {
    uv_fs_event_t event;
    char directory[PATH_MAX];
    const struct pinwatch_handlers *handlers;
    void *context;
    bool is_paused; /* as told last */
};

static void pinwatch_read(struct pinwatch *watch)
{
    struct pin pin = {0};
    char error_text[ERROR_ROOM];
    const int error = pin_load(watch->directory, &pin, error_text);

    if (error && error != -ENOENT)
        log_error("%s", error_text);
    watch->handlers->changed(watch->context, error ? NULL : &pin);
}

void pinwatch_look(struct pinwatch *watch)
{
    const bool is_paused = pause_is_on(watch->directory, NULL);

    if (is_paused == watch->is_paused)
        return;
    watch->is_paused = is_paused;
    watch->handlers->paused(watch->context, is_paused);
}

static void pinwatch_on_event(uv_fs_event_t *event, const char *file, int events, int status)
{
    if (!file || strcmp(file, PAUSE_FILE) == 0)
        pinwatch_look(event->data);
    if (!file || strcmp(file, PIN_FILE) == 0)
        pinwatch_read(event->data);
}

int pinwatch_create(uv_loop_t *loop, const char *directory,
                    const struct pinwatch_handlers *handlers, void *context,
                    struct pinwatch **ret_watch)
{
    struct pinwatch *watch = calloc(1, sizeof *watch);

    if (!watch)
        return -ENOMEM;
    snprintf(watch->directory, sizeof watch->directory, "%s", directory);
    watch->handlers = handlers;
    watch->context = context;
    watch->event.data = watch;
    uv_fs_event_init(loop, &watch->event);
    int error = uv_fs_event_start(&watch->event, pinwatch_on_event, directory, 0);
    if (error)
        log_warning(
            "cannot watch %s (%s): after pairing anew, start the agent anew; after pause or "
            "resume send it SIGHUP",
            directory, uv_strerror(error));
    *ret_watch = watch;
    pinwatch_look(watch);
    pinwatch_read(watch);
    return 0;
}

static void pinwatch_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

struct pinwatch *pinwatch_destroy(struct pinwatch *watch)
{
    if (watch)
        uv_close((uv_handle_t *)&watch->event, pinwatch_on_closed);
    return NULL;
}
