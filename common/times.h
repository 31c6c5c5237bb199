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
    X(TIME_LEADER_HELD, 300, "a leader held for so long opens the switcher")                       \
    X(TIME_LEADER_WAIT, 2000, "a complete leader waits for its sequence")                          \
    X(TIME_LEADER_DIGIT, 600, "a first digit waits for a second")                                  \
    X(TIME_GIVE_WAIT, 500, "the ungrab waits for the keys to come up")                             \
    X(TIME_NET_PING, 100, "pings of hotdesk-server to a source that has grabbed")                  \
    X(TIME_NET_SILENT, 500, "silence of hotdesk-server, or of a source, that ends a grab")         \
    X(TIME_FLASH, 120, "each half of a flash of the lock LEDs")                                    \
    X(TIME_LED_WRITE, 50, "between two writes of LEDs to a device")                                \
    X(TIME_REMAPPER, 1000, "after a virtual keyboard came or went: who holds which device")        \
    X(TIME_HELD, 1000, "between two looks whether another program still holds a device")           \
    X(TIME_WATCHDOG, 2000, "hotdesk-input without a heartbeat is killed, while it holds devices")  \
    X(TIME_WATCHDOG_IDLE, 4000, "the same while it holds none")                                    \
    X(TIME_REALTIME, 200, "hotdesk-input that is real-time runs this long without a wait: killed") \
    X(TIME_HEARTBEAT, 250, "heartbeats of hotdesk-input while it holds devices")                   \
    X(TIME_HEARTBEAT_IDLE, 1000, "the same while it holds none")                                   \
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
    X(TIME_DIAL_AWAY, 2000, "the same for a server that did not answer the last time")             \
    X(TIME_DIAL_MIN, 200, "first pause of an agent before it dials again")                         \
    X(TIME_DIAL_MAX, 10000, "longest pause of an agent before it dials again")                     \
    X(TIME_DIAL_PACE, 1000, "from one dial of such a server to the next, at least")                \
    X(TIME_AWAY, 43200000, "such a server may come back at any moment; then pauses grow")          \
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
    X(TIME_SCREEN_DIALED, 10000, "an agent that was asked for a screen connection dials it")       \
    X(TIME_SCREEN_PACE, 50, "from one agent that is asked so to the next, where many are")         \
    X(TIME_SCREEN_RETRY_MIN, 200, "first pause after a picture that ended, before the next")       \
    X(TIME_SCREEN_RETRY_MAX, 10000, "longest pause after a picture that ended")                    \
    X(TIME_SCREEN_LASTED, 10000, "a picture that lived longer was a good one")                     \
    X(TIME_DECODER_READY, 5000, "a decoder is ready after its start, and dead after its end")      \
    X(TIME_DECODER_STUCK, 10000,                                                                   \
      "a decoder that takes no byte of its target is killed, after two")                           \
    X(TIME_DECODER_REST, 4, "a decoder that says a lot waits, after each 64 messages")             \
    X(TIME_POINTER_WARPS, 1000, "three warps of a target's pointer in it: counts travel")          \
    X(TIME_POINTER_QUIET, 2000, "the mouse rests: places travel again")                            \
    X(TIME_POINTER_LOOK, 16, "after motion an agent looks where its pointer is")                   \
    X(TIME_POINTER_SETTLED, 100, "after counts, until the place that an agent tells is believed")  \
    X(TIME_VNC_HELLO, 10000, "a VNC client shows that it may be here")                             \
    X(TIME_VNC_PICTURE, 3000, "a VNC client that has waits for the picture at most")               \
    X(TIME_VNC_QUIET, 5000, "VNC clients type nothing and hold nothing: the target is left")       \
    X(TIME_VNC_SILENT, 5000, "a hotdesk-vnc whose clients type answers, else it is killed")        \
    X(TIME_SCREENSHOT, 10000, "`hotdesk screenshot` waits for the picture")                        \
    X(TIME_VIEWER_RETRY, 500, "a window tries a server that is not there again")                   \
    X(TIME_DECODE_HELLO, 4000, "an RFB handshake with a decoder")                                  \
    X(TIME_DECODE_WRITE, 3000, "a target takes what its decoder says")                             \
    X(TIME_DECODE_CPU, 5000, "of the processor, for one update")                                   \
    X(TIME_SCREEN_RETRY, 1000, "an agent tries a screen again that is not there")                  \
    X(TIME_VISIT_REST, 5000,                                                                       \
      "a console that left is still shown as being there: it may come right back")                 \
    X(TIME_SCRIPT_STROKE, 8, "from one combination of a script's keys to the next")                \
    X(TIME_SCRIPT_WAIT, 2500, "a script waits for keys that somebody holds down there")            \
    X(TIME_SCRIPT_ANSWER, 6000, "an agent answers a script, or its link is cut")                   \
    X(TIME_PAUSE, 3000, "`hotdesk-agent pause` waits for the agent that runs")                     \
    X(TIME_SCREEN_COUNT, 1000, "an agent counts what it sends while somebody looks")               \
    X(TIME_THUMBNAIL, 1000, "between two thumbnails of a screen")                                  \
    X(TIME_SWEEP, 3000, "a screen that is looked at is compared as a whole")                       \
    X(TIME_SWEEP_BLIND, 100, "the same where nothing tells what changed (no DAMAGE)")              \
    X(TIME_RELOAD, 3000, "the server waits for hotdesk-input to read its configuration again")     \
    X(TIME_NOTICE, 5000, "a window shows a refusal in its title")                                  \
    X(TIME_GRID_PAINT, 33, "between two looks of a window with several targets at what is new")    \
    X(TIME_OSD_SWITCH, 1500, "a window shows where a switch went, over the picture")               \
    X(TIME_OSD_FADE, 240, "and fades it")                                                          \
    X(TIME_OSD_FIGURES, 1000, "a window asks how the target's link does")                          \
    X(TIME_OSD_SLOW, 2000, "a link is slow before a window says so")                               \
    X(TIME_OSD_WELL, 3000, "it is well again before that goes")                                    \
    X(TIME_OSD_STATE, 300, "a picture is away before a window says why, over it")                  \
    X(TIME_SERVICE, 20000, "`hotdesk-agent join` waits for systemctl")                             \
    X(TIME_ADD_STEP, 30000, "`hotdesk add` waits for each step of the other side")                 \
    X(TIME_ADD_CONNECTED, 15000, "`hotdesk add` waits for its target to connect")                  \
    X(TIME_ADD_READY, 3000, "and to be ready, once it is connected")

enum time_id {
#define X(id, ms, what) id,
    TIMES_TABLE(X)
#undef X
        TIME_COUNT
};

uint64_t time_us(enum time_id id); /* with the factor */
uint64_t time_ms(enum time_id id);
void times_read_factor(void); /* from the environment; first thing in each main */
