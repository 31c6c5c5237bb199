#include "server/cli/fields.h"

const char *field_text(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : otherwise;
}

long long field_number(const json_t *object, const char *key, long long otherwise)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_real(value))
        return (long long)json_real_value(value);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool field_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}
