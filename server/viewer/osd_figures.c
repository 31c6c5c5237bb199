#include "server/viewer/osd_figures.h"

#include <jansson.h>
#include <string.h>

static uint64_t number_of(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 ? (uint64_t)number : 0;
}

/* A new connection, or another target, counts anew. */
static bool goes_on(const struct osd_figures *before, const struct osd_figures *now)
{
    return before->has_picture && now->has_picture && before->number == now->number &&
           now->at_us > before->at_us && now->bytes >= before->bytes &&
           now->updates >= before->updates;
}

static void make_rates(const struct osd_figures *before, struct osd_figures *now)
{
    if (!goes_on(before, now))
        return;
    double span_s = (double)(now->at_us - before->at_us) / 1e6;
    now->has_rates = true;
    now->updates_per_s = (double)(now->updates - before->updates) / span_s;
    now->bits_per_s = (double)(now->bytes - before->bytes) * 8 / span_s;
}

static void read(const json_t *object, struct osd_figures *ret_figures)
{
    const char *limit = json_string_value(json_object_get(object, "limit"));
    uint64_t number = number_of(object, "number");
    *ret_figures = (struct osd_figures){
        .is_known = true,
        .number = number <= UINT16_MAX ? (uint16_t)number : 0,
        .key_p50_us = number_of(object, "key_p50_us"),
        .key_p99_us = number_of(object, "key_p99_us"),
        .key_last_us = number_of(object, "key_last_us"),
        .key_waits_us = number_of(object, "key_waits_us"),
        .picture_p50_us = number_of(object, "picture_p50_us"),
        .picture_p99_us = number_of(object, "picture_p99_us"),
        .link_limits = limit && strcmp(limit, "link") == 0,
        .has_picture = json_is_integer(json_object_get(object, "bytes")),
        .at_us = number_of(object, "at_us"),
        .bytes = number_of(object, "bytes"),
        .updates = number_of(object, "updates"),
    };
}

bool osd_figures_line(struct osd_figures *figures, const char *line)
{
    json_t *object = json_loads(line, 0, NULL);
    struct osd_figures now;
    bool is_one = json_object_get(object, "key_waits_us") != NULL;
    if (is_one) {
        read(object, &now);
        make_rates(figures, &now);
        *figures = now;
    }
    json_decref(object);
    return is_one;
}
