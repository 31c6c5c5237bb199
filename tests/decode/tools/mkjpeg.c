/* mkjpeg WIDTH HEIGHT [progressive]: makes a JPEG picture of the RGB bytes on standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <turbojpeg.h>

#define SIDE_MAX 4096
#define QUALITY  95

static int write_jpeg(const unsigned char *rgb, int width, int height, int flags)
{
    unsigned char *jpeg = NULL;
    unsigned long size_bytes = 0;
    tjhandle handle = tjInitCompress();
    int result = handle ? tjCompress2(handle, rgb, width, 0, height, TJPF_RGB, &jpeg, &size_bytes,
                                      TJSAMP_444, QUALITY, flags)
                        : -1;
    if (result == 0 && fwrite(jpeg, 1, size_bytes, stdout) != size_bytes)
        result = -1;
    tjFree(jpeg);
    if (handle)
        tjDestroy(handle);
    return result;
}

int main(int argc, char **argv)
{
    int width = argc >= 3 ? atoi(argv[1]) : 0;
    int height = argc >= 3 ? atoi(argv[2]) : 0;
    int flags = argc > 3 ? TJFLAG_PROGRESSIVE : 0;
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX) {
        fputs("usage: mkjpeg WIDTH HEIGHT [progressive] <RGB >JPEG\n", stderr);
        return 2;
    }
    size_t size_bytes = (size_t)width * (size_t)height * 3;
    unsigned char *rgb = malloc(size_bytes);
    int result = -1;
    if (rgb && fread(rgb, 1, size_bytes, stdin) == size_bytes)
        result = write_jpeg(rgb, width, height, flags);
    free(rgb);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
