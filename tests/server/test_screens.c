/* Pictures: a scripted agent over real TLS, its bytes into a stand-in for hotdesk-decode that obeys
 * them, and followers on the control socket. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/frame_file.h"
#include "common/log.h"
#include "server/net/monitors.h"
#include "server/screen/screens.h"
#include "tests/server/bench.h"

#define WIDTH_PX  64
#define HEIGHT_PX 48
#define SAID_MAX  256

/* One that asked for frames. */
struct watcher {
    int fd;
    char reply[512]; /* the line */
    bool replied;
    struct frame_message said[SAID_MAX]; /* not looked at yet */
    size_t said_count;
    uint8_t part[FRAME_MESSAGE_BYTES];
    size_t part_bytes;
    int file_fd; /* the last that came */
    unsigned files;
    bool closed;
};

static struct fake *control; /* the agent's control connection: fakes[0] */
static struct fake screen;   /* its screen connection: the same key */
static struct watcher watchers[2];

static int start(void **state)
{
    char path[96];
    if (bench_start(state) < 0)
        return -1;
    bench_name_directory(path, sizeof path, 0);
    fake_init(&screen, &bench.loop, path);
    screen.raw = true;
    control = &bench.fakes[0];
    control->capabilities = screen.capabilities = MESSAGE_CAPABILITY_SCREEN;
    for (size_t i = 0; i < 2; i++)
        watchers[i] = (struct watcher){.fd = -1, .file_fd = -1};
    return 0;
}

static void hang_up(struct watcher *watcher)
{
    if (watcher->fd >= 0)
        close(watcher->fd);
    if (watcher->file_fd >= 0)
        close(watcher->file_fd);
    watcher->fd = watcher->file_fd = -1;
}

static int finish(void **state)
{
    hang_up(&watchers[0]);
    hang_up(&watchers[1]);
    fake_finish(&screen);
    return bench_finish(state);
}

/* -- followers -- */

static void follow_with(struct watcher *watcher, const char *target, const char *more)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char request[128];
    hang_up(watcher);
    *watcher = (struct watcher){.file_fd = -1};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control", bench.directory);
    watcher->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(watcher->fd, (struct sockaddr *)&address, sizeof address), 0);
    int size = snprintf(request, sizeof request, "{\"verb\":\"frames\",\"target\":\"%s\"%s}\n",
                        target, more);
    assert_int_equal(send(watcher->fd, request, (size_t)size, MSG_NOSIGNAL), size);
}

static void follow(struct watcher *watcher, const char *target)
{
    follow_with(watcher, target, "");
}

static void follow_small(struct watcher *watcher, const char *target)
{
    follow_with(watcher, target, ",\"thumbnail\":true");
}

static void take_byte(struct watcher *watcher, uint8_t byte)
{
    const char *why = NULL;
    if (!watcher->replied) {
        size_t length = strlen(watcher->reply);
        watcher->replied = byte == '\n';
        if (!watcher->replied && length < sizeof watcher->reply - 1)
            watcher->reply[length] = (char)byte;
        return;
    }
    watcher->part[watcher->part_bytes++] = byte;
    if (watcher->part_bytes < FRAME_MESSAGE_BYTES)
        return;
    watcher->part_bytes = 0;
    assert_in_range(watcher->said_count, 0, SAID_MAX - 1);
    if (!frame_message_decode(watcher->part, FRAME_TO_FOLLOWER,
                              &watcher->said[watcher->said_count++], &why))
        fail_msg("%s", why);
}

static void read_some(struct watcher *watcher)
{
    uint8_t bytes[1024];
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } rights;
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &rights,
                             .msg_controllen = sizeof rights.room};
    ssize_t n = recvmsg(watcher->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    watcher->closed = n == 0;
    struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head && head->cmsg_type == SCM_RIGHTS) {
        if (watcher->file_fd >= 0)
            close(watcher->file_fd);
        memcpy(&watcher->file_fd, CMSG_DATA(head), sizeof watcher->file_fd);
        watcher->files++;
    }
    for (ssize_t i = 0; i < n; i++)
        take_byte(watcher, bytes[i]);
}

/* Whether one of that type is there; takes it out, with all that came before. */
static bool heard(struct watcher *watcher, enum frame_type type, struct frame_message *ret_message)
{
    read_some(watcher);
    for (size_t i = 0; i < watcher->said_count; i++) {
        if (watcher->said[i].type != type)
            continue;
        *ret_message = watcher->said[i];
        watcher->said_count -= i + 1;
        memmove(watcher->said, watcher->said + i + 1,
                watcher->said_count * sizeof watcher->said[0]);
        return true;
    }
    return false;
}

