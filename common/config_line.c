#include "common/config_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *check_unquoted(const char *at)
{
    if (strncmp(at, "/*", 2) == 0)
        return "/* begins no comment here: use #";
    if (*at == '+' || *at == '\\')
        return "+ and \\ stand in quotes only";
    return NULL;
}

static bool is_control(char c)
{
    return ((unsigned char)c < ' ' && c != '\t') || c == '\x7f';
}

const char *config_line_check(const char *line)
{
    const char *why = NULL;
    char quote = '\0'; /* the one that is open */

    for (const char *at = line; *at && !why; at++) {
        if (is_control(*at))
            why = "a control character stands in the line";
        else if (!quote && *at == '#')
            return NULL;
        else if (strncmp(at, "${", 2) == 0)
            why = "${ is not expanded: write the value itself";
        else if (!quote && (*at == '"' || *at == '\''))
            quote = *at;
        else if (quote && *at == quote)
            quote = '\0';
        else if (quote && *at == '\\' && at[1])
            at++;
        else if (!quote)
            why = check_unquoted(at);
    }
    return why || !quote ? why : "a quote is not closed in its line";
}
