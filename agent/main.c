/* hotdesk-agent: types on this computer what the console's keyboard and mouse say. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "agent/commands.h"
#include "agent/join.h"
#include "agent/options.h"
#include "common/log.h"
#include "common/times.h"

/* libvncserver brings GnuTLS, for listeners that we do not have. It would set itself up in every
 * process, at two thirds of a megabyte; it asks this function (gnutls.h, GNUTLS_SKIP_GLOBAL_INIT),
 * which meson.build lets it see. */
int _gnutls_global_init_skip(void);

int _gnutls_global_init_skip(void)
{
    return 1;
}

/* Its memory has the machine's private key: nobody may look in, and no core dump keeps it. */
static void main_harden(void)
{
    const struct rlimit no_core = {0, 0};

    setrlimit(RLIMIT_CORE, &no_core);
#ifndef __SANITIZE_ADDRESS__ /* whose leak checker looks at us from a thread of its own */
    prctl(PR_SET_DUMPABLE, 0);
#endif
    umask(077);
    signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
    struct command_line line;

    times_read_factor();
    main_harden();
    int status = options_read(argc, argv, &line);
    if (status)
        return status;
    log_init("hotdesk-agent", (enum log_level)line.options.log_level);
    switch (line.verb) {
    case VERB_RUN:
        return command_run(&line);
    case VERB_PAIR:
        return command_pair(&line);
    case VERB_JOIN:
        return command_join();
    case VERB_FORGET:
        return command_forget();
    case VERB_STATUS:
        return command_status();
    case VERB_PAUSE:
        return command_pause();
    case VERB_RESUME:
        return command_resume();
    case VERB_PRINT_CONFIG:
        options_print_config(&line.options, stdout);
        return EXIT_SUCCESS;
    case VERB_DONE:
        break;
    }
    return EXIT_SUCCESS;
}
