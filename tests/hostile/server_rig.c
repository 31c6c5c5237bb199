#include "tests/hostile/server_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/paths.h"
#include "protocol/cursor.h"
#include "server/net/console.h"

#define START_US     3600000000
#define TURN_US      1000
#define TICK_MOST_US 200000
#define COMERS_MAX   1024

struct rig rig;

static struct {
    char directory[64], list[96];
    uv_timer_cb tick;
} place;

/* Who came, by descriptor: a stranger may have to wait before his handshake. */
static struct {
    unsigned agent, key;
} comers[COMERS_MAX];

/* --- what the server says to an agent --- */

static void check_end(struct rig_agent *agent, const struct message *message)
{
    if (!message->end.reason || !message->end.text[0])
        abort(); /* a refusal without a reason */
    agent->said_bye = true;
    snprintf(rig.reason, sizeof rig.reason, "%s", message->end.text);
}

static bool is_paired(const struct rig_agent *agent)
{
    return registry_by_key(rig.server->registry, stream_peer(agent->stream)) != NULL;
}

static void check_report(const struct rig_agent *agent, const struct message_report *report)
{
    if (!agent->active || report->control_number != agent->control_number)
        abort(); /* typed where nobody is */
}

static void check_message(struct rig_agent *agent, const struct message *message)
{
    switch (message->type) {
    case MESSAGE_REJECT:
    case MESSAGE_BYE:
        check_end(agent, message);
        break;
    case MESSAGE_WELCOME:
        if (!is_paired(agent))
            abort(); /* a stranger is let in */
        break;
    case MESSAGE_PAIRED:
        if (!agent->proved)
            abort(); /* without the code */
        break;
    case MESSAGE_ENTER:
        if (message->enter.control_number <= agent->control_number || !is_paired(agent))
            abort();
        agent->control_number = message->enter.control_number;
        agent->active = true;
        break;
    case MESSAGE_LEAVE:
        if (!agent->active || message->leave.control_number != agent->control_number)
            abort();
        agent->active = false;
        break;
    case MESSAGE_REPORT:
        check_report(agent, &message->report);
        break;
    default:
        break;
    }
}

static void on_sent(void *context, const uint8_t *bytes, size_t size_bytes)
{
    struct rig_agent *agent = context;
    size_t used = 0;
    const char *why = NULL;

    if (agent->said_bye)
        abort(); /* anything after the last word */
    for (size_t at = 0; at < size_bytes && !agent->is_raw; at += used) {
        struct message message;
        if (message_decode(bytes + at, size_bytes - at, MESSAGE_TO_AGENT, &message, &used, &why) !=
            MESSAGE_OK)
            abort();
        check_message(agent, &message);
    }
}

static void on_closed(void *context)
{
    struct rig_agent *agent = context;

    agent->active = false;
}

static const struct memory_watcher watcher = {.sent = on_sent, .closed = on_closed};

/* --- a server --- */

static struct fingerprint key_of(unsigned key)
{
    struct fingerprint fingerprint;

    memset(&fingerprint, (int)(key + 1), sizeof fingerprint);
    return fingerprint;
}

static struct rig_agent *free_slot(unsigned at)
{
    for (; at < RIG_AGENTS + RIG_OTHERS; at = at < RIG_AGENTS ? RIG_AGENTS : at + 1)
        if (!rig.agents[at].stream || !memory_is_open(rig.agents[at].stream))
            return &rig.agents[at];
    abort(); /* more wait than may */
}

static void *on_made(struct stream *stream, int fd, struct fingerprint *ret_peer)
{
    struct rig_agent *agent = free_slot(comers[fd].agent);

    memory_free(agent->stream);
    *agent = (struct rig_agent){.stream = stream, .key = comers[fd].key};
    *ret_peer = key_of(agent->key);
    return agent;
}

