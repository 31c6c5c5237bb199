/*
 * The one server that this computer is paired with: STATE/agent/server.json, 0600.
 *
 *   {"host": "desk", "port": 24810, "fingerprint": "SHA256:...", "server": "desk", "name": "lab3"}
 */
#pragma once

#include <stdbool.h>

#include "common/dial.h"
#include "common/identity.h"
#include "protocol/message.h"

#define PIN_FILE "server.json"

struct pin {
    struct endpoint endpoint;
    struct fingerprint fingerprint;
    char server_name[MESSAGE_NAME_ROOM];
    char target_name[MESSAGE_NAME_ROOM]; /* what the server calls this computer */
};

/* `directory` is STATE/agent. 0; -ENOENT: not paired; else -errno with a sentence in ret_error. */
int pin_load(const char *directory, struct pin *ret_pin, char ret_error[ERROR_ROOM]);
int pin_save(const char *directory, const struct pin *pin, char ret_error[ERROR_ROOM]);
/* 0; -ENOENT: there was none; else -errno with a sentence. */
int pin_remove(const char *directory, char ret_error[ERROR_ROOM]);

/* Same server, at the same place. */
bool pin_equal(const struct pin *a, const struct pin *b);