static struct frame_message expect(struct watcher *watcher, enum frame_type type)
{
    struct frame_message message;
    wait_until(&bench.loop, heard(watcher, type, &message));
    return message;
}

static bool heard_state(struct watcher *watcher, const char *text)
{
    struct frame_message message;
    while (heard(watcher, FRAME_STATE, &message))
        if (strcmp(message.text, text) == 0)
            return true;
    return false;
}

static void expect_state(struct watcher *watcher, const char *text)
{
    wait_until(&bench.loop, heard_state(watcher, text));
}

/* The first pixel of the file; all of it must be of that colour. */
static uint32_t colour_of(const struct watcher *watcher)
{
    static uint32_t pixels[WIDTH_PX * HEIGHT_PX];
    struct frame_rectangle all = {0, 0, WIDTH_PX, HEIGHT_PX};
    struct frame_map *map = NULL;
    uint64_t sequence;
    assert_int_equal(frame_map_open(watcher->file_fd, &map), 0);
    assert_int_equal(frame_map_copy(map, &all, pixels, WIDTH_PX * 4, &sequence), 0);
    frame_map_close(map);
    for (size_t i = 0; i < WIDTH_PX * HEIGHT_PX; i++)
        assert_int_equal(pixels[i], pixels[0]);
    return pixels[0];
}

/* -- the agent -- */

static void tell_screen(uint8_t has_screen, const char *reason)
{
    struct message message = {.type = MESSAGE_SCREEN_STATE, .screen_state.has_screen = has_screen};
    snprintf(message.screen_state.reason, sizeof message.screen_state.reason, "%s", reason);
    fake_send(control, &message);
}

/* Target 1 is ready and has a screen. */
static void connect_target(void)
{
    bench_pair(control, "lab");
    bench_connect_ready(control, 1, 0);
    tell_screen(1, "test pattern");
}

static void dial_screen(uint64_t number)
{
    assert_true(fake_dial(&screen, bench_port()));
    fake_hello(&screen, MESSAGE_ROLE_SCREEN, number);
}

static uint32_t answer_open(void)
{
    uint32_t number = fake_expect(control, MESSAGE_SCREEN_OPEN).screen_open.number;
    dial_screen(number);
    fake_expect(&screen, MESSAGE_WELCOME);
    return number;
}

static void order(const char *letters)
{
    assert_int_equal(stream_send(screen.stream, letters, strlen(letters)), 0);
}

static void expect_byte(char byte)
{
    wait_until(&bench.loop, screen.byte_count > 0);
    assert_int_equal(screen.bytes[0], byte);
    memmove(screen.bytes, screen.bytes + 1, --screen.byte_count);
}

/* Watcher 0 looks at target 1, which shows colour 1. */
static void show_picture(void)
{
    connect_target();
    follow(&watchers[0], "lab");
    answer_open();
    expect_byte('L');
    order("pc");
    expect(&watchers[0], FRAME_CURRENT);
}

static pid_t decoder_pid(void)
{
    pid_t found = 0;
    char path[300], line[64];
    struct dirent *entry;
    DIR *directory = opendir("/proc");
    while ((entry = readdir(directory))) {
        int parent = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *stat = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (!stat)
            continue;
        if (fscanf(stat, "%*d (%63[^)]) %*c %d", line, &parent) == 2 && parent == getpid())
            found = (pid_t)atoi(entry->d_name);
        fclose(stat);
    }
    closedir(directory);
    return found;
}

static struct screen_view view_of(uint16_t number)
{
    struct screen_view view;
    assert_true(frames_view(bench.server->frames, number, &view));
    return view;
}

/* -- tests -- */

static void a_picture_comes_when_somebody_looks(void **state)
{
    connect_target();
    for (int i = 0; i < 50; i++)
        turn(&bench.loop);
    assert_false(fake_has(control, MESSAGE_SCREEN_OPEN)); /* nobody looks */
    follow(&watchers[0], "lab");
    answer_open();
    expect_byte('L');
    order("p");
    struct frame_message file = expect(&watchers[0], FRAME_FILE);
    assert_int_equal(file.number, 1);
    struct frame_message size = expect(&watchers[0], FRAME_SIZE);
    assert_int_equal(size.size.width_px, WIDTH_PX);
    assert_int_equal(size.size.height_px, HEIGHT_PX);
    expect_state(&watchers[0], "");
    assert_true(frame_file_is_sealed(watchers[0].file_fd));
    assert_int_equal(colour_of(&watchers[0]), 1);
    assert_non_null(strstr(watchers[0].reply, "\"name\":\"lab\""));

    order("cpub");
    expect(&watchers[0], FRAME_CURRENT);
    struct frame_message damage = expect(&watchers[0], FRAME_DAMAGE);
    assert_int_equal(damage.damage.count, 1);
    assert_int_equal(damage.damage.rectangles[0].width_px, WIDTH_PX);
    expect(&watchers[0], FRAME_CURSOR);
    expect(&watchers[0], FRAME_BELL);
    assert_int_equal(colour_of(&watchers[0]), 2);
    order("v");
    assert_int_equal(expect(&watchers[0], FRAME_MOVE).move.from_y_px, 1);
}

