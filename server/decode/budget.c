#include "server/decode/budget.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/times.h"
#include "protocol/frame.h"

struct budget {
    timer_t timer;
};

/* All that a signal handler can use: made before, and never changed. */
static uint8_t last_words[FRAME_MESSAGE_BYTES];
static int last_words_fd = -1;

static void on_signal(int number)
{
    send(last_words_fd, last_words, sizeof last_words, MSG_NOSIGNAL | MSG_DONTWAIT);
    _exit(EXIT_FAILURE);
}

int budget_create(int message_fd, struct budget **ret_budget)
{
    const struct frame_message message = {
        .type = FRAME_STOPPED, .text = "an update took too much of the processor's time"};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGXCPU};
    struct sigaction action = {.sa_handler = on_signal};
    struct budget *budget = calloc(1, sizeof *budget);

    if (!budget)
        return -ENOMEM;
    if (sigaction(SIGXCPU, &action, NULL) < 0 ||
        timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &budget->timer) < 0) {
        int result = -errno;
        free(budget);
        return result;
    }
    frame_message_encode(&message, last_words);
    last_words_fd = message_fd;
    *ret_budget = budget;
    return 0;
}

struct budget *budget_destroy(struct budget *budget)
{
    if (budget)
        timer_delete(budget->timer);
    free(budget);
    return NULL;
}

static void set(struct budget *budget, uint64_t time_us)
{
    const struct itimerspec when = {.it_value = {.tv_sec = (time_t)(time_us / 1000000),
                                                 .tv_nsec = (long)(time_us % 1000000) * 1000}};
    if (budget)
        timer_settime(budget->timer, 0, &when, NULL);
}

void budget_begin(struct budget *budget)
{
    set(budget, time_us(TIME_DECODE_CPU));
}

void budget_end(struct budget *budget)
{
    set(budget, 0);
}
