#include "server/cli/trouble.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"

static void tell_by_hand(const struct destination *destination, int ssh_port)
{
    fprintf(stderr, "; try 'ssh ");
    if (ssh_port)
        fprintf(stderr, "-p %d ", ssh_port);
    fprintf(stderr, "%s' by hand\n", destination->ssh);
}

static void tell_last_words(const struct destination *destination, const struct ssh *ssh)
{
    if (*ssh_last_words(ssh))
        fprintf(stderr, "hotdesk: the last that %s said: %s\n", destination->host,
                ssh_last_words(ssh));
}

static void explain_failure_of_ssh(const struct destination *destination, int ssh_port)
{
    fprintf(stderr, "hotdesk: ssh could not do it: what it said is above");
    tell_by_hand(destination, ssh_port);
    if (!ssh_can_ask())
        fprintf(stderr,
                "hotdesk: there is no terminal here on which ssh could ask for a password or "
                "about an unknown host: run it on one, or let ssh have a key\n");
}

static void explain_exit(const struct destination *destination, const struct ssh *ssh, int status)
{
    const char *host = destination->host;
    tell_last_words(destination, ssh);
    if (status == 127 || status == 126)
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
        fprintf(stderr,
                "hotdesk: %s did not answer as hotdesk-agent does (exit status %d): may this user "
                "log in there, and is hotdesk-agent installed?\n",
                host, status);
}

static void explain_silence(const struct destination *destination, int ssh_port,
                            const struct ssh *ssh, bool met)
{
    fprintf(stderr, "hotdesk: %s does not go on (waited %llu s)", destination->host,
            (unsigned long long)time_ms(TIME_ADD_STEP) / 1000);
    if (met) {
        fprintf(stderr, "\n");
        return;
    }
    fprintf(stderr, ": its sshd hangs, or what a login runs there (~/.bashrc) waits");
    tell_by_hand(destination, ssh_port);
    tell_last_words(destination, ssh);
}

void trouble_explain(const struct destination *destination, int ssh_port, struct ssh *ssh, bool met,
                     int error)
{
    const char *host = destination->host;
    const int status = error == -EPIPE && !met ? ssh_exit_status(ssh) : 0;
    if (error == -EINTR)
        fprintf(stderr, "\nhotdesk: interrupted\n");
    else if (error == -ETIMEDOUT)
        explain_silence(destination, ssh_port, ssh, met);
    else if (error == -EMSGSIZE)
        fprintf(stderr, "hotdesk: what answers on %s is not hotdesk-agent\n", host);
    else if (error != -EPIPE)
        fprintf(stderr, "hotdesk: ssh: %s\n", strerror(-error));
    else if (met)
        fprintf(stderr, "hotdesk: the connection to %s ended in the middle\n", host);
    else if (status < 0)
        fprintf(stderr, "hotdesk: the ssh to %s was killed\n", host);
    else if (status == 255)
        explain_failure_of_ssh(destination, ssh_port);
    else
        explain_exit(destination, ssh, status);
}