static void a_second_follower_begins_with_what_is_there(void **state)
{
    show_picture();
    order("u");
    expect(&watchers[0], FRAME_CURSOR);
    follow(&watchers[1], "1");
    expect(&watchers[1], FRAME_FILE);
    expect_state(&watchers[1], "");
    expect(&watchers[1], FRAME_SIZE);
    expect(&watchers[1], FRAME_CURSOR);
    expect(&watchers[1], FRAME_CURRENT);
    assert_int_equal(colour_of(&watchers[1]), 1);
    assert_false(fake_has(control, MESSAGE_SCREEN_OPEN));
}

static void a_warm_one_is_looked_at_again_at_once(void **state)
{
    show_picture();
    hang_up(&watchers[0]);
    expect_byte('l');
    assert_int_equal(view_of(1).stage, SCREEN_RUNNING);
    follow(&watchers[0], "lab");
    expect(&watchers[0], FRAME_FILE); /* the last picture, before the target has said anything */
    expect(&watchers[0], FRAME_SIZE);
    assert_int_equal(colour_of(&watchers[0]), 1);
    expect_byte('L');
    struct frame_message message;
    assert_false(heard(&watchers[0], FRAME_CURRENT, &message));
    order("pc");
    expect(&watchers[0], FRAME_CURRENT);
    assert_int_equal(colour_of(&watchers[0]), 2);
    assert_false(fake_has(control, MESSAGE_SCREEN_OPEN));
}

static void who_follows_the_active_one_is_switched_with_it(void **state)
{
    connect_target();
    follow(&watchers[0], "active");
    struct frame_message local = expect(&watchers[0], FRAME_STATE);
    assert_int_equal(local.number, 0);
    assert_string_equal(local.text, "");
    answer_open(); /* it may be seen soon */
    wait_until(&bench.loop, view_of(1).stage == SCREEN_RUNNING);
    assert_int_equal(screen.byte_count, 0); /* nobody looks yet */
    bench_enter(control, 1);
    assert_int_equal(expect(&watchers[0], FRAME_STATE).number, 1);
    expect_byte('L');
    order("pc");
    assert_int_equal(expect(&watchers[0], FRAME_CURRENT).number, 1);
    bench_command(COMMAND_LOCAL, 0);
    assert_int_equal(expect(&watchers[0], FRAME_STATE).number, 0);
    expect_byte('l');
    bench_enter(control, 1);
    assert_int_equal(expect(&watchers[0], FRAME_FILE).number, 1);
    assert_int_equal(expect(&watchers[0], FRAME_SIZE).number, 1);
}

static void why_there_is_none_is_said(void **state)
{
    bench_pair(control, "lab");
    follow(&watchers[0], "lab");
    expect_state(&watchers[0], "no screen: its agent is not connected");
    control->capabilities = 0;
    bench_connect_ready(control, 1, 0);
    expect_state(&watchers[0], "no screen: its agent is of a version without one");
    fake_hang_up(control);
    expect_state(&watchers[0], "no screen: its agent is not connected");
    control->capabilities = MESSAGE_CAPABILITY_SCREEN;
    bench_connect_ready(control, 1, 0);
    expect_state(&watchers[0], "waiting for the picture");
    tell_screen(0, "Wayland session");
    expect_state(&watchers[0], "no screen: Wayland session");
    assert_false(fake_has(control, MESSAGE_SCREEN_OPEN));
    tell_screen(0, "no signal: every monitor is off");
    expect_state(&watchers[0], "no signal: every monitor is off");
    tell_screen(1, "");
    expect_state(&watchers[0], "waiting for the picture");
    answer_open();
}

static int ask_monitor(const char *word, char ret_why[512])
{
    return monitors_command(bench.server, 1, word, ret_why, 512);
}

static bool is_shown(const char *name)
{
    struct agent_view view;
    return targets_view(bench.server->targets, 1, &view) && view.has_shown &&
           strcmp(view.shown, name) == 0;
}

