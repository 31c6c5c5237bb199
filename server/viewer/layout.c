#include "server/viewer/layout.h"

#include <SDL_keyboard.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "server/viewer/keymap.h"

/* Those of letters and digits, and the key that is right of the left Shift on most keyboards. */
static bool is_typed(SDL_Scancode scancode)
{
    return (scancode >= SDL_SCANCODE_A && scancode <= SDL_SCANCODE_0) ||
           (scancode >= SDL_SCANCODE_MINUS && scancode <= SDL_SCANCODE_SLASH) ||
           scancode == SDL_SCANCODE_NONUSBACKSLASH;
}

static bool is_of_names(SDL_Keycode key)
{
    return (key >= 'a' && key <= 'z') || (key >= '0' && key <= '9') || key == '-';
}

void layout_write(char *ret_text, size_t room_bytes)
{
    size_t used = (size_t)snprintf(ret_text, room_bytes, "{");
    for (SDL_Scancode scancode = 0; scancode <= SDL_SCANCODE_NONUSBACKSLASH; scancode++) {
        char one[24];
        const SDL_Keycode key = SDL_GetKeyFromScancode(scancode);
        if (!is_typed(scancode) || !is_of_names(key))
            continue;
        snprintf(one, sizeof one, "%s\"%u\": \"%c\"", used > 1 ? ", " : "",
                 keymap_from_scancode(scancode), (char)key);
        if (used + strlen(one) + sizeof "}" > room_bytes)
            break;
        strcpy(ret_text + used, one);
        used += strlen(one);
    }
    strcpy(ret_text + used, "}");
}
