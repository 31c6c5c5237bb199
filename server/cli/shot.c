#include "server/cli/shot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/cli/cli.h"

#define COPY_PAUSE_US 2000

int shot_follow(const char *socket_path, const char *target, const char *what,
                struct client **ret_client)
{
    json_t *answer = NULL;
    json_t *request = json_pack("{s:s, s:s}", "verb", "frames", "target", target);
    if (!request) { /* not UTF-8 */
        fprintf(stderr, "hotdesk: the target's name is no text\n");
        return EXIT_USAGE;
    }
    if (strcmp(target, "active") == 0) { /* which the server would follow for ever */
        json_decref(request);
        fprintf(stderr, "hotdesk: %s of that: give a target's name\n", what);
        return EXIT_REFUSED;
    }
    int code = client_open(socket_path, ret_client);
    if (code == EXIT_DONE)
        code = client_ask(*ret_client, request, &answer);
    else
        json_decref(request);
    json_decref(answer);
    return code;
}

static int take_file(struct shot *shot, int fd)
{
    shot->map = frame_map_close(shot->map);
    shot->is_current = false;
    int r = fd >= 0 ? frame_map_open(fd, &shot->map) : -EBADF;
    if (fd >= 0)
        close(fd);
    return r == -EBADF ? -EBADMSG : r;
}

int shot_hear(struct shot *shot, struct client *client, int timeout_ms,
              struct frame_message *ret_message)
{
    int fd = -1;
    int r = client_read_frame(client, timeout_ms, ret_message, &fd);
    if (r == 0 && ret_message->type == FRAME_FILE)
        r = take_file(shot, fd);
    if (r < 0)
        return r;
    if (ret_message->type == FRAME_STATE) {
        memcpy(shot->state, ret_message->text, sizeof shot->state);
        shot->is_current = shot->is_current && !shot->state[0];
    }
    if (ret_message->type == FRAME_CURRENT && shot->map)
        shot->is_current = true;
    return 0;
}

int shot_copy(const struct shot *shot, uint64_t end_us, uint32_t **ret_pixels,
              struct frame_rectangle *ret_all)
{
    int r;
    do {
        struct frame_picture picture;
        uint64_t sequence;
        uint32_t *pixels = NULL;
        r = frame_map_look(shot->map, &picture);
        if (r == 0) {
            *ret_all = (struct frame_rectangle){0, 0, (uint16_t)picture.width_px,
                                                (uint16_t)picture.height_px};
            pixels = malloc(picture.stride_bytes * picture.height_px);
            r = pixels ? frame_map_copy(shot->map, ret_all, pixels, picture.stride_bytes, &sequence)
                       : -ENOMEM;
        }
        if (r == 0)
            *ret_pixels = pixels;
        else
            free(pixels);
        if (r == -EAGAIN || r == -ERANGE) /* written, or of another size, this very moment */
            usleep(COPY_PAUSE_US);
    } while ((r == -EAGAIN || r == -ERANGE) && clock_now_us() < end_us);
    return r == -EAGAIN || r == -ERANGE ? -ETIMEDOUT : r;
}

void shot_finish(struct shot *shot)
{
    shot->map = frame_map_close(shot->map);
}
