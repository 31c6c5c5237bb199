#!/usr/bin/python3
"""When the agent reads and sends, the pointer's shape, and what it makes of what an RFB client may say."""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from watch import *  # noqa: E402,F403

QUIET_S = 1.0


def still(watch, what):
    """(reads, bytes, CPU time in microseconds) of a while in which nothing changes."""
    before = watch.counts()
    time.sleep(QUIET_S)
    return tuple(after - start for start, after in zip(before, watch.counts()))


def nobody_looks(desk):
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        painter.rectangles(10)
        assert watch.counts()[0] == 0, "read before anybody looked"
        watch.look()
        watch.look(False)
        wait_for("the last updates", lambda: still(watch, "after the end")[1] == 0)
        before = watch.counts()
        for _ in range(20):
            painter.rectangles(20)
        desk.display(640, 480)  # some time, in which much is drawn
        reads, sent, cpu_us = (after - start for start, after in zip(before, watch.counts()))
        assert (reads, sent) == (0, 0), f"{reads} reads and {sent} bytes while nobody looked"
        assert cpu_us < 20000, f"{cpu_us} us of CPU while nobody looked"
        watch.look()
        watch.wait_same()


def nothing_changes(desk):
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        watch.look()
        watch.wait_same()
        wait_for("a still picture", lambda: still(watch, "at first")[1] == 0)
        reads, sent, cpu_us = still(watch, "later")
        assert reads <= 1 and sent == 0, f"{reads} reads, {sent} bytes"
        assert cpu_us < 20000, f"{cpu_us} us of CPU"


def pointer_shapes(desk):
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        watch.xlib.xfixes_query_version()
        root = watch.xlib.screen().root

        def source():
            image = watch.xlib.xfixes_get_cursor_image(root)
            return image.width, image.height, image.xhot, image.yhot, [pixel & 0xffffffff for pixel in image.cursor_image]

        def same():
            watch._drain()
            width, height, x, y, _, pixels = watch.decoder.cursor()
            return (width, height, x, y, pixels) == source()
        watch.look()
        wait_for("the first shape", same)
        other = xdisplay.Display(display.name)
        font = other.open_font("cursor")
        for glyph in (150, 152, 34):  # watch, xterm, crosshair
            before = source()
            cursor = font.create_glyph_cursor(font, glyph, glyph + 1, (0, 0, 0), (65535, 65535, 65535))
            other.screen().root.change_attributes(cursor=cursor)
            other.sync()
            wait_for(f"the cursor {glyph}", lambda: source() != before and same())
        display.run("xsetroot", "-cursor_name", "watch")  # of a program that has ended: nobody may read it
        wait_for("an arrow", lambda: not watch._drain() and watch.decoder.cursor()[:2] == (11, 16))
        watch.wait_same()  # it is not drawn into the picture
        display.run("xdotool", "mousemove", "300", "200")
        watch.wait_same()


def input_does_nothing(desk):
    display = desk.display(640, 480)
    log = display.keylog()
    with Watch(desk, display, decode_it=False) as watch:
        client = Client(watch.socket)
        client.ask()
        place = display.pointer()
        log.mark()
        for keysym in (0x61, 0xff0d, 0xffe1):
            client.send(struct.pack(">BBHI", 4, 1, 0, keysym) + struct.pack(">BBHI", 4, 0, 0, keysym))
        client.send(struct.pack(">BBHH", 5, 1, 17, 23) + struct.pack(">BBHH", 5, 0, 600, 400))
        client.send(struct.pack(">BxxxI", 6, 5) + b"hello")
        client.send(struct.pack(">BxxxI", 6, 100000) + b"x" * 100000)
        client.fence(b"after")
        client.wait_fence(b"after")
        display.run("xdotool", "key", "b")  # the first that comes is this one
        wait_for("a key of another program", lambda: log.keys())
        assert [key for _, key in log.keys()] == [56, 56], log.keys()
        assert display.pointer() == place, (display.pointer(), place)


def ends_at_what_it_does_not_know(desk):
    display = desk.display(64, 64)
    for what, data, why in [
            ("an unknown message", b"\xfe", "a message that a screen has no use for"),
            ("file transfer", b"\x07" + bytes(11), "a message that a screen has no use for"),
            ("a text of 2^31", struct.pack(">BxxxI", 6, 1 << 31), "it sent a text that is too long"),
            ("another pixel format", bytes(20), "it asked for pixels of another format than hotdesk's"),
            ("no fences", struct.pack(">BxHi", 2, 1, 7), "it knows no LastRect, Fence or ContinuousUpdates"),
            ("many encodings", struct.pack(">BxH", 2, 257), "it asked for more encodings than there are"),
            ("a long fence", struct.pack(">BxxxIB", 248, 0, 65), "it sent a fence that is too long")]:
        with Watch(desk, display, decode_it=False) as watch:
            client = Client(watch.socket)
            client.send(data)
            said = wait_for(f"the end at {what}", watch.said)
            assert why in said, f"{what}: {said}"


def in_single_bytes(desk):
    """What the client says may come in pieces of any size, and none makes the agent wait."""
    display = desk.display(64, 64)
    with Watch(desk, display, decode_it=False) as watch:
        client = Client(watch.socket, piece=1)
        client.ask(piece=1)
        client.fence(b"slow", piece=1)
        client.wait_fence(b"slow")


CHECKS = [
    ("nothing is read or sent while nobody looks", nobody_looks),
    ("a still screen costs nothing", nothing_changes),
    ("the pointer's shape, and no pointer in the picture", pointer_shapes),
    ("input messages of RFB do nothing", input_does_nothing),
    ("what it does not know ends it", ends_at_what_it_does_not_know),
    ("requests in single bytes", in_single_bytes),
]

if __name__ == "__main__":
    sys.exit(run_checks(CHECKS))