static void write_list(void)
{
    FILE *file = fopen(place.list, "w");

    if (!file)
        abort();
    fprintf(file, "{\"version\": 1, \"targets\": [");
    for (unsigned key = 0; key < RIG_PAIRED; key++) {
        const struct fingerprint fingerprint = key_of(key);
        char text[FINGERPRINT_TEXT_ROOM];
        fingerprint_format(&fingerprint, text);
        fprintf(file,
                "%s{\"number\": %u, \"name\": \"lab%u\", \"fingerprint\": \"%s\", \"address\": "
                "\"192.0.2.7\", \"paired\": 1}",
                key ? ", " : "", key + 1, key + 1, text);
    }
    fprintf(file, "]}");
    if (fclose(file) != 0)
        abort();
}

static void remove_place(void)
{
    static const char *const leaves[] = {"server/targets.json", "server/key.pem", "server/cert.pem",
                                         "server/identity.pem", "control",        "server"};
    char path[128];

    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
        snprintf(path, sizeof path, "%s/%s", place.directory, leaves[i]);
        remove(path);
    }
    rmdir(place.directory);
}

static void make_place(void)
{
    const bool has_memory = access("/dev/shm", W_OK) == 0;
    char path[96];

    snprintf(place.directory, sizeof place.directory, "%s/hotdesk-fuzz.XXXXXX",
             has_memory ? "/dev/shm" : "/tmp");
    if (!mkdtemp(place.directory))
        abort();
    setenv("STATE_DIRECTORY", place.directory, 1);
    setenv("RUNTIME_DIRECTORY", place.directory, 1);
    snprintf(path, sizeof path, "%s/server", place.directory);
    if (paths_make_dir(path) < 0)
        abort();
    snprintf(place.list, sizeof place.list, "%s/server/targets.json", place.directory);
    log_init("fuzz", LOG_LEVEL_ERROR);
    atexit(remove_place);
}

void rig_start(void)
{
    static struct server_options options;
    char error[ERROR_ROOM];

    if (!place.directory[0])
        make_place();
    memset(&rig, 0, sizeof rig);
    for (int i = 0; i < RIG_CLIENTS; i++)
        rig.clients[i] = -1;
    memory_set_time(START_US);
    memory_watch(&watcher, on_made);
    write_list();
    config_defaults(server_option_table, server_option_count, &options);
    options.port = 0;
    options.seat[0] = '\0';
    snprintf(options.listen, sizeof options.listen, "127.0.0.1");
    snprintf(options.input, sizeof options.input, "none");
    snprintf(options.name, sizeof options.name, "desk");
    snprintf(options.decoder, sizeof options.decoder, "/nonexistent");
    if (uv_loop_init(&rig.loop) != 0 || server_create(&rig.loop, &options, &rig.server, error) < 0)
        abort();
    rig_turn();
    place.tick = rig.server->tick->timer_cb;
}

void rig_finish(void)
{
    for (int i = 0; i < RIG_CLIENTS; i++)
        if (rig.clients[i] >= 0)
            close(rig.clients[i]);
    rig.server = server_destroy(rig.server);
    if (uv_loop_close(&rig.loop) != 0)
        abort(); /* a handle is left open */
    for (int i = 0; i < RIG_AGENTS + RIG_OTHERS; i++) {
        if (rig.agents[i].stream && memory_is_open(rig.agents[i].stream))
            abort(); /* a connection is left */
        memory_free(rig.agents[i].stream);
    }
}

/* --- what happens --- */

static void shake_hands(void)
{
    for (int i = 0; i < RIG_AGENTS + RIG_OTHERS; i++)
        if (rig.agents[i].stream)
            memory_shake_hands(rig.agents[i].stream);
}

void rig_turn(void)
{
    memory_pass(TURN_US);
    shake_hands();
    uv_run(&rig.loop, UV_RUN_NOWAIT);
    if (guests_count(rig.server->guests) > GUESTS_MAX ||
        registry_count(rig.server->registry) > REGISTRY_TARGETS_MAX)
        abort();
}

void rig_pass(uint64_t us)
{
    while (us > 0) {
        const uint64_t piece_us = us < TICK_MOST_US ? us : TICK_MOST_US;
        memory_pass(piece_us);
        us -= piece_us;
        place.tick(rig.server->tick);
        guests_tick(rig.server->guests, clock_now_us());
        rig_turn();
    }
}

