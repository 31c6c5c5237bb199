#!/usr/bin/python3
"""hotdesk-vnc alone, with this file as its server: a picture larger than one update, what it may have, who is deaf."""

import os
import resource
import socket
import struct
import sys

from lab import HERE
from frames import CURRENT, FILE, SIZE, STATE, Picture, encode
from harness import Failed, Harness, Tap, wait_for
from rfb import Client, Ended

SETUP, CLIENT, READY, IN, GONE, STOPPED = 100, 101, 120, 121, 122, 124
MESSAGE_FD = 3
WIDTH_PX, HEIGHT_PX = 4096, 2000  # twice what one update has
UPDATE_PIXELS_MAX = 4 << 20
MEMORY_BYTES = 900 << 20


class Child:
    """hotdesk-vnc, as hotdesk-server starts it."""

    def __init__(self, desk, layout="us"):
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(20)
        program = os.path.join(desk.build_dir, "server/vnc/hotdesk-vnc")
        self.process = desk.start("hotdesk-vnc", ["sh", "-c", f'exec "$0" {MESSAGE_FD}<&{other.fileno()}', program],
                                  pass_fds=(other.fileno(),))
        other.close()
        self.tell(SETUP, 0, b"\x01" + bytes(9) + self.text(layout) + self.text("lab"))

    @staticmethod
    def text(words):
        return bytes([len(words)]) + words.encode()

    def tell(self, kind, client, fields=b""):
        self.socket.send((struct.pack(">BI", kind, client) + fields).ljust(256, b"\0"))

    def hear(self, kind):
        """The client of the next message, which is of that kind."""
        heard, client = struct.unpack(">BI", self.socket.recv(300)[:5])
        if heard != kind:
            raise Failed(f"it said {heard}, not {kind}")
        return client

    def add(self, number):
        ours, theirs = socket.socketpair()
        socket.send_fds(self.socket, [struct.pack(">BI", CLIENT, number).ljust(256, b"\0")], [theirs.fileno()])
        theirs.close()
        return Client(ours)

    def show(self, picture):
        socket.send_fds(self.socket, [encode(FILE, 1)], [picture.fd])
        self.socket.send(encode(STATE, 1, b"\0"))
        self.socket.send(encode(SIZE, 1, struct.pack(">HH", picture.width_px, picture.height_px)))
        self.socket.send(encode(CURRENT, 1))


class Case:
    def __init__(self, desk):
        self.desk = desk
        self.child = Child(desk)
        self.child.hear(READY)
        self.picture = Picture(WIDTH_PX, HEIGHT_PX)
        self.picture.begin()
        for row in range(0, HEIGHT_PX, 100):
            self.picture.put(0, row, WIDTH_PX, 100, 0x010203 * (row // 100 + 1))
        self.picture.end()

    def enter(self, number):
        client = self.child.add(number)
        client.greet()
        client.send(b"\x01")
        client.result()
        client.send(b"\x01")
        assert self.child.hear(IN) == number
        if number == 1:
            self.child.show(self.picture)
        client.take_init()
        return client


def what_it_may_have(case):
    most, _ = resource.prlimit(case.child.process.popen.pid, resource.RLIMIT_AS)
    assert most == MEMORY_BYTES or "asan" in case.desk.build_dir or most == resource.RLIM_INFINITY, most
    with open(f"/proc/{case.child.process.popen.pid}/status", encoding="utf-8") as file:
        said = dict(line.split(":\t", 1) for line in file)
    assert said["Seccomp"].strip() == "2" and said["NoNewPrivs"].strip() == "1", said
    assert sorted(os.listdir(f"/proc/{case.child.process.popen.pid}/fd"), key=int)[:4] == ["0", "1", "2", "3"]


def a_large_picture_comes_in_parts(case):
    case.client = case.enter(1)
    assert (case.client.width_px, case.client.height_px) == (WIDTH_PX, HEIGHT_PX)
    updates = []
    while sum(updates) < WIDTH_PX * HEIGHT_PX:
        case.client.ask(incremental=bool(updates))
        updates.append(case.client.update())
    assert max(updates) <= UPDATE_PIXELS_MAX and len(updates) == 2, updates
    for row in range(0, HEIGHT_PX, 50):
        assert case.client.pixel(row, row) == 0x010203 * (row // 100 + 1) & 0xffffff, row


def who_is_deaf_is_closed(case):
    """Each of these is answered with a table of colours."""
    deaf = case.enter(2)
    colors = b"\0\0\0\0" + struct.pack(">BBBBHHHBBBxxx", 8, 8, 0, 0, 0, 0, 0, 0, 0, 0)
    deaf.socket.settimeout(20)
    try:
        for _ in range(100):
            deaf.send(colors * 400)
    except OSError:
        pass
    assert case.child.hear(GONE) == 2
    deaf.close()
    case.client.ask()
    case.client.update()


def a_layout_that_is_none(case):
    child = Child(case.desk, "klingon")
    child.hear(STOPPED)
    wait_for("its end", lambda: not child.process.is_running())


def main():
    tap = Tap()
    with Harness() as desk:
        case = Case(desk)
        for check in (what_it_may_have, a_large_picture_comes_in_parts, who_is_deaf_is_closed, a_layout_that_is_none):
            tap.check(check.__name__.replace("_", " "), check, case)
        case.picture.close()
    return tap.end()


if __name__ == "__main__":
    assert HERE
    sys.exit(main())
