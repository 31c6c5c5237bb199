/* hotdesk view */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/program.h"
#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"

#define NAMES_ROOM 512

static bool is_target(const json_t *targets, const char *word)
{
    size_t index;
    json_t *target;
    char number[24];
    json_array_foreach(targets, index, target)
    {
        snprintf(number, sizeof number, "%lld", field_number(target, "number", 0));
        if (strcmp(word, field_text(target, "name", "")) == 0 || strcmp(word, number) == 0)
            return true;
    }
    return false;
}

static void list_names(const json_t *targets, char ret_names[NAMES_ROOM])
{
    size_t index, used = 0;
    json_t *target;
    snprintf(ret_names, NAMES_ROOM, "none yet");
    json_array_foreach(targets, index, target)
    {
        if (used < NAMES_ROOM)
            used += (size_t)snprintf(ret_names + used, NAMES_ROOM - used, "%s%s", used ? ", " : "",
                                     field_text(target, "name", "?"));
    }
}

static int check_names(const struct arguments *arguments)
{
    json_t *answer = NULL;
    char names[NAMES_ROOM];
    int code = client_ask_once(arguments->socket_path, "list", &answer);
    const json_t *targets = json_object_get(answer, "targets");
    for (int i = 0; code == EXIT_DONE && i < arguments->word_count; i++) {
        if (is_target(targets, arguments->words[i]))
            continue;
        list_names(targets, names);
        fprintf(stderr, "hotdesk: there is no target '%s'; there are: %s\n", arguments->words[i],
                names);
        code = EXIT_REFUSED;
    }
    json_decref(answer);
    return code;
}

/* Returns only if it could not. */
static int start_viewer(const struct arguments *arguments)
{
    char path[512] = "hotdesk-viewer", view[] = "--view", wall[] = "--wall";
    char **words = calloc((size_t)arguments->word_count + 3, sizeof *words);
    if (!words)
        return EXIT_REFUSED;
    words[0] = path;
    words[1] = arguments->wall ? wall : view;
    for (int i = 0; i < arguments->word_count; i++)
        words[i + 2] = arguments->words[i];
    if (program_find("hotdesk-viewer", "viewer", path, sizeof path) < 0)
        snprintf(path, sizeof path, "hotdesk-viewer");
    execvp(path, words);
    fprintf(stderr, "hotdesk: cannot start %s: %s\n", path, strerror(errno));
    free(words);
    return EXIT_REFUSED;
}

/* Sets are the viewer's: it says what is wrong with one. */
int cli_view(const struct arguments *arguments)
{
    int code = arguments->wall ? EXIT_DONE : check_names(arguments);
    return code == EXIT_DONE ? start_viewer(arguments) : code;
}