/* Each in turn, then all of them; nothing that it has not, and nothing of an agent that cannot. */
static void another_monitor_is_shown(void **state)
{
    static const struct message two = {
        .type = MESSAGE_GEOMETRY,
        .geometry = {.width_px = 200,
                     .height_px = 100,
                     .monitor_count = 2,
                     .monitors = {{0, 0, 100, 100, "DP-1"}, {100, 0, 100, 100, "HDMI-1"}}}};
    static const char *const ROUND[] = {"DP-1", "HDMI-1", ""};
    char why[512];
    bench_pair(control, "lab");
    bench_connect_ready(control, 1, 0);
    assert_int_equal(ask_monitor("next", why), -EOPNOTSUPP);
    assert_string_equal(why, "lab: its agent is of a version that shows what its agent.conf says");
    fake_hang_up(control);
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_OFFLINE);
    control->capabilities = MESSAGE_CAPABILITY_SCREEN | MESSAGE_CAPABILITY_MONITOR;
    bench_connect_ready(control, 1, 0);
    fake_send(control, &two);
    fake_send(control, &(struct message){.type = MESSAGE_MONITOR});
    wait_until(&bench.loop, is_shown(""));
    for (size_t i = 0; i < sizeof ROUND / sizeof *ROUND; i++) {
        struct message shown;
        assert_int_equal(ask_monitor("next", why), 0);
        shown = fake_expect(control, MESSAGE_MONITOR);
        assert_string_equal(shown.shown.name, ROUND[i]);
        fake_send(control, &shown);
        wait_until(&bench.loop, is_shown(ROUND[i]));
    }
    assert_int_equal(ask_monitor("VGA-1", why), -ENOENT);
    assert_string_equal(why, "lab: it has no monitor VGA-1");
    assert_false(fake_has(control, MESSAGE_MONITOR));
}

static void none_is_let_in_unasked(void **state)
{
    connect_target();
    dial_screen(1);
    assert_int_equal(fake_expect(&screen, MESSAGE_REJECT).end.reason, MESSAGE_REASON_PROTOCOL);
    fake_wait_closed(&screen);
    follow(&watchers[0], "lab");
    uint32_t number = fake_expect(control, MESSAGE_SCREEN_OPEN).screen_open.number;
    dial_screen(number + 1);
    fake_expect(&screen, MESSAGE_REJECT);
    fake_wait_closed(&screen);
    fake_hang_up(control); /* and none without the control connection */
    wait_until(&bench.loop, bench_target_state(1) == SWITCH_OFFLINE);
    dial_screen(number);
    fake_expect(&screen, MESSAGE_REJECT);
    fake_wait_closed(&screen);
}

static void it_ends_with_the_control_connection(void **state)
{
    show_picture();
    fake_hang_up(control);
    fake_wait_closed(&screen);
    expect_state(&watchers[0], "no screen: its agent is not connected");
    wait_until(&bench.loop, decoder_pid() == 0);
}

static void a_second_connection_replaces_the_first(void **state)
{
    struct fake second;
    char path[96];
    show_picture();
    bench_name_directory(path, sizeof path, 0);
    fake_init(&second, &bench.loop, path);
    second.raw = true;
    uint64_t wait_us = clock_now_us() + time_us(TIME_SCREEN_RETRY_MIN) * 2;
    wait_until(&bench.loop, clock_now_us() > wait_us);
    assert_true(fake_dial(&second, bench_port()));
    fake_hello(&second, MESSAGE_ROLE_SCREEN, 1);
    fake_expect(&second, MESSAGE_WELCOME);
    fake_wait_closed(&screen);
    expect(&watchers[0], FRAME_FILE); /* another decoder's */
    wait_until(&bench.loop, second.byte_count > 0);
    assert_int_equal(second.bytes[0], 'L');
    assert_int_equal(stream_send(second.stream, "ppc", 3), 0);
    expect(&watchers[0], FRAME_CURRENT);
    assert_int_equal(colour_of(&watchers[0]), 2);
    assert_int_equal(watchers[0].files, 2);
    fake_finish(&second);
}

/* Who has lost the right to see it may have kept the file: nothing new is in that. */
static void a_file_that_was_given_can_be_given_up(void **state)
{
    show_picture();
    follow(&watchers[1], "lab");
    expect(&watchers[1], FRAME_FILE);
    int kept = dup(watchers[1].file_fd);
    hang_up(&watchers[1]);
    frames_renew(bench.server->frames);
    fake_wait_closed(&screen);
    answer_open();
    expect_byte('L');
    order("ppc");
    expect(&watchers[0], FRAME_CURRENT);
    assert_int_equal(watchers[0].files, 2);
    assert_int_equal(colour_of(&watchers[0]), 2);
    watchers[1].file_fd = kept;
    assert_int_equal(colour_of(&watchers[1]), 1);
    assert_int_equal(view_of(1).faults, 0);
}