void rig_connect(unsigned at, unsigned key)
{
    struct rig_agent *agent = &rig.agents[at % RIG_AGENTS];
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000207u + at)};
    struct sockaddr_storage address = {0};

    if (agent->stream && memory_is_open(agent->stream))
        return;
    const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0 || fd >= COMERS_MAX)
        abort();
    comers[fd].agent = at % RIG_AGENTS;
    comers[fd].key = key % RIG_KEYS;
    memcpy(&address, &four, sizeof four);
    guests_add(rig.server->guests, fd, &address, clock_now_us());
    shake_hands();
}

void rig_receive(unsigned at, const uint8_t *bytes, size_t size_bytes)
{
    struct rig_agent *agent = &rig.agents[at % RIG_AGENTS];

    if (agent->stream)
        memory_receive(agent->stream, bytes, size_bytes);
}

void rig_send(unsigned at, const struct message *message)
{
    uint8_t frame[MESSAGE_FRAME_MAX];

    rig_receive(at, frame, message_encode(message, frame, sizeof frame));
}

void rig_hang_up(unsigned at, bool orderly)
{
    struct rig_agent *agent = &rig.agents[at % RIG_AGENTS];

    if (agent->stream)
        memory_end(agent->stream, orderly ? STREAM_END_CLOSED : STREAM_END_RESET);
}

void rig_hello(unsigned at, enum message_role role, uint64_t number)
{
    rig_send(at, &(struct message){.type = MESSAGE_HELLO,
                                   .hello = {.version_min = MESSAGE_VERSION_MIN,
                                             .version_max = MESSAGE_VERSION_MAX,
                                             .role = (uint8_t)role,
                                             .capabilities = MESSAGE_CAPABILITY_SCREEN,
                                             .control_number = number,
                                             .name = "lab"}});
}

void rig_make_ready(unsigned at)
{
    rig_hello(at, MESSAGE_ROLE_CONTROL, 0);
    rig_send(at, &(struct message){.type = MESSAGE_GEOMETRY,
                                   .geometry = {.width_px = 1920, .height_px = 1080}});
    rig_send(at, &(struct message){.type = MESSAGE_STATE,
                                   .state = {.ready = MESSAGE_READY_YES, .injector = "record"}});
}

void rig_make_code(void)
{
    char text[CODE_TEXT_ROOM], error[ERROR_ROOM];
    uint32_t id;

    pairing_add(&rig.server->pairing, NULL, clock_now_us(), &id, text);
    server_update_listening(rig.server, error);
}

void rig_prove(unsigned at)
{
    struct rig_agent *agent = &rig.agents[at % RIG_AGENTS];
    struct message message = {.type = MESSAGE_PAIR_PROOF};
    uint8_t exporter[32];

    for (int i = 0; i < PAIRING_CODES_MAX && agent->stream; i++) {
        const struct pairing_code *code = &rig.server->pairing.codes[i];
        if (!code->id)
            continue;
        stream_export(agent->stream, "", exporter);
        code_proof(&code->code, "agent", exporter, stream_peer(agent->stream),
                   identity_fingerprint(rig.server->identity), message.pair_proof.proof);
        agent->proved = true;
        rig_send(at, &message);
        return;
    }
}

void rig_from_source(const struct link_message *message)
{
    desk_source_message(&rig.server->desk, DESK_EVDEV, message, clock_now_us());
}

void rig_client_connect(unsigned at)
{
    int *fd = &rig.clients[at % RIG_CLIENTS];
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (*fd >= 0)
        close(*fd);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control", place.directory);
    if (*fd < 0 || connect(*fd, (struct sockaddr *)&address, sizeof address) < 0)
        abort();
    rig_turn();
}

/* What is answered is read and thrown away: one that does not read is another test's. */
void rig_client_say(unsigned at, const uint8_t *bytes, size_t size_bytes)
{
    const int fd = rig.clients[at % RIG_CLIENTS];
    char answer[4096];

    if (fd < 0)
        return;
    for (size_t sent = 0; sent < size_bytes;) {
        ssize_t count = send(fd, bytes + sent, size_bytes - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count <= 0)
            break;
        sent += (size_t)count;
        rig_turn();
        rig_turn();
        while (recv(fd, answer, sizeof answer, MSG_DONTWAIT) > 0)
            ;
    }
}
