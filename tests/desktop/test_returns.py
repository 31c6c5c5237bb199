#!/usr/bin/python3
"""A screen that moves all the time, shown by a viewer: agent, server, decoder and viewer are killed in turn, the screen is
resized again and again. The picture comes back, pixel by pixel, and nothing is left behind: no descriptor, no System V
segment, no memory.

Arguments: names of checks. HOTDESK_LONG=1 (`./dev test --all`): a thousand sizes in place of twelve, each
killed twice, and stopped."""

import os
import re
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, "..")]
import Xlib.ext  # noqa: E402
from Xlib import X, display as xdisplay  # noqa: E402
from harness import IS_LONG, Failed, Harness, Tap, wait_for  # noqa: E402

Xlib.ext.__extensions__[:] = []  # python3-xlib stumbles over Xtigervnc's, and none is used here
NAME = "lab"
WIDTH_PX, HEIGHT_PX = 640, 480
SIZES = 1000 if IS_LONG else 12
BACK_S = 20.0
GROWS_KIB = 6 * 1024  # of a process, by noise: the first large pictures, the allocator
if "ASAN_OPTIONS" in os.environ:
    GROWS_KIB = 1 << 30  # it keeps for a while what was freed


class Mover(threading.Thread):
    """Draws on a display until it is told to rest."""

    def __init__(self, display):
        super().__init__(daemon=True)
        self.x = xdisplay.Display(display.name)
        self.root = self.x.screen().root
        self.moving, self.ended = threading.Event(), False
        self.resting = threading.Event()
        self.start()

    def run(self):
        context = self.root.create_gc()
        step = 0
        while not self.ended:
            if not self.moving.wait(0.05):
                self.resting.set()
                continue
            self.resting.clear()
            step += 1
            context.change(foreground=(step * 0x9e3779b1) & 0xffffff)
            self.root.fill_rectangle(context, step * 7 % 500, step * 5 % 300, 60 + step % 50, 40)
            self.x.sync()
            time.sleep(0.01)

    def rest(self):
        self.moving.clear()
        self.resting.wait(10)