static void a_cut_connection_is_asked_for_again(void **state)
{
    show_picture();
    fake_hang_up(&screen);
    assert_int_equal(answer_open(), 2);
    expect_byte('L');
    order("pc");
    expect(&watchers[0], FRAME_CURRENT);
    assert_int_equal(watchers[0].files, 2);
    assert_int_equal(view_of(1).faults, 0);
}

static void expect_fault(const char *letters, const char *text)
{
    order(letters);
    expect_state(&watchers[0], text);
    answer_open(); /* and it is begun anew */
    expect_byte('L');
    order("pc");
    expect(&watchers[0], FRAME_CURRENT);
}

/* Killed, ended, or stopped by itself: the picture says so, and comes again. Its target stays
 * active meanwhile. */
static void a_decoder_that_ends_is_replaced(void **state)
{
    show_picture();
    bench_enter(control, 1);
    expect_fault("x", "decoder stopped: it was ended by signal 9 (Killed)");
    expect_fault("q", "decoder stopped: it ended with status 3");
    expect_fault("s", "decoder stopped: the target sent rubbish");
    kill(decoder_pid(), SIGSYS);
    expect_state(&watchers[0], "decoder stopped: it asked the kernel for what it may not have");
    assert_int_equal(view_of(1).faults, 4);
    assert_int_equal(bench_active(), 1);
    assert_int_equal(bench_target_state(1), SWITCH_READY);
}

/* What a decoder in a target's hands may try against the server. */
static void a_decoder_that_misbehaves_is_killed(void **state)
{
    show_picture();
    expect_fault("d", "decoder stopped: it told of changes outside of its picture");
    expect_fault("m", "decoder stopped: it told of a move outside of its picture");
    expect_fault("r", "decoder stopped: it said twice that it is ready");
    expect_fault("j", "decoder stopped: it sent a message of a wrong size");
    wait_until(&bench.loop, decoder_pid() != 0);
}

static void nobody_else_notices_a_stuck_one(void **state)
{
    static char zeros[60000];
    show_picture();
    bench_pair(&bench.fakes[1], "other");
    bench_connect_ready(&bench.fakes[1], 2, 0);
    memset(zeros, 'a', sizeof zeros);
    order("h");
    /* Its socket is full soon, then the server reads no more, and then the agent cannot send. */
    uint64_t full_us = clock_now_us() + time_us(TIME_TCP_USER);
    while (stream_unsent_bytes(screen.stream) < 500000 && clock_now_us() < full_us) {
        stream_send(screen.stream, zeros, sizeof zeros);
        turn(&bench.loop);
    }
    assert_true(stream_unsent_bytes(screen.stream) >= 500000);
    bench_enter(&bench.fakes[1], 2);
    bench_grab();
    bench_press(KEY_A, 1);
    fake_expect(&bench.fakes[1], MESSAGE_REPORT);
    kill(decoder_pid(), SIGKILL); /* it would be TIME_DECODER_STUCK until then */
    expect_state(&watchers[0], "decoder stopped: it was ended by signal 9 (Killed)");
}

/* One that floods has its damage merged for a follower that does not read, and costs nobody else
 * his turn. */
static void a_flood_is_merged(void **state)
{
    show_picture();
    order("f");
    for (int i = 0; i < 500; i++)
        turn(&bench.loop); /* the follower reads nothing */
    bench_enter(control, 1);
    bench_grab();
    bench_press(KEY_A, 1);
    fake_expect(control, MESSAGE_REPORT);
    order("e");
    wait_until(&bench.loop, (watchers[0].said_count = 0, read_some(&watchers[0]),
                             bench_source_lives(), screen.byte_count > 0));
    order("p");
    expect(&watchers[0], FRAME_DAMAGE);
    assert_false(watchers[0].closed);
}

/* Keys do not stand behind a picture: its bytes come as fast as the link carries them. */
static void keys_overtake_screen_bytes(void **state)
{
    static char zeros[16000];
    unsigned late = 0; /* on a busy machine some are, whatever we do */
    memset(zeros, 'a', sizeof zeros);
    show_picture();
    bench_enter(control, 1);
    bench_grab();
    for (int i = 0; i < 40; i++) {
        while (stream_unsent_bytes(screen.stream) < 600000)
            stream_send(screen.stream, zeros, sizeof zeros);
        uint64_t start_us = clock_now_us();
        bench_press(i % 2 ? KEY_B : KEY_A, i / 2 % 2 == 0);
        struct message report = fake_expect(control, MESSAGE_REPORT);
        uint64_t took_us = clock_now_us() - start_us;
        bench_ack(control, report.report.sequence);
        bench_source_lives();
        late += took_us > time_us(TIME_PEER_SILENT) / 30;
    }
    assert_true(stream_unsent_bytes(screen.stream) > 0); /* the picture was never through */
    assert_in_range(late, 0, 10);
}

