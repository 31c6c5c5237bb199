/*
 * Every bound on what somebody else can make us keep, do or say, in one table: strangers, agents,
 * consoles, clients of the control socket, a decoder, files. In the lowest folder, since all use
 * them. How long each may take is in common/times.h. docs/security.md has the same table, with what
 * happens beyond each and which test reaches it; a test compares the two.
 *
 * _ROOM elsewhere is the size of an array, with its NUL: one more than the text that it holds.
 */
#pragma once

/* id, value, of what */
#define LIMITS_TABLE(X)                                                                            \
    /* who has not said yet who it is */                                                           \
    X(GUESTS_MAX, 32, "connections that have not said who they are")                               \
    X(GUESTS_PER_ADDRESS, 4, "of them from one IPv4 address, or one /64 of IPv6")                  \
    X(GUESTS_A_SECOND, 20, "handshakes a second of strangers; as many of targets' addresses")      \
    X(GUESTS_WAITING_MAX, 32, "strangers that wait for the turn of their handshake")               \
    X(LISTENER_BACKLOG, 64, "connections that the kernel keeps until they are accepted")           \
    X(IDENTITY_CERTIFICATE_MAX, 2048, "bytes of a certificate")                                    \
    X(PAIRING_CODES_MAX, 3, "pairing codes that are valid at a time")                              \
    X(LOG_STRANGERS_A_MINUTE, 30, "log lines a minute about strangers, of each kind")              \
    X(REFUSALS_LOGGED_A_MINUTE, 20, "log lines a minute about refused verbs")                      \
    /* an agent, or the server as an agent sees it */                                              \
    X(MESSAGE_BODY_MAX, 1024, "bytes of a message's body")                                         \
    X(MESSAGE_NAME_MAX, 64, "bytes of a name from a peer")                                         \
    X(MESSAGE_REASON_MAX, 160, "bytes of a sentence from a peer")                                  \
    X(MESSAGE_MONITORS_MAX, 8, "monitors of a target")                                             \
    X(REPORT_EVENTS_MAX, 64, "events of a report")                                                 \
    X(SCRIPT_KEYS_MAX, 8, "keys of a script that are pressed together")                            \
    X(SCRIPT_TEXT_MAX, 200, "bytes of a script's text in one message")                             \
    X(REGISTRY_TARGETS_MAX, 256, "paired targets")                                                 \
    X(REPLACEMENTS_MAX, 3, "connections of one key that replace each other: two machines")         \
    X(OUTBOX_WAITING_MAX, 256, "reports that wait for a target")                                   \
    X(OUTBOX_ON_WAY_MAX, 1024, "reports on their way whose acknowledgement is awaited")            \
    X(CHANNEL_UNSENT_MAX_BYTES, 256 << 10, "unsent to one agent")                                  \
    X(STREAM_RECEIVE_MAX, 32 << 10, "received from one peer and not yet used")                     \
    X(STREAM_TURN_MAX_BYTES, 64 << 10, "received from one peer in a turn of the loop")             \
    X(AGENT_UNSENT_MAX_BYTES, 64 << 10, "unsent to the server")                                    \
    X(PAIR_UNSENT_MAX_BYTES, 16 << 10, "the same on a pairing connection")                         \
    /* a screen connection: what an agent keeps of a console, and the console of an agent */       \
    X(SCREENS_WARM_MAX, 16, "screen connections that are kept while nobody looks")                 \
    X(REQUEST_ENCODINGS_MAX, 256, "encodings that a console lists")                                \
    X(CUT_TEXT_MAX_BYTES, 1 << 20, "a clipboard's text, which is read and dropped")                \
    X(FENCE_MAX_BYTES, 64, "a Fence's bytes")                                                      \
    X(FLOW_UPDATES_MAX, 16, "updates on their way to a console")                                   \
    X(SCREEN_WAY_MAX_BYTES, 3 << 20, "bytes on their way to a console")                            \
    X(SCREEN_UNSENT_MAX_BYTES, 64 << 20, "unsent to a console")                                    \
    X(PUMP_UNSENT_MAX_BYTES, 64 << 10, "of a decoder's bytes unsent to its agent")                 \
    X(FRAME_PIXELS_MAX, 64 << 20, "pixels of a picture")                                           \
    X(FRAME_SIDE_MAX_PX, 65535, "pixels of a picture's side")                                      \
    X(FRAME_CURSOR_SIDE_PX, 256, "pixels of a pointer's side")                                     \
    X(THUMBNAIL_WIDTH_MAX_PX, 480, "pixels of a thumbnail's width")                                \
    X(THUMBNAIL_HEIGHT_MAX_PX, 300, "pixels of a thumbnail's height")                              \
    X(THUMBNAIL_JPEG_MAX_BYTES, 1 << 20, "of a thumbnail's JPEG")                                  \
    X(FRAME_RECTANGLES_MAX, 24, "rectangles in one message of a decoder")                          \
    X(DESKTOP_NAME_MAX_BYTES, 64 << 10, "a desktop's name in RFB, which is dropped")               \
    X(RFB_REASON_MAX_BYTES, 90, "bytes of a refusal in RFB that are shown")                        \
    X(DECODER_MEMORY_MAX_BYTES, 674 << 20, "a decoder's address space")                            \
    X(DECODER_MESSAGES_A_TURN, 64, "messages of a decoder in a turn of the loop")                  \
    /* a VNC client of a target's port, and the hotdesk-vnc that serves it */                      \
    X(VNC_CLIENTS_MAX, 8, "VNC clients of a target")                                               \
    X(VNC_STRANGERS_MAX, 4, "of them such that have not shown yet that they may be here")          \
    X(VNC_RECEIVE_MAX_BYTES, 8 << 10, "received from a VNC client and not yet used")               \
    X(VNC_UPDATE_PIXELS_MAX, 4 << 20, "pixels of one update to a VNC client")                      \
    X(VNC_UNSENT_MAX_BYTES, 24 << 20, "unsent to a VNC client")                                    \
    X(VNC_MEMORY_MAX_BYTES, 900 << 20, "a hotdesk-vnc's address space")                            \
    X(VNC_WAITING_MAX, 256, "reports of VNC clients that wait until a target has answered enter")  \
    X(VNC_MESSAGES_A_TURN, 64, "messages of a hotdesk-vnc in a turn of the loop")                  \
    /* this machine's users */                                                                     \
    X(CONTROL_CLIENTS_MAX, 64, "clients of the control socket")                                    \
    X(CONTROL_IDLERS_MAX, 16, "of them such that were granted nothing yet")                        \
    X(CONTROL_LINE_MAX, 4 << 10, "a line of a client of the control socket")                       \
    X(CONTROL_UNSENT_MAX, 256 << 10, "unsent to such a client")                                    \
    X(LINK_QUEUE_MAX, 256, "messages unsent on the link of a source")                              \
    X(LINK_MESSAGES_A_TURN, 64, "messages of the server that hotdesk-input reads in a turn")       \
    X(SERVER_DEVICES_MAX, 256, "devices that a source tells of")                                   \
    X(CONFIG_FILE_MAX_BYTES, 64 << 10, "a configuration file")                                     \
    X(CONFIG_ENTRIES_MAX, 64, "entries of a section of a configuration file")                      \
    X(REGISTRY_FILE_MAX_BYTES, 1 << 20, "the file of targets")                                     \
    X(PIN_FILE_MAX_BYTES, 4 << 10, "the file of the paired server")                                \
    X(GRID_PICTURES_MAX, 40, "pictures in a window with several targets")                          \
    X(CLI_LINE_MAX_BYTES, 4 << 20, "a line of the server that `hotdesk` reads")                    \
    X(ADD_NOISE_MAX_BYTES, 64 << 10, "what a host says to `hotdesk add`")

enum limit {
#define X(id, value, what) id = (value),
    LIMITS_TABLE(X)
#undef X
};