def pixels(x, width_px, height_px):
    """0x00RRGGBB of the root window."""
    root = x.screen().root
    data = bytearray(root.get_image(0, 0, width_px, height_px, X.ZPixmap, 0xffffffff).data)
    data[3::4] = bytes(len(data) // 4)
    return bytes(data)


class Line:
    def __init__(self, desk):
        self.desk = desk
        self.screen = desk.display(WIDTH_PX, HEIGHT_PX, kind="tigervnc")
        self.shown = desk.display(WIDTH_PX, HEIGHT_PX)
        self.console = desk.console()
        self.machine = desk.machine(NAME, display=self.screen)
        desk.pair(self.console, self.machine, NAME)
        desk.wait_ready(self.console, NAME)
        self.mover = Mover(self.screen)
        self.mover.moving.set()
        self.eyes = [xdisplay.Display(display.name) for display in (self.screen, self.shown)]
        # The pointer is drawn by the viewer, and is in no picture of an X server's.
        for eye in self.eyes:
            eye.screen().root.warp_pointer(WIDTH_PX - 1, HEIGHT_PX - 1)
            eye.sync()
        self.viewer = self.start_viewer()
        self.wait_moves()

    def start_viewer(self):
        return self.desk.start("hotdesk-viewer", [self.desk.program("hotdesk-viewer"), "--view", NAME],
                               env={**self.console.environment, **self.shown.environment(), "SDL_VIDEODRIVER": "x11"})

    def decoder(self):
        """Its process, or None."""
        return next(iter(self.console.children("hotdesk-decode")), None)

    def wait_moves(self):
        """What the viewer shows is another thing again and again."""
        seen = set()

        def is_moving():
            seen.add(pixels(self.eyes[1], WIDTH_PX, HEIGHT_PX - 40))
            return len(seen) > 3
        wait_for("the viewer's picture to move", is_moving, BACK_S, 0.05)

    def wait_same(self):
        """At rest, both displays show the same, but where the pointer is."""
        self.mover.rest()
        try:
            wait_for("the same on both displays", lambda: len({pixels(eye, WIDTH_PX, HEIGHT_PX - 40)
                                                               for eye in self.eyes}) == 1, BACK_S, 0.1)
        finally:
            self.mover.moving.set()

    def comes_back(self):
        self.wait_moves()
        self.wait_same()

    def processes(self):
        return {"agent": self.machine.process.pid, "server": self.console.process.pid, "decoder": self.decoder(),
                "viewer": self.viewer.pid}

    def holds(self):
        """name -> (descriptors, KiB that are its own)"""
        found = {}
        for name, pid in self.processes().items():
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                own_kib = int(re.search(r"RssAnon:\s+(\d+)", file.read())[1])
            found[name] = len(os.listdir(f"/proc/{pid}/fd")), own_kib
        return found

    def segments(self):
        """Of all processes of this test, also of those that are dead: number of System V segments."""
        ours = {process.pid for process in self.desk.processes}
        with open("/proc/sysvipc/shm", encoding="ascii") as table:
            lines = [line.split() for line in table.readlines()[1:]]
        return sum(bool(ours & {int(line[4]), int(line[5])}) for line in lines)


def each_is_killed(line):
    segments = line.segments()
    for _ in range(2 if IS_LONG else 1):
        os.kill(line.decoder(), signal.SIGKILL)
        line.comes_back()
        line.machine.process.kill()
        line.machine.start()
        line.desk.wait_ready(line.console, NAME)
        line.comes_back()
        line.viewer.kill()
        line.viewer = line.start_viewer()
        line.comes_back()
        line.console.process.kill()
        line.console.start()
        line.desk.wait_ready(line.console, NAME)
        line.comes_back()
    wait_for("the segments to be as before", lambda: line.segments() == segments)


def each_is_stopped(line):
    """For a moment, and goes on: the picture does, too."""
    for pid in line.processes().values():
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.3)
        os.kill(pid, signal.SIGCONT)
        line.wait_moves()
    line.desk.wait_ready(line.console, NAME)
    line.comes_back()


def sizes(line):
    wanted = [size for size in re.findall(r"^\s+(\d+)x(\d+)", line.screen.run("xrandr"), re.MULTILINE)
              if int(size[0]) <= 1280][:6]
    if len(wanted) < 3:
        raise Failed(wanted)

    def resize(count):
        for at in range(count):
            line.screen.run("xrandr", "-s", "x".join(wanted[at % len(wanted)]))
        line.screen.run("xrandr", "-s", f"{WIDTH_PX}x{HEIGHT_PX}")
        line.comes_back()
    resize(2 * len(wanted))
    before, segments = line.holds(), line.segments()
    resize(SIZES)
    wait_for("the segments to be as before", lambda: line.segments() == segments)
    after = line.holds()
    for name, (descriptors, own_kib) in before.items():
        if after[name][0] != descriptors or after[name][1] > own_kib + GROWS_KIB:
            raise Failed(f"{name}: {descriptors} descriptors and {own_kib} KiB became {after[name]}")
    print("# KiB before and after: " + ", ".join(f"{name} {before[name][1]} {after[name][1]}" for name in before))


CHECKS = [each_is_killed, *([each_is_stopped] if IS_LONG else []), sizes]


def main():
    tap = Tap()
    with Harness() as desk:
        line = Line(desk)
        for check in CHECKS:
            if not sys.argv[1:] or check.__name__ in sys.argv[1:]:
                if not tap.check(check.__name__.replace("_", " "), check, line):
                    print("# " + (line.console.log()[-1500:] + line.machine.log()[-1500:]).replace("\n", "\n# "))
        line.mover.ended = True
        line.mover.join()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
