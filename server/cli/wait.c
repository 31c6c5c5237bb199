/* hotdesk wait */
#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "protocol/limits.h"
#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/part.h"
#include "server/cli/shot.h"

#define TIMEOUT_S   10
#define SECONDS_MAX 86400
#define PART_MAX_PX (4 << 20)
#define COPY_MAX_US 1000000
#define SECOND_US   1000000.0
#define ALL         ((struct part_area){0, 0, UINT16_MAX, UINT16_MAX})

struct waiting {
    const char *target;
    const char *part_path; /* NULL: it waits for a still picture */
    struct part *part;
    struct part_image image; /* of the file */
    struct part_area area;
    unsigned tolerance;
    uint64_t start_us, end_us, still_us;
    struct client *client;
    struct shot shot;
    struct part_image screen; /* the last copy */
    uint64_t changed_us;      /* the last change that was seen; 0: no picture */
};

/* -- words of the command line -- */

static bool read_seconds(const char *text, const char *what, uint64_t *ret_us)
{
    char *end = NULL;
    double seconds = strtod(text, &end);
    if (end != text && *end == '\0' && seconds >= 0 && seconds <= SECONDS_MAX) {
        *ret_us = (uint64_t)(seconds * SECOND_US);
        return true;
    }
    fprintf(stderr, "hotdesk: %s: seconds from 0 to %d, not '%s'\n", what, SECONDS_MAX, text);
    return false;
}

static bool read_tolerance(const char *text, unsigned *ret_tolerance)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end != text && *end == '\0' && value >= 0 && value <= 255) {
        *ret_tolerance = (unsigned)value;
        return true;
    }
    fprintf(stderr, "hotdesk: --tolerance: a number from 0 to 255, not '%s'\n", text);
    return false;
}

/* X,Y is the very place, X,Y,WxH an area. */
static bool read_area(const char *text, const struct part_image *image, struct part_area *ret_area)
{
    unsigned x, y, width = image->width_px, height = image->height_px;
    int used = 0;
    bool good = text[strspn(text, "0123456789,x")] == '\0' && /* sscanf takes "-1" as a large one */
                sscanf(text, "%5u,%5u%n", &x, &y, &used) == 2 && used > 0;
    if (good && text[used]) {
        const char *rest = text + used;
        used = 0;
        good = sscanf(rest, ",%5ux%5u%n", &width, &height, &used) == 2 && used > 0 &&
               rest[used] == '\0';
    }
    if (!good)
        fprintf(stderr, "hotdesk: --at: X,Y or X,Y,WIDTHxHEIGHT, not '%s'\n", text);
    else if (width < image->width_px || height < image->height_px)
        fprintf(stderr, "hotdesk: --at: %ux%u is smaller than the image, which is %ux%u\n", width,
                height, image->width_px, image->height_px);
    else
        *ret_area = (struct part_area){x, y, width, height};
    return good && width >= image->width_px && height >= image->height_px;
}

static int refuse_part(const char *path, const char *why)
{
    fprintf(stderr, "hotdesk: %s: %s\n", path, why);
    return EXIT_REFUSED;
}

static int read_part(struct waiting *waiting)
{
    const char *path = waiting->part_path;
    png_image png = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&png, path))
        return refuse_part(path, png.message);
    png.format = PNG_FORMAT_BGRA; /* 0xAARRGGBB, little-endian */
    uint64_t count = (uint64_t)png.width * png.height;
    uint32_t *pixels = count <= PART_MAX_PX ? malloc(count * sizeof *pixels) : NULL;
    if (!pixels) {
        png_image_free(&png);
        return refuse_part(path, count > PART_MAX_PX ? "the image is too large" : "no memory");
    }
    waiting->image = (struct part_image){png.width, png.height, pixels};
    if (!png_image_finish_read(&png, NULL, pixels, 0, NULL))
        return refuse_part(path, png.message);
    waiting->part = part_create(&waiting->image);
    return waiting->part ? EXIT_DONE : refuse_part(path, "all of the image is transparent");
}

static int read_arguments(struct waiting *waiting, const struct arguments *arguments)
{
    uint64_t timeout_us = (uint64_t)(TIMEOUT_S * SECOND_US);
    if (!arguments->image == !arguments->still) {
        fprintf(stderr, "hotdesk: wait for --image PART.png, or for --still SECONDS\n");
        return EXIT_USAGE;
    }
    if (!arguments->image && (arguments->at || arguments->tolerance)) {
        fprintf(stderr, "hotdesk: --at and --tolerance are of --image\n");
        return EXIT_USAGE;
    }
    if ((arguments->timeout && !read_seconds(arguments->timeout, "--timeout", &timeout_us)) ||
        (arguments->still && !read_seconds(arguments->still, "--still", &waiting->still_us)) ||
        (arguments->tolerance && !read_tolerance(arguments->tolerance, &waiting->tolerance)))
        return EXIT_USAGE;
    waiting->start_us = clock_now_us();
    waiting->end_us = waiting->start_us + timeout_us;
    waiting->target = arguments->word;
    waiting->part_path = arguments->image;
    waiting->area = ALL;
    int code = arguments->image ? read_part(waiting) : EXIT_DONE;
    if (code == EXIT_DONE && arguments->at &&
        !read_area(arguments->at, &waiting->image, &waiting->area))
        code = EXIT_USAGE;
    return code;
}

