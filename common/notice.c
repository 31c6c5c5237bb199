#include "common/notice.h"

#include <stdio.h>
#include <systemd/sd-bus.h>

#include "common/log.h"

#define LOG_MODULE   "notice"
#define PATH         "/org/freedesktop/Notifications"
#define ESCAPED_ROOM 2048

/* A body may have mark-up. */
static void escape(const char *text, char ret_text[ESCAPED_ROOM])
{
    size_t length = 0;

    for (; *text && length + 8 < ESCAPED_ROOM; text++) {
        const char *written = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : NULL;
        if (written)
            length += (size_t)sprintf(ret_text + length, "%s", written);
        else
            ret_text[length++] = *text;
    }
    ret_text[length] = '\0';
}

static int on_shown(sd_bus_message *message, void *context, sd_bus_error *ret_error)
{
    struct notice *notice = context;

    notice->is_asked = false;
    if (sd_bus_message_is_method_error(message, NULL))
        log_debug("no notice: %s", sd_bus_message_get_error(message)->message);
    else
        sd_bus_message_read(message, "u", &notice->id);
    if (notice->wants_to_close)
        notice_close(notice, notice->bus);
    return 0;
}

void notice_show(struct notice *notice, sd_bus *bus, const char *summary, const char *text,
                 int32_t show_ms)
{
    char escaped[ESCAPED_ROOM];

    escape(text, escaped);
    notice->bus = bus;
    notice->wants_to_close = false;
    notice->is_asked =
        sd_bus_call_method_async(bus, NULL, NOTICE_NAME, PATH, NOTICE_NAME, "Notify", on_shown,
                                 notice, "susssasa{sv}i", "hotdesk", notice->id, "input-keyboard",
                                 summary, escaped, 0, 0, show_ms) >= 0;
}

void notice_close(struct notice *notice, sd_bus *bus)
{
    notice->wants_to_close = notice->is_asked;
    if (notice->is_asked || !notice->id)
        return;
    sd_bus_call_method_async(bus, NULL, NOTICE_NAME, PATH, NOTICE_NAME, "CloseNotification", NULL,
                             NULL, "u", notice->id);
    notice->id = 0;
}
