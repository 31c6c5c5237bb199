/*
 * Preloaded into a program of a test: at SIGUSR2 it is in a busy loop for as long as the file that
 * SPIN_FILE tells (/tmp/spin) is there. The program itself knows nothing of it.
 */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static const char *while_file = "/tmp/spin";

static void spin(int number)
{
    while (access(while_file, F_OK) == 0)
        continue;
}

__attribute__((constructor)) static void install(void)
{
    if (getenv("SPIN_FILE"))
        while_file = getenv("SPIN_FILE");
    sigaction(SIGUSR2, &(struct sigaction){.sa_handler = spin, .sa_flags = SA_RESTART}, NULL);
}
