/* hotdesk screenshot */
#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/frame_file.h"
#include "common/times.h"
#include "protocol/message.h"
#include "server/cli/cli.h"
#include "server/cli/client.h"

#define COPY_PAUSE_US 2000

struct shot {
    struct frame_map *map; /* the target's file; NULL: not yet */
    char state[FRAME_TEXT_ROOM];
};

/* -- the picture -- */

/* The caller frees *ret_pixels, rows without gaps. 0; -ETIMEDOUT: it changes too fast; -errno. */
static int copy_picture(const struct frame_map *map, uint64_t end_us, uint32_t **ret_pixels,
                        struct frame_rectangle *ret_all)
{
    int r;
    do {
        struct frame_picture picture;
        uint64_t sequence;
        uint32_t *pixels = NULL;
        r = frame_map_look(map, &picture);
        if (r == 0) {
            *ret_all = (struct frame_rectangle){0, 0, (uint16_t)picture.width_px,
                                                (uint16_t)picture.height_px};
            pixels = malloc(picture.stride_bytes * picture.height_px);
            r = pixels ? frame_map_copy(map, ret_all, pixels, picture.stride_bytes, &sequence)
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

/* 0x00RRGGBB becomes the bytes R, G, B, in place. */
static void pack(uint32_t *pixels, size_t count)
{
    uint8_t *bytes = (uint8_t *)pixels;
    for (size_t i = 0; i < count; i++) {
        uint32_t pixel = pixels[i];
        bytes[3 * i] = (uint8_t)(pixel >> 16);
        bytes[3 * i + 1] = (uint8_t)(pixel >> 8);
        bytes[3 * i + 2] = (uint8_t)pixel;
    }
}

static int write_picture(uint32_t *pixels, const struct frame_rectangle *all, const char *path)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = all->width_px,
                       .height = all->height_px,
                       .format = PNG_FORMAT_RGB,
                       .flags = PNG_IMAGE_FLAG_FAST};
    pack(pixels, (size_t)all->width_px * all->height_px);
    bool to_stdout = strcmp(path, "-") == 0;
    bool written = to_stdout ? png_image_write_to_stdio(&image, stdout, 0, pixels, 0, NULL)
                             : png_image_write_to_file(&image, path, 0, pixels, 0, NULL);
    if (written && to_stdout)
        written = fflush(stdout) == 0;
    if (!written)
        fprintf(stderr, "hotdesk: cannot write %s: %s\n", path,
                image.message[0] ? image.message : strerror(errno));
    else if (!to_stdout)
        printf("%s: %u x %u pixels\n", path, all->width_px, all->height_px);
    return written ? EXIT_DONE : EXIT_REFUSED;
}

static int save(const struct shot *shot, const char *path, uint64_t end_us)
{
    struct frame_rectangle all;
    uint32_t *pixels = NULL;
    int r = copy_picture(shot->map, end_us, &pixels, &all);
    if (r < 0) {
        fprintf(stderr, "hotdesk: no whole picture in time: %s\n", strerror(-r));
        return EXIT_REFUSED;
    }
    int code = write_picture(pixels, &all, path);
    free(pixels);
    return code;
}

/* -- waiting for it -- */

static int take_file(struct shot *shot, int fd)
{
    shot->map = frame_map_close(shot->map);
    int r = fd >= 0 ? frame_map_open(fd, &shot->map) : -EBADF;
    if (fd >= 0)
        close(fd);
    return r;
}

static int explain_state(const char *target, const char *state)
{
    fprintf(stderr, "hotdesk: no picture of %s: %s\n", target, state);
    return EXIT_REFUSED;
}

/* EXIT_DONE once the file has what the target shows now. */
static int wait_for_picture(struct client *client, struct shot *shot, const char *target,
                            uint64_t end_us)
{
    for (;;) {
        struct frame_message message;
        int fd = -1;
        uint64_t now_us = clock_now_us();
        int left_ms = now_us < end_us ? (int)((end_us - now_us) / 1000) : 0;
        int r = client_read_frame(client, left_ms, &message, &fd);
        if (r == 0 && message.type == FRAME_FILE)
            r = take_file(shot, fd);
        if (r == -ETIMEDOUT)
            return explain_state(target, shot->state[0] ? shot->state : "it did not come in time");
        if (r < 0)
            return client_explain(client, r == -EBADF ? -EBADMSG : r);
        if (message.type == FRAME_STATE) {
            memcpy(shot->state, message.text, sizeof shot->state);
            if (strncmp(shot->state, "no screen", 9) == 0 ||
                strncmp(shot->state, MESSAGE_NO_SIGNAL, strlen(MESSAGE_NO_SIGNAL)) == 0)
                return explain_state(target, shot->state);
        }
        if (message.type == FRAME_CURRENT && shot->map)
            return EXIT_DONE;
    }
}

int cli_screenshot(const struct arguments *arguments)
{
    struct client *client = NULL;
    struct shot shot = {0};
    json_t *answer = NULL;
    uint64_t end_us = clock_now_us() + time_us(TIME_SCREENSHOT);
    json_t *request = json_pack("{s:s, s:s}", "verb", "frames", "target", arguments->word);
    if (!request) { /* not UTF-8 */
        fprintf(stderr, "hotdesk: the target's name is no text\n");
        return EXIT_USAGE;
    }
    if (strcmp(arguments->word, "active") == 0) { /* which the server would follow for ever */
        json_decref(request);
        fprintf(stderr, "hotdesk: screenshot takes no picture of that: give a target's name\n");
        return EXIT_REFUSED;
    }
    int code = client_open(arguments->socket_path, &client);
    if (code == EXIT_DONE)
        code = client_ask(client, request, &answer);
    else
        json_decref(request);
    json_decref(answer);
    if (code == EXIT_DONE)
        code = wait_for_picture(client, &shot, arguments->word, end_us);
    if (code == EXIT_DONE)
        code = save(&shot, arguments->second, end_us);
    frame_map_close(shot.map);
    client_close(client);
    return code;
}
