#include "server/viewer/news.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "protocol/cursor.h"

static void clean(const json_t *object, const char *key, char ret_text[NEWS_TEXT_ROOM])
{
    const char *text = json_string_value(json_object_get(object, key));
    text_make_clean(text ? text : "", ret_text, NEWS_TEXT_ROOM);
}

static uint16_t number_of(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
}

static void read_switched(const json_t *event, struct news *news)
{
    char name[NEWS_TEXT_ROOM], why[NEWS_TEXT_ROOM];
    clean(event, "name", name);
    clean(event, "why", why);
    news->type = NEWS_SWITCHED;
    news->number = number_of(event, "number");
    news->is_unasked = why[0] != '\0';
    snprintf(news->text, sizeof news->text, "%.60s%s%.180s", news->number ? name : "this computer",
             why[0] ? ": " : "", why);
}

static void read_event(const char *name, const json_t *event, struct news *news)
{
    if (strcmp(name, "switched") == 0) {
        read_switched(event, news);
    } else if (strcmp(name, "refused") == 0) {
        news->type = NEWS_REFUSED;
        clean(event, "why", news->text);
    } else if (strcmp(name, "activity") == 0) {
        news->type = NEWS_ACTIVITY;
    }
}

void news_read(const char *line, struct news *ret_news)
{
    json_t *object = json_loads(line, 0, NULL);
    const char *event = json_string_value(json_object_get(object, "event"));
    *ret_news = (struct news){.type = NEWS_NONE};
    if (event) {
        read_event(event, object, ret_news);
    } else if (json_is_false(json_object_get(object, "ok"))) {
        ret_news->type = NEWS_FAILED;
        clean(object, "error", ret_news->text);
    } else if (json_is_array(json_object_get(object, "targets"))) {
        ret_news->type = NEWS_ACTIVE;
        ret_news->number = number_of(object, "active");
    }
    json_decref(object);
}
