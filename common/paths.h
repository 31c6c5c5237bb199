/*
 * Where files live. Each directory: the variable that systemd sets (CONFIGURATION_DIRECTORY,
 * STATE_DIRECTORY, RUNTIME_DIRECTORY), else for root /etc/hotdesk, /var/lib/hotdesk, /run/hotdesk,
 * else $XDG_CONFIG_HOME/hotdesk, $XDG_STATE_HOME/hotdesk, $XDG_RUNTIME_DIR/hotdesk with their usual
 * defaults (without XDG_RUNTIME_DIR: /tmp/hotdesk-UID, made 0700 and checked to be ours).
 */
#pragma once

#include <limits.h>
#include <stddef.h>

enum paths_kind { PATHS_CONFIG, PATHS_STATE, PATHS_RUNTIME };

/* `leaf` is a file in the directory, or NULL for the directory itself. 0 or -errno. */
int paths_get(enum paths_kind kind, const char *leaf, char *ret_path, size_t room_bytes);

/* Makes the directory and its parents 0700 where missing. */
int paths_make_dir(const char *path);

/* Writes a file whole or not at all: a temporary file beside it, 0600, fsync, rename. */
int paths_write_file(const char *path, const void *bytes, size_t size_bytes);

/* Reads a whole file of at most `limit_bytes`; the caller frees *ret_text, which ends in NUL. */
int paths_read_file(const char *path, size_t limit_bytes, char **ret_text, size_t *ret_size_bytes);

/* The control socket that a client uses: the user's own server if there is one, else the system's
 * (/run/hotdesk/control). */
int paths_control_socket(char *ret_path, size_t room_bytes);
