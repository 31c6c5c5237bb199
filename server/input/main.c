/* hotdesk-input: this computer's keyboards and mice, and nothing else (docs/architecture.md). */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/times.h"
#include "server/input/list.h"
#include "server/input/reload.h"
#include "server/input/sent_keys.h"
#include "server/input/service.h"
#include "server/input/settings.h"
#include "server/input/watchdog.h"
#include "server/input/worker.h"

#define LOG_MODULE "input"
#define EXIT_USAGE 2

/* Typed keys pass through this memory: no core file, no debugger of the same user. A descriptor
 * that another process gets hold of would keep a grab alive. */
static void harden(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prctl(PR_SET_DUMPABLE, 0);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    unlink(path);
    mode_t mask = umask(0177);
    int result = bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4) < 0
                     ? -errno
                     : fd;
    umask(mask);
    if (result < 0)
        close(fd);
    return result;
}

/* Whoever started us gave it to us; nobody gets it from us. */
static int inherited(int fd)
{
    int type = 0;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof type}) < 0)
        return -errno;
    return type == SOCK_SEQPACKET ? fd : -EPROTOTYPE;
}

static int find_link(const struct settings *settings, struct worker_plan *plan)
{
    plan->listening = settings->link_fd < 0;
    if (settings->link_fd >= 0)
        plan->link_fd = inherited(settings->link_fd);
    else if (settings->listen_path)
        plan->link_fd = listen_at(settings->listen_path);
    else
        plan->link_fd = service_listening_fd();
    if (plan->link_fd < 0 && settings->link_fd >= 0)
        log_error("--link-fd %d: %s", settings->link_fd, strerror(-plan->link_fd));
    else if (plan->link_fd == -ENOENT && !settings->listen_path)
        log_error("nobody to talk to: hotdesk-server starts this program, or use --listen "
                  "(see hotdesk-input --help)");
    else if (plan->link_fd < 0)
        log_error("cannot listen for hotdesk-server: %s", strerror(-plan->link_fd));
    return plan->link_fd < 0 ? plan->link_fd : 0;
}

static int find_user(const char *name, uid_t *ret_uid)
{
    *ret_uid = geteuid();
    if (!name)
        return 0;
    const struct passwd *user = getpwnam(name);
    if (!user) {
        log_error("--server-user: there is no user %s", name);
        return -ENOENT;
    }
    *ret_uid = user->pw_uid;
    return 0;
}

static int run(const struct settings *settings, const struct settings_values *values)
{
    harden();
    struct reload reload;
    reload_init(&reload, settings, values);
    struct worker_plan plan = {.reload = &reload};
    if (find_user(settings->server_user, &plan.allowed) < 0 || find_link(settings, &plan) < 0)
        return EXIT_USAGE;
    int status = watchdog_run(worker_run, &plan);
    close(plan.link_fd);
    if (settings->listen_path)
        unlink(settings->listen_path);
    return status;
}

static int list(const struct settings_values *values)
{
    struct keyset sent;
    sent_keys_parse(values->send_keys, &sent);
    int result = list_print(&values->devices, &sent, stdout);
    if (result < 0)
        fprintf(stderr, "hotdesk-input: cannot look for devices: %s\n", strerror(-result));
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    times_read_factor();
    log_init("hotdesk-input", LOG_LEVEL_INFO);
    struct settings settings;
    struct settings_values values;
    char error[ERROR_ROOM];
    if (settings_parse(argc, argv, &settings, error) < 0) {
        fprintf(stderr, "hotdesk-input: %s\n", error);
        return EXIT_USAGE;
    }
    if (settings.action == SETTINGS_HELP) {
        settings_print_help(stdout);
        return EXIT_SUCCESS;
    }
    if (settings.action == SETTINGS_VERSION) {
        puts("hotdesk-input " HOTDESK_VERSION);
        return EXIT_SUCCESS;
    }
    if (settings_load(&settings, &values, error) < 0) {
        fprintf(stderr, "hotdesk-input: %s\n", error);
        return EXIT_USAGE;
    }
    if (settings.action == SETTINGS_LIST)
        return list(&values);
    log_init("hotdesk-input", settings_log_level(&values));
    if (settings.action == SETTINGS_PRINT_CONFIG)
        settings_print_config(&values, stdout);
    if (settings.action == SETTINGS_CHECK_CONFIG)
        settings_print_warnings(&settings, &values, stderr);
    if (settings.action != SETTINGS_RUN)
        return EXIT_SUCCESS;
    return run(&settings, &values);
}
