"""A window with tiles against a server of the test: targets of many kinds and what they show."""

import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pixels  # noqa: E402
from harness import FACTOR, Side, wait_for  # noqa: E402
from frames import PIXELS_OFFSET, FramesServer, Picture  # noqa: E402
from Xlib import display as xlib_display  # noqa: E402

SIZES = ((1280, 720), (1920, 1080), (3840, 2160))
FIELD = 0x0c0d0f
LONG = "a-name-of-thirty-two-characters1"
NAMES = ("lab3", "attic", LONG, "rack-b-12", "build", "router", "press", "till-1", "till-2", "cam", "nas", "door", "roof",
         "kiosk", "probe-7", "spare", *(f"node-{number}" for number in range(17, 41)))
# (state, reason, why there is no picture) of those that are not ready or show nothing.
OTHERS = {2: ("offline", "no answer for 3 s", "no screen: its agent is not connected"),
          5: ("ready", "", "no screen: Wayland session"),
          7: ("not ready", "its agent takes no input: /dev/uinput: permission denied", ""),
          8: ("connecting", "", "no screen: its agent is not connected"),
          12: ("ready", "", "decoder stopped: it used too much of the processor; it tries again in 10 s"),
          15: ("offline", "Ünïcödé → ελληνικά, кириллица", "no screen")}
SCREENS = ((1280, 800), (1920, 1080), (1024, 768), (1080, 1920), (2560, 1080))
START_S = time.time()


def local_time():
    """A time zone in which this test began at half past nine."""
    west_s = int(START_S % 86400) - (9 * 3600 + 30 * 60 + 1)
    sign, west_s = ("-", -west_s) if west_s < 0 else ("", west_s)
    return f"TST{sign}{west_s // 3600}:{west_s // 60 % 60:02}:{west_s % 60:02}"


def target(number, name=None):
    state, reason, _ = OTHERS.get(number, ("ready", "", ""))
    return {"number": number, "name": name or NAMES[number - 1], "state": state, "reason": reason,
            "since_s": int(time.time() - START_S)}


def desktop_rows(number, width, height):
    """Something like a desktop: a bar, two windows, lines of writing."""
    shade = (0x1e3a5f, 0x14532d, 0x4c1d95, 0x7c2d12, 0x334155, 0x831843)[number % 6]
    rows = [struct.pack("=I", shade) * width] * height

    def box(x, y, wide, high, color):
        part = struct.pack("=I", color) * wide
        row = rows[y][:4 * x] + part + rows[y][4 * (x + wide):]
        rows[y:y + high] = [row] * high
    box(0, 0, width, 28, 0x111827)
    for x, y in ((width // 12, height // 8), (width // 3, height // 3)):
        box(x, y, width // 2, height // 2, 0xe5e7eb)
        box(x, y, width // 2, 24, 0x475569)
        for line in range(y + 40, y + height // 2 - 12, 20):
            box(x + 16, line, width // 2 - 32 - (line * 37) % (width // 4), 8, 0x64748b)
    return b"".join(rows)


def desktop_of(number):
    width, height = SCREENS[number % len(SCREENS)]
    picture = Picture(width, height)
    picture.begin()
    picture.map[PIXELS_OFFSET:PIXELS_OFFSET + 4 * width * height] = desktop_rows(number, width, height)
    picture.end()
    return picture


class Case:
    group = "grid"  # the folder of its kept pictures
    parts = pixels.PARTS

    def __init__(self, desk, size, arguments, count, conf="", has_manager=False):
        self.width_px, self.height_px = size
        self.display = desk.display(*size)
        self.side = Side(desk, f"console{len(desk.processes)}", "viewer.conf", "log-level = debug\n" + conf)
        self.server = FramesServer(os.path.join(self.side.runtime_dir, "control"))
        self.server.targets_told = [target(number) for number in range(1, count + 1)]
        self.pictures = {}
        if has_manager:
            self.display.start("openbox", ["openbox"])
            wait_for("openbox", lambda: "window id" in self.display.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
        self.viewer = desk.start("hotdesk-viewer", [desk.program("hotdesk-viewer"), *arguments],
                                 env={**self.side.environment, **self.display.environment(), "SDL_VIDEODRIVER": "x11",
                                      "TZ": local_time(), "HOTDESK_TIME_FACTOR": str(FACTOR)})
        self.x = xlib_display.Display(self.display.name)
        self.root = self.x.screen().root

    def end(self):
        self.viewer.stop()
        self.server.close()
        for picture in self.pictures.values():
            picture.close()
        self.x.close()
        self.display.process.stop()

    def windows(self):
        return [one for one in self.root.query_tree().children if one.get_attributes().map_state]

    def fill_screen(self):
        """There is no window manager; SDL sets the size once more when it shows the window."""
        def is_filled():
            for window in self.windows():
                if window.get_geometry().width != self.width_px:
                    window.configure(x=0, y=0, width=self.width_px, height=self.height_px)
            return self.pixel(self.width_px - 1, self.height_px - 1) == FIELD
        wait_for("a window over the whole screen", is_filled, 30, pause_s=0.1)

    def follow(self, numbers):
        """Gives each of them its picture, or the reason for none, as soon as it is followed."""
        for number in numbers:
            wait_for(f"a follower of {number}", lambda: str(number) in self.server.followers)
            why = OTHERS.get(number, ("", "", ""))[2]
            if why:
                self.server.state(number, why)
                continue
            picture = self.pictures[number] = desktop_of(number)
            self.server.show(picture, number)
            self.server.damage(picture, (0, 0, picture.width_px, picture.height_px), number=number)

    def pixel(self, x_px, y_px):
        return int.from_bytes(pixels.rows_of(self.root, x_px, y_px, 1, 1)[0], "big")

    def wait_as_kept(self, name):
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), self.group)
        pixels.Kept(folder, self.group, f"{name}-{self.height_px}", self.parts).wait(self.root, self.width_px, self.height_px)

    def pointer(self, x_px, y_px):
        self.display.run("xdotool", "mousemove", str(x_px), str(y_px))

    def click(self, x_px, y_px):
        self.display.run("xdotool", "mousemove", str(x_px), str(y_px), "click", "1")