static void move(int32_t dx, int32_t dy)
{
    struct link_message message = {.type = LINK_REPORT, .report.time_us = clock_now_us()};
    report_add(&message.report, EV_REL, REL_X, dx);
    report_add(&message.report, EV_REL, REL_Y, dy);
    bench_from_source(message);
}

static void expect_motion(uint16_t type, int32_t x, int32_t y)
{
    struct message report = fake_expect(control, MESSAGE_REPORT);
    assert_int_equal(report.report.report.events[0].type, type);
    assert_int_equal(report.report.report.events[0].value, x);
    assert_int_equal(report.report.report.events[1].type, type);
    assert_int_equal(report.report.report.events[1].value, y);
}

/* The agent is sent the place that those who draw the picture are told. */
static void the_pointer_is_where_all_see_it(void **state)
{
    connect_target();
    bench_enter(control, 1);
    bench_grab();
    move(3, 4);
    expect_motion(EV_REL, 3, 4); /* nobody looks */
    follow(&watchers[0], "active");
    answer_open();
    order("pc");
    expect(&watchers[0], FRAME_CURRENT);
    fake_send(control, &(struct message){.type = MESSAGE_POINTER, .pointer = {100, 200}});
    struct frame_pointer pointer = expect(&watchers[0], FRAME_POINTER).pointer;
    assert_int_equal(pointer.x_px, 100);
    assert_int_equal(pointer.y_px, 200);
    assert_true(pointer.warped);
    uint64_t settled_us = clock_now_us() + 2 * time_us(TIME_POINTER_SETTLED);
    wait_until(&bench.loop, (bench_source_lives(), clock_now_us() > settled_us));
    move(3, -4);
    expect_motion(EV_ABS, 103, 196); /* a screen of 1920x1080: fake_agent.h */
    pointer = expect(&watchers[0], FRAME_POINTER).pointer;
    assert_int_equal(pointer.x_px, 103);
    assert_int_equal(pointer.y_px, 196);
    assert_false(pointer.warped);
    follow(&watchers[1], "active"); /* begins with where it is */
    pointer = expect(&watchers[1], FRAME_POINTER).pointer;
    assert_int_equal(pointer.x_px, 103);
    hang_up(&watchers[0]);
    hang_up(&watchers[1]);
    wait_until(&bench.loop, (bench_source_lives(), frames_viewers(bench.server->frames) == 0));
    move(3, 4);
    expect_motion(EV_REL, 3, 4);
}

/* Its agent is told how before each connection, once its hello said that it takes that. */
static void a_wish_comes_before_the_connection(void **state)
{
    struct config_section *scale = &bench.server->options.scale;
    scale->entries[scale->count++] = (struct config_entry){.key = "lab", .text = "0.5"};
    control->capabilities |= MESSAGE_CAPABILITY_WISHES;
    connect_target();
    follow(&watchers[0], "lab");
    struct message_screen_wish wish = fake_expect(control, MESSAGE_SCREEN_WISH).screen_wish;
    assert_int_equal(wish.scale_permille, 500);
    assert_int_equal(wish.quality, MESSAGE_QUALITY_AUTO);
    answer_open();
    struct agent_view view;
    fake_send(control, &(struct message){.type = MESSAGE_SCREEN_FIGURES,
                                         .screen_figures = {.updates = 7, .p99_us = 5}});
    wait_until(&bench.loop, targets_view(bench.server->targets, 1, &view) && view.has_figures);
    assert_int_equal(view.figures.updates, 7);
}

/* One that does not know wishes is told none, and may tell no figures. */
static void an_older_agent_is_told_no_wish(void **state)
{
    struct config_section *scale = &bench.server->options.scale;
    scale->entries[scale->count++] = (struct config_entry){.key = "lab", .text = "0.5"};
    connect_target();
    follow(&watchers[0], "lab");
    answer_open(); /* the first message since */
    fake_send(control, &(struct message){.type = MESSAGE_SCREEN_FIGURES});
    assert_int_equal(fake_expect(control, MESSAGE_BYE).end.reason, MESSAGE_REASON_PROTOCOL);
}

