#!/usr/bin/python3
"""Monitors: one of several by its name, one that goes away and comes back, switched off, resized, and very large screens."""

import contextlib
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from watch import *  # noqa: E402,F403

HAS_CONSOLE = os.access("/dev/tty0", os.R_OK | os.W_OK)  # Xorg wants one, whatever its driver
RIGHT = (400, 60, 240, 320)
NO_SIGNAL = "no screen: no signal: every monitor is off"


def set_monitor(display, place, name="right"):
    x, y, width, height = place
    display.run("xrandr", "--setmonitor", name, f"{width}/60x{height}/80+{x}+{y}", "none")


def one_of_several(desk):
    """Its part of the root window and nothing of the rest."""
    display = desk.display(800, 480)
    set_monitor(display, RIGHT)
    with Watch(desk, display, monitor="right", factor=10) as watch:
        watch.place = RIGHT
        assert watch.state == "screen: monitor right, XDamage, MIT-SHM", watch.state
        painter = Painter(display)
        painter.rectangles(50)
        watch.look()
        watch.wait_same()
        for _ in range(3):
            painter.rectangles(30, 60)
            painter.noise(380, 40, 60, 60)  # across its corner
            watch.wait_same()


def moved_and_gone(desk):
    """Another place, another size, and then no more: with its reason, which is told once."""
    display = desk.display(800, 480)
    set_monitor(display, RIGHT)
    with Watch(desk, display, monitor="right") as watch:
        painter = Painter(display)
        painter.rectangles(60)
        watch.look()
        for place in (RIGHT, (0, 0, 240, 320), (300, 100, 500, 380)):
            display.run("xrandr", "--delmonitor", "right", "--setmonitor", "right",
                        f"{place[2]}/60x{place[3]}/80+{place[0]}+{place[1]}", "none")
            watch.place = place
            painter.rectangles(5, 60)
            watch.wait_same()
        display.run("xrandr", "--delmonitor", "right")
        assert "monitor right is not connected, or off" in wait_for("the end", watch.said)


def not_there(desk):
    with Watch(desk, desk.display(300, 200), monitor="HDMI-1") as watch:
        assert watch.state == "no screen: monitor HDMI-1 is not connected, or off", watch.state


def switched_off(desk):
    """As a desktop's settings switch an output off and on again, and as its user sets its size in the middle of things."""
    display = desk.display(1024, 768, kind="dummy")
    output = re.search(r"^(\S+) connected", display.run("xrandr"), re.MULTILINE)[1]
    with Watch(desk, display, monitor=output) as watch:
        watch.look()
        Painter(display).rectangles(50)
        watch.wait_same()
        display.run("xrandr", "--output", output, "--off")
        assert f"monitor {output} is not connected, or off" in wait_for("the end", watch.said)
    with Watch(desk, display) as watch:  # all of the root window, which has shrunk
        assert watch.state == NO_SIGNAL, watch.state
    display.run("xrandr", "--output", output, "--mode", "1024x768")
    with Watch(desk, display) as watch:
        painter = Painter(display)
        watch.look()
        painter.rectangles(50)
        watch.wait_same()
        assert watch.picture()[:2] == (1024, 768), watch.picture()[:2]


def switch_off(display):
    """xrandr switches it off, and then cannot make Xvfb's screen smaller."""
    with contextlib.suppress(Failed):
        display.run("xrandr", "--output", "screen", "--off")


def all_are_off(desk):
    """Nobody in front of that computer sees anything: so it is told, as what a monitor would say."""
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        watch.look()
        Painter(display).rectangles(20)
        watch.wait_same()
        switch_off(display)
        assert NO_SIGNAL in "no screen: " + wait_for("the end", watch.said), watch.said()
    with Watch(desk, display) as watch:
        assert watch.state == NO_SIGNAL, watch.state
    display.run("xrandr", "--output", "screen", "--mode", "640x480")
    with Watch(desk, display) as watch:
        watch.look()
        watch.wait_same()


def none_is_connected(desk):
    """As in a rack: what is drawn there is shown. Xtigervnc takes an output that is off for one that is not connected."""
    display = desk.display(640, 480, kind="tigervnc")
    display.run("xrandr", "--output", "VNC-0", "--off")
    with Watch(desk, display) as watch:
        watch.look()
        Painter(display).rectangles(20)
        watch.wait_same()


def resized_by_xorg(desk):
    """Fifty times, with something drawn meanwhile."""
    display = desk.display(1024, 768, kind="dummy" if HAS_CONSOLE else "tigervnc")
    sizes = ((800, 600), (640, 480), (1024, 768))
    with Watch(desk, display) as watch:
        painter = Painter(display)
        watch.look()
        for turn in range(50):
            width, height = sizes[turn % len(sizes)]
            display.run("xrandr", "-s", f"{width}x{height}")
            painter.rectangles(10, 60)
            if turn % 10 == 9:
                watch.wait_same()
                assert watch.picture()[:2] == (width, height), (watch.picture()[:2], width, height)


def memory_kib(process):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1])


def very_wide(desk):
    """As wide as X screens become; what it takes is a frame or three, not more."""
    width, height = 32000, 40
    display = desk.display(width, height)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        painter.rectangles(60)
        watch.look()
        watch.wait_same(20)
        painter.root.fill_rectangle(painter.root.create_gc(foreground=0x31a2f3), width - 70, height - 20, 70, 20)
        painter.xlib.sync()
        watch.wait_same(20)
        frame_kib = width * height * 4 // 1024
        assert memory_kib(watch.process) < 3 * frame_kib + 24 * 1024, f"{memory_kib(watch.process)} KiB"


def too_large(desk):
    """More pixels than a picture may have."""
    with Watch(desk, desk.display(32000, 2200)) as watch:
        assert watch.state == "no screen: the screen is too large: 32000x2200", watch.state


CHECKS = [
    ("one of several", one_of_several),
    ("moved, resized and gone", moved_and_gone),
    ("not there", not_there),
    ("all are off", all_are_off),
    ("none is connected", none_is_connected),
    *([("switched off and on", switched_off)] if HAS_CONSOLE else []),
    ("fifty sizes of Xorg", resized_by_xorg),
    ("32,000 pixels wide", very_wide),
    ("too large", too_large),
]

if __name__ == "__main__":
    sys.exit(run_checks(CHECKS))
