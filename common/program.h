/* Where the other programs of hotdesk are. */
#pragma once

#include <stddef.h>

/* The path of `name`: beside this program, else in `folder` of the build directory that this
 * program is in (server/FOLDER/NAME), else in the directory for programs that nobody calls by hand.
 * 0, or -ENOENT. */
int program_find(const char *name, const char *folder, char *ret_path, size_t room_bytes);
