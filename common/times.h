/*
 * Every time that hotdesk waits for or gives, in one table. Tests on slow machines (a kernel in
 * software emulation, sanitizers) stretch all of them by one factor, set once at start from the
 * environment variable HOTDESK_TIME_FACTOR (1..16); nothing else may.
 */
#pragma once

#include <stdint.h>

/* id, milliseconds, what for */
#define TIMES_TABLE(X)                                                                             \
    X(TIME_LEADER_TAP, 400, "from the first press of a leader to the second")                      \
    X(TIME_LEADER_WAIT, 2000, "a complete leader waits for its sequence")                          \
    X(TIME_LEADER_DIGIT, 600, "a first digit waits for a second")                                  \
    X(TIME_GIVE_WAIT, 500, "the ungrab waits for the keys to come up")                             \
    X(TIME_NET_PING, 100, "pings of hotdesk-server to a source that has grabbed")                  \
    X(TIME_NET_SILENT, 500, "silence of hotdesk-server, or of a source, that ends a grab")         \
    X(TIME_FLASH, 120, "each half of a flash of the lock LEDs")                                    \
    X(TIME_LED_WRITE, 50, "between two writes of LEDs to a device")                                \
    X(TIME_REMAPPER, 1000, "after a virtual keyboard came or went: who holds which device")        \
    X(TIME_WATCHDOG, 2000, "hotdesk-input without a heartbeat is killed")                          \
    X(TIME_HEARTBEAT, 250, "heartbeats of hotdesk-input")                                          \
    X(TIME_WATCHDOG_WINDOW, 60000, "in which hotdesk-input is started again 3 times at most")      \
    X(TIME_ENTERED, 500, "an agent answers enter")                                                 \
    X(TIME_REFUSED_SWALLOW, 700, "keys after a refused switch are swallowed")                      \
    X(TIME_REPORT_OLD, 1000, "an older report is not sent: the link is cut")                       \
    X(TIME_QUEUE, 1000, "keys wait for a slow link; then it is cut")                               \
    X(TIME_CONGESTED_SLACK, 20, "an acknowledgement later than twice the round trip plus this")    \
    X(TIME_STALLED, 250, "the same, plus this: keys wait too")                                     \
    X(TIME_PING_ACTIVE, 1000, "pings to the active target")                                        \
    X(TIME_PING_IDLE, 10000, "pings to the other targets")                                         \
    X(TIME_PEER_SILENT, 3000, "silence of the active peer that ends the connection")               \
    X(TIME_IDLE_SILENT, 25000, "silence of another peer that ends the connection")                 \
    X(TIME_NEWS, 50, "between two changes of a target's state or locks that are told on")          \
    X(TIME_TCP_USER, 10000, "TCP_USER_TIMEOUT")                                                    \
    X(TIME_KEEP_DOWN, 100, "while a key is down its connection carries something this often")      \
    X(TIME_DOWN_SILENT, 400, "silence after which an agent lifts keys that are no modifiers")      \
    X(TIME_TLS, 3000, "a TLS handshake")                                                           \
    X(TIME_HELLO, 5000, "TCP accept to hello, in all")                                             \
    X(TIME_DIAL, 5000, "an agent waits for a TCP connection")                                      \
    X(TIME_DIAL_MIN, 200, "first pause of an agent before it dials again")                         \
    X(TIME_DIAL_MAX, 10000, "longest pause of an agent before it dials again")                     \
    X(TIME_CODE_VALID, 600000, "a pairing code is valid")                                          \
    X(TIME_REPLACED_WINDOW, 10000, "three replacements of one key's connection: two machines")     \
    X(TIME_CLONED, 60000, "both are refused for this long then")                                   \
    X(TIME_WHEEL, 1000, "a part of a wheel notch is kept")                                         \
    X(TIME_LOCK_COMES, 5000,                                                                       \
      "from logind's request to lock until somebody says that it is locked")                       \
    X(TIME_LOCKER_GONE, 10000, "the report of a viewer that has gone still counts")                \
    X(TIME_SLEEP_LEAVE, 100, "sleep is held up for the targets' leave to be sent")                 \
    X(TIME_BUS_RETRY, 5000, "a message bus is tried again that is not there")                      \
    X(TIME_ACTIVITY, 10000, "between two events that tell of use of a remote")                     \
    X(TIME_IDLE_INHIBIT, 60000, "after use of a remote the console's screen is kept on")           \
    X(TIME_LOCKER_GRABS, 1000, "between two looks whether a locker's window has the keyboard")     \
    X(TIME_VIEWER_RETRY, 500, "a window tries a server that is not there again")                   \
    X(TIME_NOTICE, 5000, "a window shows a refusal in its title")

enum time_id {
#define X(id, ms, what) id,
    TIMES_TABLE(X)
#undef X
        TIME_COUNT
};

uint64_t time_us(enum time_id id); /* with the factor */
uint64_t time_ms(enum time_id id);
void times_read_factor(void); /* from the environment; first thing in each main */
