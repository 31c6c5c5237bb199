#include "agent/inject/keymap.h"

#include <stddef.h>

int keymap_watch(uv_loop_t *loop, const char *display_name, struct keymap **ret_keymap)
{
    *ret_keymap = NULL;
    return 0;
}

struct keymap *keymap_destroy(struct keymap *keymap)
{
    return NULL;
}
