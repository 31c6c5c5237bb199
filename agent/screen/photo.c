#include "agent/screen/photo.h"

#include <errno.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
/* after stdio.h */
#include <jpeglib.h>

#define QUALITY     80 /* of what is on its way; a lossless refresh follows when it rests */
#define QUALITY_LOW 45
#define THREADS     2

struct job { /* one batch; both threads take areas from it */
    const struct picture *picture;
    struct photo_result *results;
    size_t count;
    atomic_size_t next;
    atomic_int error;
};

/* libjpeg's own interface: libvncserver exports functions of the names of libturbojpeg's, which are
 * older and do something else. */
struct encoder {
    struct jpeg_compress_struct libjpeg;
    struct jpeg_error_mgr errors;
    sigjmp_buf way_out;
    bool is_made;
    int quality;
};

struct photo {
    uv_thread_t thread;
    uv_sem_t begin, end;
    bool has_thread, stop;
    struct encoder encoders[THREADS];
    struct job job;
    unsigned char *rooms[PHOTO_BATCH_MAX];
    unsigned long room_bytes[PHOTO_BATCH_MAX];
};

/* libjpeg's own one ends the process. */
static void encoder_on_error(j_common_ptr libjpeg)
{
    siglongjmp(((struct encoder *)libjpeg)->way_out, 1);
}

static void encoder_say_nothing(j_common_ptr libjpeg)
{
}

static int encoder_init(struct encoder *encoder)
{
    encoder->libjpeg.err = jpeg_std_error(&encoder->errors);
    encoder->errors.error_exit = encoder_on_error;
    encoder->errors.output_message = encoder_say_nothing;
    if (sigsetjmp(encoder->way_out, 0) != 0)
        return -ENOMEM;
    jpeg_create_compress(&encoder->libjpeg);
    encoder->is_made = true;
    encoder->quality = QUALITY;
    return 0;
}

static void encoder_finish(struct encoder *encoder)
{
    if (encoder->is_made)
        jpeg_destroy_compress(&encoder->libjpeg);
}

static void encoder_write(struct encoder *encoder, const struct picture *picture,
                          const struct area *area, unsigned char **room, unsigned long *size_bytes)
{
    struct jpeg_compress_struct *libjpeg = &encoder->libjpeg;

    jpeg_mem_dest(libjpeg, room, size_bytes);
    libjpeg->image_width = (JDIMENSION)area->width_px;
    libjpeg->image_height = (JDIMENSION)area->height_px;
    libjpeg->input_components = 4;
    libjpeg->in_color_space = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? JCS_EXT_XRGB : JCS_EXT_BGRX;
    jpeg_set_defaults(libjpeg); /* 4:2:0 */
    jpeg_set_quality(libjpeg, encoder->quality, TRUE);
    libjpeg->dct_method = JDCT_IFAST;
    jpeg_start_compress(libjpeg, TRUE);
    while (libjpeg->next_scanline < libjpeg->image_height) {
        JSAMPROW rows[8];
        JDIMENSION count = 0;
        for (; count < 8 && libjpeg->next_scanline + count < libjpeg->image_height; count++)
            rows[count] = (JSAMPROW)(picture->pixels +
                                     ((size_t)area->y_px + libjpeg->next_scanline + count) *
                                         (size_t)picture->width_px +
                                     area->x_px);
        jpeg_write_scanlines(libjpeg, rows, count);
    }
    jpeg_finish_compress(libjpeg);
}

static void photo_encode_area(struct photo *photo, struct encoder *encoder, size_t index)
{
    struct job *job = &photo->job;
    struct photo_result *result = &job->results[index];
    /* Volatile: what they are after the jump. libjpeg frees the rooms that it made, but the last.
     */
    unsigned char *volatile before = photo->rooms[index];
    unsigned long size_bytes = photo->room_bytes[index];

    if (sigsetjmp(encoder->way_out, 0) != 0) {
        jpeg_abort_compress(&encoder->libjpeg);
        job->error = -ENOMEM;
        return;
    }
    encoder_write(encoder, job->picture, &result->area, &photo->rooms[index], &size_bytes);
    if (photo->rooms[index] != before)
        free(before);
    if (size_bytes > photo->room_bytes[index])
        photo->room_bytes[index] = size_bytes;
    result->bytes = photo->rooms[index];
    result->size_bytes = size_bytes;
}

static void photo_work(struct photo *photo, struct encoder *encoder)
{
    size_t index;

    while ((index = atomic_fetch_add(&photo->job.next, 1)) < photo->job.count)
        photo_encode_area(photo, encoder, index);
}

static void photo_run(void *context)
{
    struct photo *photo = context;

    for (;;) {
        uv_sem_wait(&photo->begin);
        if (photo->stop)
            return;
        photo_work(photo, &photo->encoders[1]);
        uv_sem_post(&photo->end);
    }
}

int photo_create(struct photo **ret_photo)
{
    struct photo *photo = calloc(1, sizeof *photo);

    if (!photo)
        return -ENOMEM;
    uv_sem_init(&photo->begin, 0);
    uv_sem_init(&photo->end, 0);
    int error = 0;
    for (size_t i = 0; i < THREADS && !error; i++)
        error = encoder_init(&photo->encoders[i]);
    if (!error)
        error = uv_thread_create(&photo->thread, photo_run, photo);
    photo->has_thread = !error;
    if (error) {
        photo_destroy(photo);
        return error;
    }
    *ret_photo = photo;
    return 0;
}

struct photo *photo_destroy(struct photo *photo)
{
    if (!photo)
        return NULL;
    if (photo->has_thread) {
        photo->stop = true;
        uv_sem_post(&photo->begin);
        uv_thread_join(&photo->thread);
    }
    uv_sem_destroy(&photo->begin);
    uv_sem_destroy(&photo->end);
    for (size_t i = 0; i < THREADS; i++)
        encoder_finish(&photo->encoders[i]);
    for (size_t i = 0; i < PHOTO_BATCH_MAX; i++)
        free(photo->rooms[i]);
    free(photo);
    return NULL;
}

void photo_set_low(struct photo *photo, bool low)
{
    for (size_t i = 0; i < THREADS; i++)
        photo->encoders[i].quality = low ? QUALITY_LOW : QUALITY;
}

int photo_encode(struct photo *photo, const struct picture *picture, struct photo_result *results,
                 size_t count)
{
    const bool both = count > 1;

    photo->job.picture = picture;
    photo->job.results = results;
    photo->job.count = count;
    photo->job.next = 0;
    photo->job.error = 0;
    if (both)
        uv_sem_post(&photo->begin);
    photo_work(photo, &photo->encoders[0]);
    if (both)
        uv_sem_wait(&photo->end);
    return photo->job.error;
}
