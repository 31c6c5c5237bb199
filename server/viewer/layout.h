/* What is on the keys of this desktop's keyboard, in its layout. SDL's types stay here. */
#pragma once

#include <stddef.h>

/* As a JSON object for the verb `switcher`: {"16": "a"}, evdev codes and what a target's name may
 * have of their characters; less of it where there is no room. Needs SDL's video. */
void layout_write(char *ret_text, size_t room_bytes);
