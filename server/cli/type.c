/* hotdesk type */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"
#include "server/cli/script_text.h"

#define TEXT_MAX_BYTES (64 << 10)

struct typing {
    struct client *client;
    const char *target;
    const char *text;
    size_t done; /* characters that were typed */
};

/* An enum exit_code; ret_text has TEXT_MAX_BYTES + 1 bytes. */
static int read_text(char *ret_text, size_t *ret_length)
{
    size_t length = 0;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, ret_text + length, TEXT_MAX_BYTES + 1 - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            fprintf(stderr, "hotdesk: cannot read the text: %s\n", strerror(errno));
            return EXIT_REFUSED;
        }
        if (n == 0)
            break;
        length += (size_t)n;
        if (length > TEXT_MAX_BYTES) {
            fprintf(stderr, "hotdesk: the text is longer than %d bytes: nothing was typed\n",
                    TEXT_MAX_BYTES);
            return EXIT_REFUSED;
        }
    }
    ret_text[length] = '\0';
    *ret_length = length;
    return EXIT_DONE;
}

static void tell_place(const char *text, size_t at, const char *what)
{
    size_t line, column;
    script_text_place(text, at, &line, &column);
    fprintf(stderr, "hotdesk: line %zu, column %zu: %s", line, column, what);
}

static int ask(struct typing *typing, size_t at, size_t size, bool look, json_t **ret_answer)
{
    json_t *request = json_pack("{s:s, s:s, s:s%, s:b}", "verb", "type", "target", typing->target,
                                "text", typing->text + at, size, "look", look);
    if (!request) {
        fprintf(stderr, "hotdesk: the target's name is no text\n"); /* not UTF-8 */
        return EXIT_USAGE;
    }
    return client_ask_within(typing->client, request, CLIENT_SCRIPT_MS, ret_answer);
}

static int explain_no_key(const struct typing *typing, size_t at, const json_t *answer)
{
    size_t place =
        at + script_text_offset(typing->text + at, (size_t)field_number(answer, "no_key", 0));
    tell_place(typing->text, place, "");
    fprintf(stderr, "%s: %s", typing->target, field_text(answer, "why", "no key"));
    fprintf(stderr, typing->done ? "; what is before it was typed\n" : "; nothing was typed\n");
    return EXIT_REFUSED;
}

/* All parts, one after the other; `look`: none is typed. */
static int go_through(struct typing *typing, bool look)
{
    for (size_t at = 0, size; typing->text[at]; at += size) {
        json_t *answer = NULL;
        size = script_text_part(typing->text + at);
        int code = ask(typing, at, size, look, &answer);
        if (code == EXIT_DONE && json_object_get(answer, "no_key"))
            code = explain_no_key(typing, at, answer);
        else if (code == EXIT_DONE && !look)
            typing->done += (size_t)field_number(answer, "typed", 0);
        else if (code != EXIT_DONE && !look)
            tell_place(typing->text, at, "what is from here on was not, or not all, typed\n");
        json_decref(answer);
        if (code != EXIT_DONE)
            return code;
    }
    return EXIT_DONE;
}

static int type_text(const struct arguments *arguments, const char *text)
{
    struct typing typing = {.target = arguments->word, .text = text};
    int code = client_open(arguments->socket_path, &typing.client);
    if (code == EXIT_DONE && text[script_text_part(text)]) /* one part is looked at as a whole */
        code = go_through(&typing, true);
    if (code == EXIT_DONE)
        code = go_through(&typing, false);
    client_close(typing.client);
    return code;
}

int cli_type(const struct arguments *arguments)
{
    static char text[TEXT_MAX_BYTES + 1];
    size_t length = 0, at = 0;
    int code = read_text(text, &length);
    const char *what = code == EXIT_DONE ? script_text_prepare(text, length, &at) : NULL;
    if (what) {
        tell_place(text, at, what);
        fprintf(stderr, " cannot be typed; nothing was typed\n");
        code = EXIT_REFUSED;
    }
    if (code == EXIT_DONE)
        code = type_text(arguments, text);
    explicit_bzero(text, sizeof text);
    return code;
}
