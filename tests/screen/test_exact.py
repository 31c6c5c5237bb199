#!/usr/bin/python3
"""What the console gets of an X display is the same, pixel by pixel, once things settle."""

import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from watch import *  # noqa: E402,F403

TEXT = "the quick brown fox jumps over the lazy dog 0123456789\r"


def programs(desk):
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        assert watch.state == "screen: XDamage, MIT-SHM", watch.state
        watch.look()
        watch.wait_same()
        terminal = display.terminal()
        watch.wait_same()
        display.typist().type(TEXT * 5)
        terminal.wait_text(TEXT * 5)
        watch.wait_same()


def painted(desk, display, rounds=3):
    with Watch(desk, display) as watch:
        painter = Painter(display)
        painter.rectangles(100)
        watch.look()
        watch.wait_same()
        for _ in range(rounds):
            painter.rectangles(30, 50)
            watch.wait_same()
        return watch.state


def depth(bits):
    def check(desk):
        painted(desk, desk.display(400, 300, options=["-screen", "0", f"400x300x{bits}"]))
    return check


def photo(desk):
    """Every pixel another colour: nothing that compresses."""
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        watch.look()
        painter.noise(0, 0, 640, 480)
        watch.wait_same()
        painter.noise(33, 77, 123, 45)
        watch.wait_same()


def film(desk):
    """All pixels of a part change again and again, text comes beside it; at rest everything is exact."""
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        painter.fill(0x336699)
        watch.look()
        watch.wait_same()
        start = watch.counts()[1]
        for frame in range(40):
            painter.noise(64, 64, 256, 192)
            painter.rectangles(1, 20)
            if frame == 20:
                watch.decoder.look(False)
                watch.look()
        jpeg = watch.counts()[1] - start
        assert jpeg < 40 * 256 * 192 * 4, f"{jpeg} bytes: no JPEG"
        watch.wait_same()


def while_read(desk):
    """Events that come along with the answer to a read are not left lying about: no sweep is needed."""
    display = desk.display(640, 480)
    with Watch(desk, display, factor=16) as watch:
        painter = Painter(display)
        watch.look()
        watch.wait_same()
        for _ in range(20):
            for step in range(60):
                painter.fill(painter.random.randint(0, painter.top))
            watch.wait_same()


def scrolled(desk):
    """Pixels that no encoding makes small scroll: they are not sent again."""
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        painter.noise(0, 0, 640, 480)
        watch.look()
        watch.wait_same()
        before = watch.counts()[1]
        for _ in range(5):
            painter.root.copy_area(painter.root.create_gc(), painter.root, 0, 20, 640, 460, 0, 0)
            painter.noise(0, 460, 640, 20)
            watch.wait_same()
        sent = watch.counts()[1] - before
        assert sent < 5 * 640 * 20 * 4 * 3, f"{sent} bytes"


def dragged(desk):
    """A terminal goes over a photo; what it leaves is the root window's own pixmap."""
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        pixmap = painter.root.create_pixmap(640, 480, 24)
        painter.noise(0, 0, 640, 480, pixmap)
        painter.root.change_attributes(background_pixmap=pixmap)
        painter.root.clear_area()
        terminal = display.start("xterm", ["xterm", "-geometry", "50x15+10+10", "-e", "ls -la /usr/bin; sleep 100"])
        window = wait_for("xterm's window", lambda: painter.root.query_tree().children)[0]
        watch.look()
        watch.wait_same()
        for step in range(60):
            window.configure(x=10 + step * 5, y=10 + step * 2)
            painter.xlib.sync()
            if step % 20 == 19:
                watch.wait_same()
        terminal.stop()
        watch.wait_same()


def eight_bits(desk):
    with Watch(desk, desk.display(400, 300, options=["-screen", "0", "400x300x8"])) as watch:
        assert watch.state == "no screen: 8-bit display", watch.state


def without_shm(desk):
    state = painted(desk, desk.display(400, 300, options=["-extension", "MIT-SHM"]))
    assert state == "screen: XDamage, no MIT-SHM", state


def without_damage(desk):
    state = painted(desk, desk.display(400, 300, options=["-extension", "DAMAGE"]))
    assert state == "screen: no DAMAGE: compared 10 times a second, MIT-SHM", state


def holds(watch):
    """(descriptors, System V segments) of the agent's side."""
    pid = watch.process.pid
    with open("/proc/sysvipc/shm", encoding="ascii") as table:
        segments = [line for line in table.readlines()[1:] if str(pid) in line.split()[4:6]]
    assert segments and all(line.split()[2].endswith("600") for line in segments), segments
    return len(os.listdir(f"/proc/{pid}/fd")), len(segments)


def resized(desk):
    """While something is drawn; to each size that the X server has a mode for."""
    display = desk.display(640, 480, kind="tigervnc")
    modes = re.findall(r"^\s+(\d+)x(\d+)", display.run("xrandr"), re.MULTILINE)
    sizes = [size for size in modes if int(size[0]) <= 1280][:6]
    assert len(sizes) >= 3, modes
    with Watch(desk, display) as watch:
        painter = Painter(display)
        watch.look()
        before = holds(watch)
        for round_ in range(50):
            width, height = sizes[round_ % len(sizes)]
            display.run("xrandr", "-s", f"{width}x{height}")
            painter.rectangles(10, 60)
            if round_ % 10 == 9:
                watch.wait_same()
                assert watch.picture()[:2] == (int(width), int(height)), (watch.picture()[:2], width, height)
        assert holds(watch) == before, (holds(watch), before)


def two_colours(desk):
    """A picture is handed over whole: never half of one colour and half of the other."""
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        painter.fill(0x112233)
        watch.look()
        watch.wait_same()
        seen, flip, end = set(), 0, time.monotonic() + 60
        while flip < 200 or len(seen) < 2:
            assert time.monotonic() < end, f"of two colours in turn only these were seen: {seen}"
            painter.fill((0xff0000, 0x0000ff)[flip % 2])
            time.sleep(flip % 7 * 0.002)  # read at each stage of an update: some, but not all, are torn
            before = watch.decoder.sequence()
            pixels = watch.picture()[2]
            if before % 2 == 0 and watch.decoder.sequence() == before:
                colours = {pixels[i:i + 4] for i in range(0, len(pixels), 4 * 997)}
                assert len(colours) == 1, f"{colours} in one picture"
                seen |= colours
            flip += 1
        watch.wait_same()


CHECKS = [
    ("programs that draw", programs),
    ("a photo", photo),
    ("a film, and then none", film),
    ("what is drawn while it is read", while_read),
    ("a scroll", scrolled),
    ("a window that is dragged", dragged),
    ("depth 15", depth(15)),
    ("depth 16", depth(16)),
    ("depth 30", depth(30)),
    ("depth 8 is no screen", eight_bits),
    ("without MIT-SHM", without_shm),
    ("without DAMAGE", without_damage),
    ("fifty sizes in turn, memory for this user alone (CVE-2020-29074, CVE-2026-34352)", resized),
    ("two colours in turn", two_colours),
]


if __name__ == "__main__":
    sys.exit(run_checks(CHECKS))