/* -- looking -- */

static bool is_same(const struct part_image *a, const struct part_image *b)
{
    return a->width_px == b->width_px && a->height_px == b->height_px && b->pixels &&
           memcmp(a->pixels, b->pixels, (size_t)a->width_px * a->height_px * sizeof *a->pixels) ==
               0;
}

/* Takes a copy of what is there now. False: there is none. */
static bool look(struct waiting *waiting)
{
    struct frame_rectangle all;
    uint32_t *pixels = NULL;
    uint64_t now_us = clock_now_us();
    if (!waiting->shot.is_current ||
        shot_copy(&waiting->shot, now_us + COPY_MAX_US, &pixels, &all) < 0)
        return false;
    struct part_image screen = {all.width_px, all.height_px, pixels};
    if (!is_same(&screen, &waiting->screen))
        waiting->changed_us = now_us;
    free((void *)waiting->screen.pixels);
    waiting->screen = screen;
    return true;
}

/* What is waited for is there. */
static bool is_there(struct waiting *waiting)
{
    struct part_place place;
    if (!waiting->part)
        return waiting->changed_us && clock_now_us() >= waiting->changed_us + waiting->still_us;
    if (!waiting->screen.pixels ||
        !part_find(waiting->part, &waiting->screen, &waiting->area, waiting->tolerance, &place))
        return false;
    printf("%u,%u\n", place.x_px, place.y_px);
    return true;
}

static void forget_picture(struct waiting *waiting)
{
    free((void *)waiting->screen.pixels);
    waiting->screen = (struct part_image){0};
    waiting->changed_us = 0;
}

static bool is_change(const struct frame_message *message)
{
    return message->type == FRAME_DAMAGE || message->type == FRAME_SIZE ||
           message->type == FRAME_CURRENT;
}

/* Until the next message, or the moment at which something is decided without one. */
static int pause_ms(const struct waiting *waiting, uint64_t now_us)
{
    uint64_t until_us = waiting->end_us;
    if (!waiting->part && waiting->changed_us && waiting->changed_us + waiting->still_us < until_us)
        until_us = waiting->changed_us + waiting->still_us;
    return until_us > now_us ? (int)((until_us - now_us + 999) / 1000) : 0;
}

/* All that has come; then one look. 0, or as shot_hear. */
static int hear_all(struct waiting *waiting, int timeout_ms, bool *ret_is_new)
{
    struct frame_message message;
    int r = shot_hear(&waiting->shot, waiting->client, timeout_ms, &message);
    while (r == 0) {
        if (message.type == FRAME_FILE || (message.type == FRAME_STATE && message.text[0])) {
            forget_picture(waiting);
            *ret_is_new = false;
        }
        *ret_is_new = *ret_is_new || is_change(&message);
        r = shot_hear(&waiting->shot, waiting->client, 0, &message);
    }
    return r == -ETIMEDOUT ? 0 : r;
}

static int explain_timeout(struct waiting *waiting)
{
    double waited_s = (double)(waiting->end_us - waiting->start_us) / SECOND_US;
    struct part_likeness likeness;
    if (!waiting->screen.pixels)
        fprintf(stderr, "hotdesk: no picture of %s in %g s: %s\n", waiting->target, waited_s,
                waiting->shot.state[0] ? waiting->shot.state : "it did not come");
    else if (!waiting->part)
        fprintf(stderr, "hotdesk: %s was not still in %g s; it changed last %.1f s ago\n",
                waiting->target, waited_s,
                (double)(clock_now_us() - waiting->changed_us) / SECOND_US);
    else if (!part_nearest(waiting->part, &waiting->screen, &waiting->area, waiting->tolerance,
                           &likeness))
        fprintf(stderr,
                "hotdesk: %s was not on %s in %g s: the screen, of %ux%u, has no room for it\n",
                waiting->part_path, waiting->target, waited_s, waiting->screen.width_px,
                waiting->screen.height_px);
    else
        fprintf(stderr,
                "hotdesk: %s was not on %s in %g s; nearest at %u,%u, where %u %% of it is alike, "
                "and with --tolerance %u all\n",
                waiting->part_path, waiting->target, waited_s, likeness.place.x_px,
                likeness.place.y_px, likeness.percent, likeness.tolerance);
    return EXIT_TIMEOUT;
}

static int wait_for_it(struct waiting *waiting)
{
    for (;;) {
        bool is_new = false;
        int r = hear_all(waiting, pause_ms(waiting, clock_now_us()), &is_new);
        if (r < 0)
            return client_explain(waiting->client, r);
        bool is_seen = is_new && look(waiting);
        if ((is_seen || !waiting->part) && is_there(waiting))
            return EXIT_DONE;
        if (clock_now_us() >= waiting->end_us)
            return explain_timeout(waiting);
    }
}

int cli_wait(const struct arguments *arguments)
{
    struct waiting waiting = {0};
    int code = read_arguments(&waiting, arguments);
    if (code == EXIT_DONE)
        code = shot_follow(arguments->socket_path, arguments->word, "wait sees nothing",
                           &waiting.client);
    if (code == EXIT_DONE)
        code = wait_for_it(&waiting);
    forget_picture(&waiting);
    shot_finish(&waiting.shot);
    client_close(waiting.client);
    part_destroy(waiting.part);
    free((void *)waiting.image.pixels);
    return code;
}
