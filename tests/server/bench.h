/* hotdesk-server whole but for its main in one loop with scripted agents: the bench of the tests
 * that speak to it over real TLS. A test's setup is bench_start, its teardown bench_finish. */
#pragma once

#include "server/net/server.h"
#include "tests/server/fake_agent.h"

#define BENCH_FAKES 6

struct bench {
    char directory[64]; /* all state */
    uv_loop_t loop;
    struct server *server;
    struct fake fakes[BENCH_FAKES]; /* each with a key of its own */
    uint32_t grab_number;
};

extern struct bench bench;

int bench_start(void **state);
int bench_finish(void **state);
void bench_start_server(void);
void bench_name_directory(char *ret_path, size_t room_bytes, int which); /* of a fake's key */

uint16_t bench_port(void);
/* `name` or NULL. */
struct code bench_new_code(const char *name);
/* The whole pairing; what the server answered. */
struct message bench_pair(struct fake *fake, const char *name);
enum switch_state bench_target_state(uint16_t number);
void bench_connect_ready(struct fake *fake, uint16_t number, uint64_t control_number);

void bench_command(enum command_type type, uint16_t number);
uint16_t bench_active(void);
/* Switches to it; answers enter. Returns the control number. */
uint64_t bench_enter(struct fake *fake, uint16_t number);

void bench_from_source(struct link_message message);
void bench_grab(void); /* a keyboard that has grabbed */
/* It answers pings. False, to stand in a condition. */
bool bench_source_lives(void);
void bench_press(uint16_t code, int32_t value);
void bench_ack(struct fake *fake, uint32_t sequence);