static void it_may_not_look_longer_than_it_is_followed(void **state)
{
    show_picture();
    follow(&watchers[1], "lab");
    expect(&watchers[1], FRAME_CURRENT);
    hang_up(&watchers[0]);
    for (int i = 0; i < 50; i++)
        turn(&bench.loop);
    assert_int_equal(screen.byte_count, 0); /* one still looks */
    hang_up(&watchers[1]);
    expect_byte('l');
}

/* The caller closes it. */
static int ask(const char *request)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control", bench.directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
    return fd;
}

static void a_picture_goes_on_under_another_number(void **state)
{
    show_picture();
    pid_t decoder = decoder_pid();
    unsigned files = watchers[0].files;
    int fd = ask("{\"verb\":\"order\",\"target\":\"lab\",\"number\":9}\n");
    assert_int_equal(expect(&watchers[0], FRAME_FILE).number, 9);
    assert_int_equal(expect(&watchers[0], FRAME_SIZE).number, 9);
    assert_int_equal(expect(&watchers[0], FRAME_CURRENT).number, 9);
    assert_int_equal(watchers[0].files, files + 1);
    order("p");
    assert_int_equal(expect(&watchers[0], FRAME_DAMAGE).number, 9);
    assert_int_equal(decoder_pid(), decoder);
    assert_false(watchers[0].closed);
    close(fd);
}

static void a_forgotten_target_has_no_picture(void **state)
{
    show_picture();
    int fd = ask("{\"verb\":\"forget\",\"target\":\"lab\"}\n");
    wait_until(&bench.loop, (read_some(&watchers[0]), watchers[0].closed));
    fake_wait_closed(&screen);
    wait_until(&bench.loop, decoder_pid() == 0);
    close(fd);
}

static unsigned count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* Connections, decoders, files and followers leave nothing behind: 15 of them, or 200. */
/* Whether one of that type came so far, among those that were not looked at. */
static bool has_heard(struct watcher *watcher, enum frame_type type)
{
    read_some(watcher);
    for (size_t i = 0; i < watcher->said_count; i++)
        if (watcher->said[i].type == type)
            return true;
    return false;
}

static void thumbnails_alone_are_asked_for(void **state)
{
    screen.capabilities |= MESSAGE_CAPABILITY_THUMBNAILS;
    connect_target();
    follow_small(&watchers[0], "lab");
    answer_open();
    expect_byte('t');
    order("n");
    expect(&watchers[0], FRAME_FILE);
    struct frame_message told = expect(&watchers[0], FRAME_THUMBNAIL);
    assert_int_equal(told.number, 1);
    assert_int_equal(told.size.width_px, 48);
    order("ub");
    follow(&watchers[1], "lab"); /* now somebody looks at the picture itself */
    expect_byte('L');
    order("pc");
    expect(&watchers[1], FRAME_CURRENT);
    expect(&watchers[0], FRAME_SIZE);
    order("p");
    expect(&watchers[1], FRAME_DAMAGE);
    expect(&watchers[0], FRAME_DAMAGE);
    assert_false(has_heard(&watchers[0], FRAME_CURSOR));
    assert_false(has_heard(&watchers[0], FRAME_BELL));
    hang_up(&watchers[1]);
    expect_byte('t');
    order("n");
    expect(&watchers[0], FRAME_THUMBNAIL);
    hang_up(&watchers[0]);
    expect_byte('l');
}

static void who_looks_at_the_picture_hears_of_no_thumbnail(void **state)
{
    show_picture();
    follow_small(&watchers[1], "lab");
    expect(&watchers[1], FRAME_SIZE); /* it makes its own of that */
    order("npb");
    expect(&watchers[0], FRAME_BELL);
    assert_false(has_heard(&watchers[0], FRAME_THUMBNAIL));
    hang_up(&watchers[1]);
    for (int i = 0; i < 50; i++)
        turn(&bench.loop);
    assert_int_equal(screen.byte_count, 0);
}

static void changes_of_the_picture_are_told_small_at_times(void **state)
{
    show_picture();
    follow_small(&watchers[1], "lab");
    expect(&watchers[1], FRAME_SIZE);
    for (int i = 0; i < 50; i++) {
        order("p");
        expect(&watchers[0], FRAME_DAMAGE);
    }
    expect(&watchers[1], FRAME_DAMAGE);
    unsigned count = 1;
    struct frame_message more;
    while (heard(&watchers[1], FRAME_DAMAGE, &more))
        count++;
    assert_in_range(count, 1, 25);
}

