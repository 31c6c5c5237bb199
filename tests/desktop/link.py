"""An input source in Python: speaks protocol/link.h on a control connection, as hotdesk-viewer's window does.

Sends any evdev code, as fast as asked. Written from the header, not from the C code: it is a second opinion.
"""

import os
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import Failed, monotonic_us, wait_for  # noqa: E402

MESSAGE_BYTES = 544
VERSION = 2
HELLO, GRABBED, UNGRABBED, REPORT, COMMAND, PONG = 1, 2, 3, 4, 5, 6
RELOADED, RELOAD = 11, 28
PING, GRAB, UNGRAB, KEEP, LEDS, FLASH, TARGETS = 20, 21, 22, 23, 24, 25, 26
UNGRAB_ORDERED, UNGRAB_PANIC, UNGRAB_SILENT, UNGRAB_FOCUS, UNGRAB_FAILED = 1, 2, 3, 4, 5
COMMAND_TARGET, COMMAND_LOCAL, COMMAND_NEXT, COMMAND_PREV, COMMAND_LAST, COMMAND_CANCEL = 1, 2, 3, 4, 5, 6
EV_KEY, EV_REL, EV_ABS = 1, 2, 3
ABS_X, ABS_Y, REL_X, REL_Y, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES = 0, 1, 0, 1, 11, 12
BTN_LEFT, BTN_RIGHT, BTN_MIDDLE = 0x110, 0x111, 0x112


def encode(message_type, grab_number=0, sequence=0, fields=b""):
    return (struct.pack(">BII", message_type, grab_number, sequence) + fields).ljust(MESSAGE_BYTES, b"\0")


def encode_report(events, time_us):
    """[(type, code, value)] as the fields of REPORT."""
    return struct.pack(">QB", time_us, len(events)) + b"".join(struct.pack(">BHi", *event) for event in events)


class Link:
    """Answers pings and obeys orders in a thread of its own, as a source must."""

    def __init__(self, console, control=None):
        self.control = control or console.connect()
        self.control.send("input")
        answer = self.control.read_line()
        if not answer.get("ok"):
            raise Failed(f"input: {answer.get('error')}")
        self.socket = self.control.socket
        self.socket.settimeout(None)
        self.lock = threading.Lock()
        self.grab_number = 0
        self.sequence = 0
        self.grabbed = False
        self.locks = None  # of the active target, as MESSAGE_LOCK_*: num 1, caps 2, scroll 4
        self.flashes = 0
        self.pings = 0
        self.highest_number = None
        self.answers_pings = True
        self._send(HELLO, fields=struct.pack(">H", VERSION))
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _send(self, message_type, fields=b""):
        with self.lock:
            self.socket.sendall(encode(message_type, self.grab_number, self.sequence, fields))

    def _listen(self):
        buffer = self.control.buffer
        while True:
            try:
                while len(buffer) >= MESSAGE_BYTES:
                    self._obey(buffer[:MESSAGE_BYTES])
                    buffer = buffer[MESSAGE_BYTES:]
                some = self.socket.recv(65536)
            except OSError:  # closed, by either side
                return
            if not some:
                return
            buffer += some

    def _obey(self, message):
        message_type, number, _ = struct.unpack_from(">BII", message)
        if message_type == PING:
            self.pings += 1
            if self.answers_pings:
                self._send(PONG, message[9:13])
        elif message_type == LEDS:
            self.locks = message[9]
        elif message_type == FLASH:
            self.flashes += 1
        elif message_type == TARGETS:
            self.highest_number = struct.unpack_from(">H", message, 9)[0]
        elif number < self.grab_number:
            pass  # an order for a grab that is over
        elif message_type == GRAB:
            self.grab()
        elif message_type == UNGRAB and self.grabbed:
            self.ungrab(UNGRAB_ORDERED)

    def is_closed(self):
        """By the server."""
        return not self.thread.is_alive()

    def grab(self):
        if not self.grabbed:
            self.grab_number += 1
            self.grabbed = True
            self._send(GRABBED)

    def ungrab(self, reason):
        if reason != UNGRAB_ORDERED:
            self.grab_number += 1
        self.grabbed = False
        self._send(UNGRABBED, struct.pack(">B", reason))

    def command(self, command_type, number=0):
        self.sequence += 1
        self._send(COMMAND, struct.pack(">BH", command_type, number))

    def wait_grabbed(self, bound_s=10):
        wait_for("the order to grab", lambda: self.grabbed, bound_s)

    def report(self, *events, time_us=None):
        """One report of [(type, code, value)]."""
        self.sequence += 1
        self._send(REPORT, encode_report(events, time_us or monotonic_us()))

    def key(self, code, down):
        self.report((EV_KEY, code, int(down)))

    def tap(self, *codes):
        for code in codes:
            self.key(code, True)
            self.key(code, False)

    def motion(self, x_px, y_px, width_px, height_px):
        """To a place on a target of that size."""
        self.report((EV_ABS, ABS_X, round(x_px * 65535 / (width_px - 1))),
                    (EV_ABS, ABS_Y, round(y_px * 65535 / (height_px - 1))))

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.control.close()
        self.thread.join(5)
