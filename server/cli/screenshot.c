/* hotdesk screenshot */
#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/times.h"
#include "protocol/message.h"
#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/shot.h"

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
    int r = shot_copy(shot, end_us, &pixels, &all);
    if (r < 0) {
        fprintf(stderr, "hotdesk: no whole picture in time: %s\n", strerror(-r));
        return EXIT_REFUSED;
    }
    int code = write_picture(pixels, &all, path);
    free(pixels);
    return code;
}

/* -- waiting for it -- */

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
        uint64_t now_us = clock_now_us();
        int left_ms = now_us < end_us ? (int)((end_us - now_us) / 1000) : 0;
        int r = shot_hear(shot, client, left_ms, &message);
        if (r == -ETIMEDOUT)
            return explain_state(target, shot->state[0] ? shot->state : "it did not come in time");
        if (r < 0)
            return client_explain(client, r);
        if (message.type == FRAME_STATE &&
            (strncmp(shot->state, "no screen", 9) == 0 ||
             strncmp(shot->state, MESSAGE_NO_SIGNAL, strlen(MESSAGE_NO_SIGNAL)) == 0))
            return explain_state(target, shot->state);
        if (shot->is_current)
            return EXIT_DONE;
    }
}

int cli_screenshot(const struct arguments *arguments)
{
    struct client *client = NULL;
    struct shot shot = {0};
    uint64_t end_us = clock_now_us() + time_us(TIME_SCREENSHOT);
    int code = shot_follow(arguments->socket_path, arguments->word, "screenshot takes no picture",
                           &client);
    if (code == EXIT_DONE)
        code = wait_for_picture(client, &shot, arguments->word, end_us);
    if (code == EXIT_DONE)
        code = save(&shot, arguments->second, end_us);
    shot_finish(&shot);
    client_close(client);
    return code;
}
