#include "agent/loop.h"

#define TURNS_MAX 16 /* a closed handle needs one or two */

void loop_drain(uv_loop_t *loop)
{
    for (int turn = 0; turn < TURNS_MAX && uv_loop_close(loop) != 0; turn++)
        uv_run(loop, UV_RUN_NOWAIT);
}
