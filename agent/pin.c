#include "agent/pin.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/paths.h"
#include "protocol/cursor.h"
#include "protocol/limits.h"

static int pin_path(const char *directory, char ret_path[PATH_MAX])
{
    int length = snprintf(ret_path, PATH_MAX, "%s/%s", directory, PIN_FILE);
    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static bool pin_read_text(const json_t *object, const char *key, char *ret_text, size_t room_bytes)
{
    const char *text = json_string_value(json_object_get(object, key));
    size_t length = text ? strlen(text) : 0;

    if (!text || length >= room_bytes || !text_is_clean(text, length))
        return false;
    memcpy(ret_text, text, length + 1);
    return true;
}

static bool pin_read(const json_t *object, struct pin *ret_pin)
{
    const json_int_t port = json_integer_value(json_object_get(object, "port"));
    const char *fingerprint = json_string_value(json_object_get(object, "fingerprint"));

    ret_pin->endpoint.port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX && fingerprint &&
           fingerprint_parse(fingerprint, &ret_pin->fingerprint) &&
           pin_read_text(object, "host", ret_pin->endpoint.host, sizeof ret_pin->endpoint.host) &&
           *ret_pin->endpoint.host &&
           pin_read_text(object, "server", ret_pin->server_name, sizeof ret_pin->server_name) &&
           pin_read_text(object, "name", ret_pin->target_name, sizeof ret_pin->target_name);
}

int pin_load(const char *directory, struct pin *ret_pin, char ret_error[ERROR_ROOM])
{
    char path[PATH_MAX], *text = NULL;
    size_t size_bytes = 0;
    struct pin pin = {0};
    int error = pin_path(directory, path);

    if (!error)
        error = paths_read_file(path, PIN_FILE_MAX_BYTES, &text, &size_bytes);
    if (error) {
        snprintf(ret_error, ERROR_ROOM, "cannot read %.300s: %s", path, strerror(-error));
        return error;
    }
    json_t *object = json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES, NULL);
    const bool good = pin_read(object, &pin);
    json_decref(object);
    free(text);
    if (!good) {
        snprintf(ret_error, ERROR_ROOM,
                 "%.300s is damaged: remove it and pair anew with hotdesk-agent pair HOST", path);
        return -EINVAL;
    }
    *ret_pin = pin;
    return 0;
}

int pin_save(const char *directory, const struct pin *pin, char ret_error[ERROR_ROOM])
{
    char path[PATH_MAX], fingerprint[FINGERPRINT_TEXT_ROOM];
    int error = pin_path(directory, path);

    fingerprint_format(&pin->fingerprint, fingerprint);
    json_t *object = json_pack("{s:s, s:i, s:s, s:s, s:s}", "host", pin->endpoint.host, "port",
                               (int)pin->endpoint.port, "fingerprint", fingerprint, "server",
                               pin->server_name, "name", pin->target_name);
    char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
    if (!text && !error)
        error = -ENOMEM;
    if (!error)
        error = paths_write_file(path, text, strlen(text));
    free(text);
    json_decref(object);
    if (error)
        snprintf(ret_error, ERROR_ROOM, "cannot write %.300s: %s", path, strerror(-error));
    return error;
}

int pin_remove(const char *directory, char ret_error[ERROR_ROOM])
{
    char path[PATH_MAX];
    int error = pin_path(directory, path);

    if (!error && unlink(path) != 0)
        error = -errno;
    if (error && error != -ENOENT)
        snprintf(ret_error, ERROR_ROOM, "cannot remove %.300s: %s", path, strerror(-error));
    return error;
}

bool pin_equal(const struct pin *a, const struct pin *b)
{
    return strcmp(a->endpoint.host, b->endpoint.host) == 0 &&
           a->endpoint.port == b->endpoint.port &&
           fingerprint_equal(&a->fingerprint, &b->fingerprint);
}