static void an_old_agent_is_looked_at_now_and_then(void **state)
{
    connect_target();
    follow_small(&watchers[0], "lab");
    answer_open();
    for (int i = 0; i < 2; i++) {
        expect_byte('L');
        order("pc");
        expect_byte('l');
    }
    expect(&watchers[0], FRAME_SIZE);
    expect_byte('L'); /* it rests for a second */
    follow(&watchers[1], "lab");
    expect_byte('L');
    order("pc");
    expect(&watchers[1], FRAME_CURRENT);
    for (int i = 0; i < 50; i++)
        turn(&bench.loop);
    assert_int_equal(screen.byte_count,
                     0); /* it does not look away from who looks at the picture */
}

static void all_are_followed_by_one_connection(void **state)
{
    screen.capabilities |= MESSAGE_CAPABILITY_THUMBNAILS;
    follow_small(&watchers[0], "all");
    wait_until(&bench.loop, (read_some(&watchers[0]), watchers[0].replied));
    assert_non_null(strstr(watchers[0].reply, "\"name\":\"all\""));
    connect_target(); /* paired after it was asked */
    answer_open();
    expect_byte('t');
    order("n");
    assert_int_equal(expect(&watchers[0], FRAME_THUMBNAIL).number, 1);
    int fd = ask("{\"verb\":\"order\",\"target\":\"lab\",\"number\":9}\n");
    while (expect(&watchers[0], FRAME_THUMBNAIL).number != 9) {
        /* of before */
    }
    close(fd);
    fd = ask("{\"verb\":\"forget\",\"target\":\"lab\"}\n");
    fake_wait_closed(control);
    close(fd);
    for (int i = 0; i < 50; i++)
        turn(&bench.loop);
    read_some(&watchers[0]);
    assert_false(watchers[0].closed);
    follow_with(&watchers[1], "active", ",\"thumbnail\":true");
    wait_until(&bench.loop, (read_some(&watchers[1]), watchers[1].replied));
    assert_non_null(strstr(watchers[1].reply, "bad-request"));
}

static void nothing_is_left_behind(void **state)
{
    const char *is_long = getenv("HOTDESK_LONG");
    const int rounds = is_long && strcmp(is_long, "1") == 0 ? 200 : 15;
    connect_target();
    unsigned before = 0;
    for (int i = 0; i < rounds; i++) {
        follow(&watchers[0], "lab");
        answer_open();
        expect_byte('L');
        order("pc");
        expect(&watchers[0], FRAME_CURRENT);
        hang_up(&watchers[0]);
        expect_byte('l');
        frames_renew(bench.server->frames); /* no pause: it is no fault */
        fake_wait_closed(&screen);
        wait_until(&bench.loop, view_of(1).stage == SCREEN_IDLE && decoder_pid() == 0);
        tell_screen(1, "test pattern"); /* it is alive */
        for (int j = 0; j < 20; j++)
            turn(&bench.loop);
        if (i == 1)
            before = count_descriptors();
    }
    assert_int_equal(count_descriptors(), before);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, finish)

/* An argument chooses tests by their names, with * and ?. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_picture_comes_when_somebody_looks),
        TEST(a_second_follower_begins_with_what_is_there),
        TEST(a_warm_one_is_looked_at_again_at_once),
        TEST(who_follows_the_active_one_is_switched_with_it),
        TEST(why_there_is_none_is_said),
        TEST(another_monitor_is_shown),
        TEST(none_is_let_in_unasked),
        TEST(it_ends_with_the_control_connection),
        TEST(a_second_connection_replaces_the_first),
        TEST(a_file_that_was_given_can_be_given_up),
        TEST(a_cut_connection_is_asked_for_again),
        TEST(a_decoder_that_ends_is_replaced),
        TEST(a_decoder_that_misbehaves_is_killed),
        TEST(nobody_else_notices_a_stuck_one),
        TEST(a_flood_is_merged),
        TEST(keys_overtake_screen_bytes),
        TEST(the_pointer_is_where_all_see_it),
        TEST(a_wish_comes_before_the_connection),
        TEST(an_older_agent_is_told_no_wish),
        TEST(it_may_not_look_longer_than_it_is_followed),
        TEST(a_picture_goes_on_under_another_number),
        TEST(a_forgotten_target_has_no_picture),
        TEST(thumbnails_alone_are_asked_for),
        TEST(who_looks_at_the_picture_hears_of_no_thumbnail),
        TEST(changes_of_the_picture_are_told_small_at_times),
        TEST(an_old_agent_is_looked_at_now_and_then),
        TEST(all_are_followed_by_one_connection),
        TEST(nothing_is_left_behind),
    };
    times_read_factor();
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_LEVEL_ERROR);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
