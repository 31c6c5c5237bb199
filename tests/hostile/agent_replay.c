/*
 * agent_replay DIRECTORY: what a console sends on a screen connection, one session a file, through
 * the agent's RFB side in this process. Whatever it asks for, it gets updates. Prints each one's
 * end.
 */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/screen/rfb.h"
#include "common/paths.h"

#define WIDTH            96
#define HEIGHT           64
#define FILE_BYTES_MAX   (2u << 20)
#define OUTPUT_BYTES_MAX (64u << 20)

struct session {
    struct rfb *rfb;
    const struct picture *picture;
    struct request_encodings encodings;
    struct request fence;
    bool wants_all, wants_fence;
    size_t sent_bytes;
    uint32_t mixed; /* of all that is sent: valgrind sees a byte that nobody wrote */
};

static void on_send(void *context, const void *bytes, size_t size_bytes)
{
    struct session *session = context;
    const uint8_t *at = bytes;

    session->sent_bytes += size_bytes;
    for (size_t i = 0; i < size_bytes; i++)
        session->mixed = session->mixed * 31 + at[i];
}

static void on_request(void *context, const struct request *request)
{
    struct session *session = context;

    if (request->type == REQUEST_ENCODINGS)
        session->encodings = request->encodings;
    session->wants_all = session->wants_all || request->type == REQUEST_ALL ||
                         (request->type == REQUEST_LOOK && request->look);
    if (request->type == REQUEST_FENCE) {
        session->fence = *request;
        session->wants_fence = true;
    }
}

static bool update(struct session *session)
{
    static const uint8_t not_jpeg[] = {0xff, 0xd8, 0xff, 0xd9};
    const struct area all = {0, 0, WIDTH, HEIGHT};
    const struct area part = {WIDTH - 3, HEIGHT - 3, 3, 3};
    size_t bytes = 0;

    session->wants_all = false;
    rfb_begin(session->rfb);
    if (session->encodings.tight) {
        rfb_put_tight(session->rfb, &all);
        rfb_put_jpeg(session->rfb, &part, not_jpeg, sizeof not_jpeg);
    }
    rfb_put_raw(session->rfb, &part);
    return rfb_end(session->rfb, 1, &bytes) == 0 && bytes > 0;
}

static const char *answer(struct session *session)
{
    if (session->wants_fence)
        rfb_answer_fence(session->rfb, &session->fence);
    session->wants_fence = false;
    return !session->wants_all || update(session) ? NULL : "an update that failed";
}

/* As the connection gives them: what is not used comes again, with more behind it. */
static const char *feed(struct session *session, const uint8_t *bytes, size_t size_bytes,
                        size_t piece_bytes)
{
    const char *why = NULL;
    size_t end = 0;

    for (size_t used = 0; end < size_bytes;) {
        end = size_bytes - end > piece_bytes ? end + piece_bytes : size_bytes;
        size_t count = 1;
        while (!why && count > 0 && used < end) {
            count = rfb_received(session->rfb, bytes + used, end - used, &why);
            used += count;
            if (!why)
                why = answer(session);
        }
        if (why || session->sent_bytes > OUTPUT_BYTES_MAX)
            break;
    }
    if (session->sent_bytes > OUTPUT_BYTES_MAX)
        return NULL;
    return why ? why : "it closed the connection";
}

static bool run_bytes(const struct picture *picture, const char *path, const char *text,
                      size_t size_bytes, size_t piece_bytes)
{
    static const struct rfb_handlers handlers = {.send = on_send, .request = on_request};
    struct session session = {.picture = picture};

    if (rfb_create(picture, &handlers, &session, &session.rfb) < 0)
        return false;
    rfb_start(session.rfb);
    const char *why = feed(&session, (const uint8_t *)text, size_bytes, piece_bytes);
    if (why)
        printf("%s: %s (%zu, %u)\n", path, why, session.sent_bytes, session.mixed % 10);
    rfb_destroy(session.rfb);
    return why != NULL;
}

static bool run_file(const struct picture *picture, const char *path)
{
    char *text = NULL;
    size_t size_bytes = 0;

    if (paths_read_file(path, FILE_BYTES_MAX, &text, &size_bytes) < 0)
        return false;
    bool good = run_bytes(picture, path, text, size_bytes, FILE_BYTES_MAX) &&
                run_bytes(picture, path, text, size_bytes, 7);
    free(text);
    return good;
}

static bool run_directory(const struct picture *picture, const char *path)
{
    const struct dirent *entry = NULL;
    DIR *directory = opendir(path);
    bool good = directory != NULL;

    while (good && (entry = readdir(directory))) {
        char name[PATH_MAX];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        good = entry->d_name[0] == '.' || run_file(picture, name);
    }
    if (directory)
        closedir(directory);
    return good;
}

int main(int argc, char **argv)
{
    struct picture picture;

    if (argc != 2 || picture_init(&picture, WIDTH, HEIGHT) < 0)
        return EXIT_FAILURE;
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        picture.pixels[i] = (uint32_t)(i * 7);
    bool good = run_directory(&picture, argv[1]);
    picture_finish(&picture);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
