#include "agent/prompt.h"

#include <errno.h>
#include <string.h>

#define LINE_ROOM 128

/* The rest of a line that is too long must not be taken for the next answer. */
static void skip_line(FILE *in)
{
    int c;

    do
        c = getc(in);
    while (c != '\n' && c != EOF);
}

static int prompt_read_line(FILE *in, char line[LINE_ROOM])
{
    if (!fgets(line, LINE_ROOM, in))
        return -ENODATA;
    if (!strchr(line, '\n') && !feof(in))
        skip_line(in);
    return 0;
}

int prompt_code(FILE *in, FILE *out, bool asks, struct code *ret_code)
{
    char line[LINE_ROOM];
    int error;

    setvbuf(in, NULL, _IONBF, 0); /* no copy of the code stays in a buffer */
    for (;;) {
        if (asks) {
            fputs("Code (hotdesk pair shows it on the console): ", out);
            fflush(out);
        }
        error = prompt_read_line(in, line);
        if (error) {
            fputs(asks ? "\nNo code, nothing is paired.\n"
                       : "No code came on standard input, nothing is paired.\n",
                  out);
            break;
        }
        error = code_parse(line, ret_code) ? 0 : -EINVAL;
        if (!error)
            break;
        fputs(asks ? "There is a typing error in it. Once more.\n"
                   : "The code has a typing error in it, nothing is paired.\n",
              out);
        if (!asks)
            break;
    }
    explicit_bzero(line, sizeof line);
    return error;
}
