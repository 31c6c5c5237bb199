#include "server/cli/trouble.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"

static void explain_exit(const struct destination *destination, int status)
{
    const char *host = destination->host;
    if (status == 255)
        fprintf(stderr,
                "hotdesk: ssh could not do it: what it said is above; try 'ssh %s' by hand\n",
                destination->ssh);
    else if (status == 127 || status == 126)
        fprintf(stderr,
                "hotdesk: there is no hotdesk-agent on %s, or not in the PATH of its ssh: install "
                "it there (in a checkout of hotdesk: 'sudo ./dev install'), then run this again\n",
                host);
    else if (status == 2)
        fprintf(stderr,
                "hotdesk: hotdesk-agent on %s is too old for 'hotdesk add': install this version "
                "there, or pair with 'hotdesk pair'\n",
                host);
    else
        fprintf(stderr, "hotdesk: %s did not answer as hotdesk-agent does (exit status %d)\n", host,
                status);
}

void trouble_explain(const struct destination *destination, struct ssh *ssh, bool met, int error)
{
    const char *host = destination->host;
    if (error == -EINTR)
        fprintf(stderr, "\nhotdesk: interrupted\n");
    else if (error == -ETIMEDOUT)
        fprintf(stderr, "hotdesk: %s does not go on (waited %llu s)\n", host,
                (unsigned long long)time_ms(TIME_ADD_STEP) / 1000);
    else if (error == -EMSGSIZE)
        fprintf(stderr, "hotdesk: what answers on %s is not hotdesk-agent\n", host);
    else if (error != -EPIPE)
        fprintf(stderr, "hotdesk: ssh: %s\n", strerror(-error));
    else if (met)
        fprintf(stderr, "hotdesk: the connection to %s ended in the middle\n", host);
    else
        explain_exit(destination, ssh_exit_status(ssh));
}
