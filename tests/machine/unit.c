/*
 * Runs a program as systemd does from a unit, where there is no systemd: as a user with no
 * capability, with a listening socket if it wants one, and again a second after it has ended.
 *
 *     unit UID GROUP[,GROUP...] [PATH OWNER] -- PROGRAM [ARGUMENT...]
 *
 * All numbers. PATH is a SOCK_SEQPACKET socket of OWNER's, mode 0600 (systemd.socket(5),
 * sd_listen_fds(3)). Linked statically into a small initramfs.
 */
#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS_MAX  8
#define LISTEN_FD   3 /* SD_LISTEN_FDS_START */
#define RESTART_SEC 1

struct unit {
    uid_t user;
    gid_t groups[GROUPS_MAX];
    size_t group_count;
    int socket; /* -1: none */
    char **program;
};

static void die(const char *what)
{
    fprintf(stderr, "unit: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static int listen_at(const char *path, uid_t owner)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    unlink(path);
    umask(0177);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4) < 0 ||
        chown(path, owner, owner) < 0)
        die(path);
    umask(077);
    return fd;
}

static void parse_groups(struct unit *unit, char *text)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word && unit->group_count < GROUPS_MAX;
         word = strtok_r(NULL, ",", &rest))
        unit->groups[unit->group_count++] = (gid_t)atoi(word);
}

static void become(const struct unit *unit)
{
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    if (unit->socket >= 0) {
        if (dup2(unit->socket, LISTEN_FD) < 0) /* without FD_CLOEXEC */
            die("dup2");
        setenv("LISTEN_FDS", "1", 1);
        setenv("LISTEN_PID", pid, 1);
    }
    if (setgroups(unit->group_count, unit->groups) < 0 || setgid(unit->groups[0]) < 0 ||
        setuid(unit->user) < 0)
        die("cannot become that user");
    execvp(unit->program[0], unit->program);
    die(unit->program[0]);
}

int main(int argc, char **argv)
{
    struct unit unit = {.socket = -1};
    bool has_socket = argc > 6 && strcmp(argv[5], "--") == 0;
    if (!has_socket && (argc < 5 || strcmp(argv[3], "--") != 0)) {
        fprintf(stderr, "usage: unit UID GROUP[,GROUP...] [PATH OWNER] -- PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    unit.user = (uid_t)atoi(argv[1]);
    parse_groups(&unit, argv[2]);
    unit.program = argv + (has_socket ? 6 : 4);
    if (has_socket) {
        unit.socket = listen_at(argv[3], (uid_t)atoi(argv[4]));
        if (unit.socket == LISTEN_FD) /* dup2 would leave FD_CLOEXEC */
            unit.socket = dup(unit.socket);
    }
    for (;;) {
        pid_t child = fork();
        if (child == 0)
            become(&unit);
        if (child < 0 || waitpid(child, NULL, 0) < 0)
            die("fork");
        sleep(RESTART_SEC);
    }
}
