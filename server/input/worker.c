#include "server/input/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/times.h"
#include "server/hotkey/grab.h"
#include "server/input/devices.h"
#include "server/input/peer.h"
#include "server/input/priority.h"
#include "server/input/pulse.h"
#include "server/input/reload.h"

#define LOG_MODULE "input"

static const int end_signals[] = {SIGTERM, SIGINT};

#define END_SIGNALS (sizeof end_signals / sizeof *end_signals)

struct worker {
    const struct worker_plan *plan;
    uv_loop_t loop;
    uv_timer_t heartbeat;
    uv_timer_t deadline;
    uv_prepare_t prepare;
    uv_signal_t signals[END_SIGNALS];
    uv_signal_t reload_signal;
    struct pulse pulse;
    enum pulse_kind pulse_kind;
    bool counting; /* of each device, for who watches */
    struct grab grab;
    struct devices *devices;
    struct peer *peer;
};

static void on_heartbeat(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    if (!pulse_beat(&worker->pulse, worker->pulse_kind))
        uv_stop(&worker->loop); /* no watchdog, no grab */
    devices_tell(worker->devices, false);
    devices_tell_counts(worker->devices);
}

static void set_pulse(struct worker *worker, enum pulse_kind kind)
{
    if (worker->pulse_kind == kind)
        return;
    worker->pulse_kind = kind;
    uint64_t period_ms = pulse_period_ms(kind);
    uv_timer_start(&worker->heartbeat, on_heartbeat, period_ms, period_ms);
    if (!pulse_beat(&worker->pulse, kind))
        uv_stop(&worker->loop);
}

static int op_take(void *context)
{
    struct worker *worker = context;
    set_pulse(worker, PULSE_ALERT); /* first: taking may hang, too */
    int result = devices_take(worker->devices);
    if (result < 0)
        log_warning("cannot grab any device: %s", strerror(-result));
    else
        log_debug("devices grabbed");
    return result;
}

static void op_give(void *context, const struct grab_key *typed, size_t count)
{
    struct worker *worker = context;
    devices_give(worker->devices, typed, count);
    log_debug("devices given back, %zu keys typed for the desktop", count);
}

static bool op_send(void *context, const struct link_message *message)
{
    struct worker *worker = context;
    return worker->peer && peer_send(worker->peer, message);
}

static void op_show_locks(void *context, uint8_t locks)
{
    struct worker *worker = context;
    devices_show_locks(worker->devices, locks);
}

static const struct grab_ops grab_ops = {
    .take = op_take, .give = op_give, .send = op_send, .show_locks = op_show_locks};

static void on_before_read(void *context)
{
    struct worker *worker = context;
    if (worker->peer)
        peer_receive(worker->peer);
}

static void on_report(void *context, const struct report *report)
{
    struct worker *worker = context;
    grab_report(&worker->grab, report, clock_now_us());
}

static bool on_device(void *context, const struct link_device *device, bool gone)
{
    struct link_message message = {.type = gone ? LINK_DEVICE_GONE : LINK_DEVICE,
                                   .device = *device};
    return op_send(context, &message);
}

static void on_counts(void *context, const struct link_counts *counts)
{
    op_send(context, &(struct link_message){.type = LINK_DEVICE_COUNTS, .counts = *counts});
}

static void on_lost(void *context)
{
    struct worker *worker = context;
    log_warning("the grabbed devices are gone");
    grab_lost(&worker->grab, LINK_UNGRAB_FAILED, clock_now_us());
}

static const struct devices_handlers devices_handlers = {.before_read = on_before_read,
                                                         .report = on_report,
                                                         .device = on_device,
                                                         .counts = on_counts,
                                                         .lost = on_lost};

static void on_connected(void *context)
{
    struct worker *worker = context;
    log_info("hotdesk-server is there");
    grab_connected(&worker->grab, clock_now_us());
    devices_tell(worker->devices, true);
}

/* What was pressed before the devices are given back is not the desktop's: it must not be
 * overtaken. */
static void read_backlog(struct worker *worker)
{
    if (grab_is_grabbed(&worker->grab))
        devices_read_all(worker->devices);
}

static void reload_now(struct worker *worker)
{
    struct link_message message = {.type = LINK_RELOADED};
    reload_read(worker->plan->reload, &message.reloaded);
    if (message.reloaded.error[0])
        log_error("the configuration stays as it was: %s", message.reloaded.error);
    else
        log_info("the configuration was read again: %s%s",
                 message.reloaded.changed[0] ? "changed: " : "as it was", message.reloaded.changed);
    op_send(worker, &message);
}

static void on_reload_signal(uv_signal_t *signal, int number)
{
    reload_now(signal->data);
}

/* What was read again counts when no key can come to harm. */
static void take_reloaded(struct worker *worker)
{
    struct reload *reload = worker->plan->reload;
    if (grab_is_idle(&worker->grab) && reload_take_hotkeys(reload))
        grab_rules_changed(&worker->grab);
    if (!grab_is_grabbed(&worker->grab) && reload_take_devices(reload))
        devices_rules_changed(worker->devices);
}

/* Told with the heartbeats: those of a worker that holds devices are as frequent as people want it.
 */
static void count(struct worker *worker, bool counting)
{
    worker->counting = counting;
    devices_count(worker->devices, counting);
}

