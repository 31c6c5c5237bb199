#include "server/decode/jpeg.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#define THREADS     2
#define STACK_BYTES (256 * 1024)
#define JOBS_MAX    64
#define PIXEL       (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? TJPF_BGRX : TJPF_XRGB)

struct job {
    uint8_t *bytes;
    size_t size_bytes;
    struct frame_rectangle rectangle;
    uint32_t *pixels;
    uint32_t stride_px;
};

struct jpeg {
    pthread_t threads[THREADS];
    tjhandle handles[THREADS];
    size_t thread_count; /* that were started */
    pthread_mutex_t mutex;
    pthread_cond_t work, done;
    /* Under the mutex. Jobs of one batch: until jpeg_wait all stay listed. */
    struct job jobs[JOBS_MAX];
    size_t count, taken, finished;
    size_t started; /* threads that have found their handle */
    bool failed, ending;
};

static bool decode(tjhandle handle, const struct job *job)
{
    int width = 0;
    int height = 0;
    int sampling = 0;
    int colours = 0;
    uint32_t *to = job->pixels + (size_t)job->rectangle.y_px * job->stride_px + job->rectangle.x_px;

    return tjDecompressHeader3(handle, job->bytes, job->size_bytes, &width, &height, &sampling,
                               &colours) == 0 &&
           width == job->rectangle.width_px && height == job->rectangle.height_px &&
           tjDecompress2(handle, job->bytes, job->size_bytes, (unsigned char *)to, width,
                         (int)(job->stride_px * FRAME_PIXEL_BYTES), height, PIXEL,
                         TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) == 0;
}

static void *run(void *argument)
{
    struct jpeg *jpeg = argument;

    pthread_mutex_lock(&jpeg->mutex);
    tjhandle handle = jpeg->handles[jpeg->started++];
    pthread_cond_signal(&jpeg->done);
    for (;;) {
        while (!jpeg->ending && jpeg->taken == jpeg->count)
            pthread_cond_wait(&jpeg->work, &jpeg->mutex);
        if (jpeg->ending)
            break;
        struct job job = jpeg->jobs[jpeg->taken++];
        pthread_mutex_unlock(&jpeg->mutex);
        bool good = decode(handle, &job);
        free(job.bytes);
        pthread_mutex_lock(&jpeg->mutex);
        jpeg->failed = jpeg->failed || !good;
        if (++jpeg->finished == jpeg->count)
            pthread_cond_signal(&jpeg->done);
    }
    pthread_mutex_unlock(&jpeg->mutex);
    return NULL;
}

static int start_threads(struct jpeg *jpeg)
{
    pthread_attr_t attributes;
    int result = 0;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    while (result == 0 && jpeg->thread_count < THREADS) {
        jpeg->handles[jpeg->thread_count] = tjInitDecompress();
        if (!jpeg->handles[jpeg->thread_count]) {
            result = -ENOMEM;
            break;
        }
        result = -pthread_create(&jpeg->threads[jpeg->thread_count], &attributes, run, jpeg);
        if (result < 0)
            tjDestroy(jpeg->handles[jpeg->thread_count]);
        else
            jpeg->thread_count++;
    }
    pthread_attr_destroy(&attributes);
    return result;
}

/* What the C library does first in a thread is nothing that the sandbox allows. */
static void wait_until_started(struct jpeg *jpeg)
{
    pthread_mutex_lock(&jpeg->mutex);
    while (jpeg->started < jpeg->thread_count)
        pthread_cond_wait(&jpeg->done, &jpeg->mutex);
    pthread_mutex_unlock(&jpeg->mutex);
}

int jpeg_create(struct jpeg **ret_jpeg)
{
    struct jpeg *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg)
        return -ENOMEM;
    pthread_mutex_init(&jpeg->mutex, NULL);
    pthread_cond_init(&jpeg->work, NULL);
    pthread_cond_init(&jpeg->done, NULL);
    int result = start_threads(jpeg);
    wait_until_started(jpeg);
    if (result < 0)
        jpeg_destroy(jpeg);
    else
        *ret_jpeg = jpeg;
    return result;
}

struct jpeg *jpeg_destroy(struct jpeg *jpeg)
{
    if (!jpeg)
        return NULL;
    pthread_mutex_lock(&jpeg->mutex);
    jpeg->ending = true;
    pthread_cond_broadcast(&jpeg->work);
    pthread_mutex_unlock(&jpeg->mutex);
    for (size_t i = 0; i < jpeg->thread_count; i++) {
        pthread_join(jpeg->threads[i], NULL);
        tjDestroy(jpeg->handles[i]);
    }
    while (jpeg->taken < jpeg->count)
        free(jpeg->jobs[jpeg->taken++].bytes);
    pthread_cond_destroy(&jpeg->done);
    pthread_cond_destroy(&jpeg->work);
    pthread_mutex_destroy(&jpeg->mutex);
    free(jpeg);
    return NULL;
}

bool jpeg_decode(struct jpeg *jpeg, uint8_t *bytes, size_t size_bytes,
                 const struct frame_rectangle *rectangle, uint32_t *pixels, uint32_t stride_px)
{
    if (jpeg->count == JOBS_MAX && !jpeg_wait(jpeg)) {
        free(bytes);
        return false;
    }
    pthread_mutex_lock(&jpeg->mutex);
    jpeg->jobs[jpeg->count++] = (struct job){bytes, size_bytes, *rectangle, pixels, stride_px};
    pthread_cond_signal(&jpeg->work);
    pthread_mutex_unlock(&jpeg->mutex);
    return true;
}

static bool overlap(const struct frame_rectangle *a, const struct frame_rectangle *b)
{
    return a->x_px < b->x_px + b->width_px && b->x_px < a->x_px + a->width_px &&
           a->y_px < b->y_px + b->height_px && b->y_px < a->y_px + a->height_px;
}

bool jpeg_is_at_work(struct jpeg *jpeg, const struct frame_rectangle *rectangle)
{
    /* Only this thread changes the list. */
    for (size_t i = 0; i < jpeg->count; i++) {
        if (overlap(&jpeg->jobs[i].rectangle, rectangle))
            return true;
    }
    return false;
}

bool jpeg_wait(struct jpeg *jpeg)
{
    pthread_mutex_lock(&jpeg->mutex);
    while (jpeg->finished < jpeg->count)
        pthread_cond_wait(&jpeg->done, &jpeg->mutex);
    bool good = !jpeg->failed;
    jpeg->count = jpeg->taken = jpeg->finished = 0;
    jpeg->failed = false;
    pthread_mutex_unlock(&jpeg->mutex);
    return good;
}
