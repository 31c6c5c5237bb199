/*
 * A hotdesk-decode that a target has taken over. It begins as the real one does, sandbox included,
 * and then does what its name says: it is started by a link whose name ends in -DEED.
 */
#include "tests/hostile/rogue.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame_file.h"
#include "server/decode/messages.h"
#include "server/sandbox/sandbox.h"

struct frame_writer *rogue_writer;

struct frame_head *rogue_head(void)
{
    return *(struct frame_head **)(void *)rogue_writer;
}

/* Before it is shut in. */

static void deed_silent(void)
{
    pause();
}

static void deed_shrunk(void)
{
    if (ftruncate(ROGUE_FILE_FD, 4096) < 0)
        _exit(9);
}

static void deed_own_seals(void)
{
    if (fcntl(ROGUE_FILE_FD, F_ADD_SEALS, F_SEAL_SEAL) < 0)
        _exit(9);
}

static void deed_unready(void)
{
    static const uint8_t bell[FRAME_MESSAGE_BYTES] = {FRAME_BELL};

    send(ROGUE_MESSAGE_FD, bell, sizeof bell, MSG_NOSIGNAL);
}

static const struct deed early[] = {
    {"silent", deed_silent},
    {"shrunk", deed_shrunk},
    {"own_seals", deed_own_seals},
    {"unready", deed_unready},
    {0},
};

static bool try(const struct deed *deeds, const char *name, void (**ret_act)(void))
{
    for (; deeds->name; deeds++) {
        if (strcmp(deeds->name, name) == 0) {
            *ret_act = deeds->act;
            return true;
        }
    }
    return false;
}

/* As the real one does. */
static bool begin(void (*before)(void))
{
    struct stop stop = {""};
    struct frame_message message;

    if (sandbox_limit(DECODER_MEMORY_MAX_BYTES) < 0 ||
        frame_writer_open(ROGUE_FILE_FD, &rogue_writer) < 0)
        return false;
    if (before)
        before();
    return messages_send(ROGUE_MESSAGE_FD, &stop, &(struct frame_message){.type = FRAME_READY}) &&
           messages_wait(ROGUE_MESSAGE_FD, &stop, &message) && message.type == FRAME_SEALED &&
           frame_file_is_sealed(ROGUE_FILE_FD) && sandbox_enter(NULL) == 0;
}

static void show_a_picture(void)
{
    static const uint32_t pixels[ROGUE_WIDTH * ROGUE_HEIGHT];
    struct stop stop = {""};

    frame_writer_begin(rogue_writer);
    frame_writer_set_size(rogue_writer, ROGUE_WIDTH, ROGUE_HEIGHT);
    frame_writer_copy(rogue_writer, &(struct frame_rectangle){0, 0, ROGUE_WIDTH, ROGUE_HEIGHT},
                      pixels);
    frame_writer_end(rogue_writer);
    messages_send(ROGUE_MESSAGE_FD, &stop,
                  &(struct frame_message){.type = FRAME_SIZE, .size = {ROGUE_WIDTH, ROGUE_HEIGHT}});
}

static void stay(void)
{
    char bytes[4096];
    while (read(ROGUE_RFB_FD, bytes, sizeof bytes) > 0)
        ;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '-');
    void (*act)(void) = NULL, (*before)(void) = NULL;

    if (!name || (!try(rogue_calls, name + 1, &act) && !try(rogue_words, name + 1, &act) &&
                  !try(early, name + 1, &before))) {
        fprintf(stderr, "%s: no such deed\n", argv[0]);
        return 2;
    }
    if (!begin(before))
        return 2;
    if (strcmp(name + 1, "damage_early") != 0)
        show_a_picture();
    if (act)
        act();
    stay();
    return 0;
}
