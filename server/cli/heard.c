#include "server/cli/heard.h"

#include <string.h>

#include "protocol/cursor.h"
#include "protocol/limits.h"
#include "server/cli/clean.h"

/* What ~/.bashrc printed without a line's end stands before it. */
static json_t *object_at_end(const char *line)
{
    json_t *object = NULL;
    for (const char *at = strchr(line, '{'); at && !object; at = strchr(at + 1, '{'))
        object = json_loads(at, 0, NULL);
    return object;
}

static void note_words(struct heard *heard, char *line)
{
    line[strcspn(line, "\r")] = '\0';
    if (line[strspn(line, " \t")])
        text_make_clean(line, heard->last_words, sizeof heard->last_words);
}

json_t *heard_take(struct heard *heard, struct lines *lines)
{
    char line[LINE_ROOM];
    size_t before = lines->used;
    while (heard->said_bytes <= ADD_NOISE_MAX_BYTES && lines_take(lines, line)) {
        heard->said_bytes += before - lines->used; /* the line may have a NUL */
        before = lines->used;
        json_t *object = object_at_end(line);
        if (object) {
            clean_json(object);
            return object;
        }
        note_words(heard, line);
    }
    return NULL;
}
