/* What libConfuse would take without a word, in one line of a file. Private to common/config*.c. */
#pragma once

/* NULL, or what must not stand in it: control characters, an open quote, ${ (it would be expanded),
 * a comment that is no # (it would go on in the next line), + and \ outside of quotes (dropped). */
const char *config_line_check(const char *line);