static void on_message(void *context, const struct link_message *message)
{
    struct worker *worker = context;
    if (message->type == LINK_RELOAD) {
        reload_now(worker);
        return;
    }
    if (message->type == LINK_COUNT_DEVICES) {
        count(worker, message->counting);
        return;
    }
    if (message->type == LINK_UNGRAB)
        read_backlog(worker);
    grab_message(&worker->grab, message, clock_now_us());
}

static void on_closed(void *context)
{
    struct worker *worker = context;
    log_info("hotdesk-server is gone: this computer has its devices");
    count(worker, false);
    read_backlog(worker);
    grab_disconnected(&worker->grab, clock_now_us());
    if (!worker->plan->listening)
        uv_stop(&worker->loop);
}

static const struct peer_handlers peer_handlers = {
    .connected = on_connected, .message = on_message, .closed = on_closed};

static void on_signal(uv_signal_t *signal, int number)
{
    struct worker *worker = signal->data;
    log_debug("ending by signal %d", number);
    uv_stop(&worker->loop);
}

static void on_deadline(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    on_before_read(worker); /* a server that has spoken is not silent */
    read_backlog(worker);
    uint64_t now_us = clock_now_us();
    devices_tick(worker->devices, now_us);
    if (grab_deadline_us(&worker->grab) <= now_us)
        grab_tick(&worker->grab, now_us);
}

/* Before each wait of the loop: whatever happened in this turn, the next deadline is right. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct worker *worker = prepare->data;
    devices_deliver(worker->devices);
    take_reloaded(worker);
    set_pulse(worker,
              grab_is_grabbed(&worker->grab) || worker->counting ? PULSE_ALERT : PULSE_IDLE);
    uint64_t at_us = grab_deadline_us(&worker->grab);
    uint64_t devices_us = devices_deadline_us(worker->devices);
    if (devices_us < at_us)
        at_us = devices_us;
    if (at_us == UINT64_MAX) {
        uv_timer_stop(&worker->deadline);
        return;
    }
    uint64_t now_us = clock_now_us();
    uv_update_time(&worker->loop);
    uv_timer_start(&worker->deadline, on_deadline,
                   at_us > now_us ? (at_us - now_us + 999) / 1000 : 0, 0);
}

static void handles_start(struct worker *worker)
{
    uv_timer_init(&worker->loop, &worker->heartbeat);
    uv_timer_init(&worker->loop, &worker->deadline);
    uv_prepare_init(&worker->loop, &worker->prepare);
    worker->heartbeat.data = worker->deadline.data = worker->prepare.data = worker;
    uv_timer_start(&worker->heartbeat, on_heartbeat, 0, pulse_period_ms(PULSE_IDLE));
    uv_prepare_start(&worker->prepare, on_prepare);
    uv_signal_init(&worker->loop, &worker->reload_signal);
    worker->reload_signal.data = worker;
    uv_signal_start(&worker->reload_signal, on_reload_signal, SIGHUP);
    for (size_t i = 0; i < END_SIGNALS; i++) {
        uv_signal_init(&worker->loop, &worker->signals[i]);
        worker->signals[i].data = worker;
        uv_signal_start(&worker->signals[i], on_signal, end_signals[i]);
    }
}

static void handle_close(uv_handle_t *handle, void *context)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* First what matters: the devices. */
static void worker_end(struct worker *worker)
{
    if (worker->devices) {
        read_backlog(worker);
        grab_disconnected(&worker->grab, clock_now_us());
    }
    /* To close a grabbed or watched node takes the kernel a while. */
    pulse_beat(&worker->pulse, worker->pulse_kind);
    worker->devices = devices_destroy(worker->devices);
    worker->peer = peer_destroy(worker->peer);
    uv_walk(&worker->loop, handle_close, NULL);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    uv_loop_close(&worker->loop);
}

static int worker_start(struct worker *worker, int heartbeat_fd)
{
    const struct worker_plan *plan = worker->plan;
    int result = pulse_start(&worker->pulse, heartbeat_fd);
    if (result == 0)
        result = uv_loop_init(&worker->loop);
    if (result < 0)
        return result;
    struct reload *reload = plan->reload;
    grab_init(&worker->grab, &reload->rules, &grab_ops, worker);
    result = devices_create(&worker->loop, &reload->values.devices, &reload->sent_keys,
                            &devices_handlers, worker, &worker->devices);
    if (result == 0)
        result = peer_create(&worker->loop, plan->link_fd, plan->listening, plan->allowed,
                             &peer_handlers, worker, &worker->peer);
    if (result < 0) {
        worker_end(worker);
        return result;
    }
    handles_start(worker);
    if (!plan->listening)
        on_connected(worker);
    return 0;
}

int worker_run(void *context, int heartbeat_fd)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return EXIT_FAILURE;
    worker->plan = context;
    reload_read(worker->plan->reload, &(struct link_reloaded){0}); /* as the one before had it */
    int result = worker_start(worker, heartbeat_fd);
    if (result == 0) {
        priority_apply(PRIORITY_WORKER); /* not before: to look for devices may take a while */
        uv_run(&worker->loop, UV_RUN_DEFAULT);
        worker_end(worker);
    } else {
        log_error("cannot start: %s", strerror(-result));
    }
    free(worker);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
