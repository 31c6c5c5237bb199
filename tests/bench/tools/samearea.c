/*
 * Compares an area of two X displays again and again, pixel by pixel: prints "same AT-MICROSECONDS"
 * when it has become the same, "differs AT-MICROSECONDS" when it is not any more. With --error once
 * alone: "error MEAN-SQUARE", of a colour's 0..255, and ends.
 */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "clock.h"
#include "loads.h"
#include "shm.h"

#define EVERY_US 20000

static const char HELP[] = "usage: samearea --from DISPLAY --to DISPLAY --area WxH+X+Y [--error]\n";

struct side {
    Display *x;
    struct shm shm;
};

static void side_open(struct side *side, const char *name, const struct place *place)
{
    side->x = XOpenDisplay(name);
    if (!side->x)
        die("samearea", "a display cannot be opened");
    shm_make(side->x, place->width_px, place->height_px, &side->shm);
    if (!side->shm.image)
        die("samearea", "a display has no 32-bit pixels in shared memory");
}

static bool is_same(const struct side *a, const struct side *b)
{
    const XImage *first = a->shm.image, *second = b->shm.image;
    for (int y = 0; y < first->height; y++) {
        const unsigned *row =
            (const unsigned *)(const void *)(first->data + y * (long)first->bytes_per_line);
        const unsigned *other =
            (const unsigned *)(const void *)(second->data + y * (long)second->bytes_per_line);
        unsigned differs = 0;
        for (int x = 0; x < first->width; x++)
            differs |= (row[x] ^ other[x]) & 0xffffff;
        if (differs)
            return false;
    }
    return true;
}

static double mean_square(const struct side *a, const struct side *b)
{
    const XImage *first = a->shm.image, *second = b->shm.image;
    double sum = 0;
    for (int y = 0; y < first->height; y++) {
        const unsigned char *row =
            (const unsigned char *)first->data + y * (long)first->bytes_per_line;
        const unsigned char *other =
            (const unsigned char *)second->data + y * (long)second->bytes_per_line;
        for (int x = 0; x < 4 * first->width; x++) {
            const int by = x % 4 == 3 ? 0 : row[x] - other[x]; /* no colour is there */
            sum += by * by;
        }
    }
    return sum / (3.0 * first->width * first->height);
}

static void take(struct side sides[2], const struct place *place)
{
    for (int i = 0; i < 2; i++)
        XShmGetImage(sides[i].x, DefaultRootWindow(sides[i].x), sides[i].shm.image, place->x_px,
                     place->y_px, AllPlanes);
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {{"from", required_argument, NULL, 'f'},
                                            {"to", required_argument, NULL, 't'},
                                            {"area", required_argument, NULL, 'p'},
                                            {"error", no_argument, NULL, 'e'},
                                            {0}};
    const struct timespec every = {.tv_nsec = EVERY_US * 1000};
    const char *from = NULL, *to = NULL;
    struct place place = {0};
    struct side sides[2] = {0};
    bool tells_error = false;
    int option, told = -1;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        if (option == 'f')
            from = optarg;
        else if (option == 't')
            to = optarg;
        else if (option == 'e')
            tells_error = true;
        else if (option != 'p' || !place_parse(optarg, &place))
            die("samearea", HELP);
    }
    if (!from || !to || !place.width_px)
        die("samearea", HELP);
    side_open(&sides[0], from, &place);
    side_open(&sides[1], to, &place);
    if (tells_error) {
        take(sides, &place);
        printf("error %.4f\n", mean_square(&sides[0], &sides[1]));
        return 0;
    }
    for (;;) {
        take(sides, &place);
        const int same = is_same(&sides[0], &sides[1]);
        if (same != told)
            printf("%s %lu\n", same ? "same" : "differs", now_us());
        told = same;
        fflush(stdout);
        nanosleep(&every, NULL);
    }
}
