/* Fields of an answer, with a value for when they are missing, null or of another type. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Borrowed from the object. */
const char *field_text(const json_t *object, const char *key, const char *otherwise);
long long field_number(const json_t *object, const char *key, long long otherwise);
bool field_true(const json_t *object, const char *key);
