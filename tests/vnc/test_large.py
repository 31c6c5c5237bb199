#!/usr/bin/python3
"""hotdesk-vnc alone, with this file as its server: a picture larger than one update, what it may have, who is deaf."""

import os
import resource
import struct
import sys

from child import GONE, IN, READY, STOPPED, Child
from frames import Picture
from harness import Harness, Tap, wait_for

WIDTH_PX, HEIGHT_PX = 4096, 2000  # twice what one update has
UPDATE_PIXELS_MAX = 4 << 20
MEMORY_BYTES = 900 << 20


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
    sys.exit(main())
