#!/usr/bin/python3
"""A target that flips between two colours as fast as it can, through the whole chain: the console's window is never seen
with both: the decoder hands updates over whole, the viewer takes whole ones, and one rectangle is one request."""

import sys
import threading
import time

from Xlib import X, display as xlib_display

from chain import Target
from harness import FACTOR, Failed, Harness, Tap, wait_for

NAME = "lab"
SIZE_PX = (640, 480)
COLORS = (0xc01030, 0x1030c0)
FLIPS_S = 2.0
SEEN_MIN = 10


class Flipper:
    """One request a colour, which an X server carries out as a whole."""

    def __init__(self, display):
        self.xlib = xlib_display.Display(display.name)
        self.root = self.xlib.screen().root
        self.count, self.ends = 0, False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        contexts = [self.root.create_gc(foreground=color) for color in COLORS]
        while not self.ends:
            self.root.fill_rectangle(contexts[self.count % 2], 0, 0, *SIZE_PX)
            self.xlib.sync()
            self.count += 1

    def stop(self):
        self.ends = True
        self.thread.join(10)
        self.xlib.close()


class Desk:
    def __init__(self, desk):
        self.console = desk.console(conf="log-level = debug\n")
        self.desk = desk
        self.lab = Target(self, NAME, size=SIZE_PX)
        self.screen = desk.display(*SIZE_PX)
        self.eye = xlib_display.Display(self.screen.name)
        self.viewer = desk.start("hotdesk-viewer", [desk.program("hotdesk-viewer"), "--screen"],
                                 env={**self.console.environment, **self.screen.environment(),
                                      "SDL_VIDEODRIVER": "x11"})

    def color(self):
        """Of all of the console's screen now, but for where the pointer is; None: there are several."""
        data = self.eye.screen().root.get_image(0, 0, SIZE_PX[0], SIZE_PX[1] - 60, X.ZPixmap, 0xffffffff).data
        if data != data[:4] * (len(data) // 4):
            return None
        return int.from_bytes(data[:3], "little")


def one_colour_at_a_time(desk):
    desk.lab.display.run("xdotool", "mousemove", str(SIZE_PX[0] - 1), str(SIZE_PX[1] - 1))
    flipper = Flipper(desk.lab.display)
    flipper.thread.start()
    try:
        desk.console.ask("switch", target=NAME)
        wait_for("the picture", lambda: desk.color() in COLORS, 20)
        seen, last, end = 0, None, time.monotonic() + FLIPS_S * FACTOR
        while time.monotonic() < end or seen < SEEN_MIN:
            color = desk.color()
            if color not in COLORS:
                raise Failed(f"after {seen} changes: {'several colours' if color is None else f'{color:06x}'}")
            seen += color != last
            last = color
            if time.monotonic() > end + 20 * FACTOR:
                raise Failed(f"only {seen} changes were seen of {flipper.count}")
        print(f"# {flipper.count} flips, {seen} changes seen")
    finally:
        flipper.stop()


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        if not tap.check("one colour at a time", one_colour_at_a_time, desk):
            text = f"{desk.viewer.text()[-1000:]}\n{desk.console.log()[-1000:]}"
            print("# " + text.replace("\n", "\n# "), flush=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
