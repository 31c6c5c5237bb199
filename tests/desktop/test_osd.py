#!/usr/bin/python3
"""What the viewer writes over a picture, against a server of this file: each panel at three sizes of a screen, compared with
kept pictures (osd/*.png; `HOTDESK_KEEP_OSD=1` writes them anew), when it comes and when it goes."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import png  # noqa: E402
from harness import FACTOR, Failed, Harness, Side, Tap, wait_for  # noqa: E402
from frames import FramesServer, Picture  # noqa: E402
from Xlib import X, display as xlib_display  # noqa: E402

KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "osd")
SIZES = ((1280, 720), (1920, 1080), (3840, 2160))
BLACK, WHITE = 0x000000, 0xffffff
FIELD = bytes((0x1d, 0x1a, 0x18, 0x1d))  # of a window without a picture, as rows() has it
LONG = "a-name-of-thirty-two-characters1"
REASON = "no screen: Ünïcödé → ελληνικά, кириллица: it tries again and again until it is back"
# Of all bytes of a panel: letters of another version of FreeType have other edges, none has another place.
SLOW = {"key_last_us": 180000, "picture_p50_us": 620000, "limit": "link"}
FIGURES = {"key_p50_us": 4200, "key_p99_us": 12600, "picture_p50_us": 31000, "picture_p99_us": 48000, "bytes": 1543210, "updates": 30}
MANY = {"key_p50_us": 9999900, "key_p99_us": 9999900, "picture_p50_us": 9999900, "picture_p99_us": 88888800, "bytes": 1249000000,
        "updates": 12345}
MEAN_MAX, FAR, FAR_PART_MAX = 3.0, 96, 0.01


def since(clock_s):
    """Seconds since that time of day last was."""
    return int((time.time() - clock_s) % 86400)


def targets():
    at = since(9 * 3600 + 30 * 60 + 30)
    rows = ((1, "lab3", "ready", ""), (2, "attic", "offline", "no answer for 3 s"), (3, LONG, "ready", ""),
            (117, "rack-b-12", "ready", ""))
    return [{"number": number, "name": name, "state": state, "reason": reason, "since_s": at}
            for number, name, state, reason in rows]


class Case:
    def __init__(self, desk, size, color=BLACK, conf="", factor=FACTOR, framed=False):
        """Only a part of the display is looked at, from `top_px` on: to read all of it takes long."""
        self.top_px, self.bottom_px = 0, size[1] * 3 // 10
        self.width_px, self.height_px = size
        self.color, self.framed = color, framed
        self.display = desk.display(*size)
        self.side = Side(desk, f"console{len(desk.processes)}", "viewer.conf", "log-level = debug\n" + conf)
        self.server = FramesServer(os.path.join(self.side.runtime_dir, "control"))
        self.server.targets_told = targets()
        self.viewer = desk.start("hotdesk-viewer", [desk.program("hotdesk-viewer"), "--screen"],
                                 env={**self.side.environment, **self.display.environment(), "SDL_VIDEODRIVER": "x11",
                                      "TZ": "UTC", "HOTDESK_TIME_FACTOR": str(factor)})
        wait_for("the viewer's requests", lambda: self.server.follower and (self.server.watch or conf == "osd = off\n"))
        self.x = xlib_display.Display(self.display.name)
        self.picture = Picture(*size)
        self.picture.fill(0, 0, *size, color=color)
        self.show()

    def end(self):
        self.viewer.stop()
        self.server.close()
        self.picture.close()
        self.x.close()
        self.display.process.stop()

    def show(self, number=1):
        self.server.show(self.picture, number)
        self.server.damage(self.picture, (0, 0, self.width_px, self.height_px), number=number)
        if not self.framed:
            wait_for("the window", lambda: not self.panel())

    def rows(self):
        """BGRX, X being as blue."""
        image = bytearray(self.x.screen().root.get_image(0, self.top_px, self.width_px, self.bottom_px - self.top_px,
                                                         X.ZPixmap, 0xffffffff).data)
        image[3::4] = image[0::4]
        image = image.replace(FIELD, bytes(4)) if self.color == BLACK else image
        stride = 4 * self.width_px
        return [bytes(image[at:at + stride]) for at in range(0, len(image), stride)]

    def part(self, x_px, y_px, width_px, height_px):
        """As panel() has it."""
        data = self.x.screen().root.get_image(x_px, y_px, width_px, height_px, X.ZPixmap, 0xffffffff).data
        rows = []
        for at in range(0, len(data), 4 * width_px):
            row, rgb = data[at:at + 4 * width_px], bytearray(3 * width_px)
            rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], row[0::4]
            rows.append(bytes(rgb))
        return x_px, y_px, width_px, height_px, rows

    def pixel(self, x_px, y_px):
        return int.from_bytes(self.part(x_px, y_px, 1, 1)[4][0], "big")

    def frame(self):
        """All of the border, at 640x480: letters of 13 pixels."""
        return [self.part(*place)[4] for place in ((0, 0, 640, 19), (0, 19, 5, 461), (635, 19, 5, 461), (0, 475, 640, 5))]

    def panel(self, rows=None):
        """(x, y, width, height, rows of RGB) of what is not the picture's colour; None: nothing."""
        plain = bytes([self.color & 255])
        rows = rows or self.rows()
        high = [y for y, row in enumerate(rows) if row.strip(plain)]
        if not high:
            return None
        top, bottom = high[0], high[-1] + 1
        left = min(self.width_px - (len(row.lstrip(plain)) + 3) // 4 for row in rows[top:bottom])
        right = max((len(row.rstrip(plain)) + 3) // 4 for row in rows[top:bottom])
        part = []
        for row in rows[top:bottom]:
            rgb = bytearray(3 * (right - left))
            cut = row[4 * left:4 * right]
            rgb[0::3], rgb[1::3], rgb[2::3] = cut[2::4], cut[1::4], cut[0::4]
            part.append(bytes(rgb))
        return left, self.top_px + top, right - left, bottom - top, part

    def wait_panel(self, other_than=None):
        """One that is the same twice."""
        last = None

        def is_still():
            nonlocal last
            before, last = last, self.panel()
            return last not in (None, other_than) and last == before
        wait_for("a panel", is_still)
        return last

    def paint(self, color):
        self.color = color
        self.picture.fill(0, 0, self.width_px, self.height_px, color=color)
        self.server.damage(self.picture, (0, 0, self.width_px, self.height_px), number=1)
        wait_for("the picture", lambda: self.pixel(0, 0) == self.pixel(self.width_px - 1, self.height_px - 1) == color)

    def wait_none(self, bound_s=10):
        wait_for("no panel", lambda: self.panel() is None, bound_s)

    def switch(self, number, why=None):
        self.server.event("switched", **{"from": 0}, from_name="local", number=number,
                          name=next(one["name"] for one in targets() if one["number"] == number), why=why)


def compare(name, panel):
    _, _, width, height, rows = panel
    folder = os.path.join(os.environ.get("HOTDESK_BUILD", "build"), "osd")
    os.makedirs(folder, exist_ok=True)
    png.write(os.path.join(folder, name + ".png"), width, height, rows)
    kept = os.path.join(KEPT, name + ".png")
    if os.environ.get("HOTDESK_KEEP_OSD"):
        os.makedirs(KEPT, exist_ok=True)
        png.write(kept, width, height, rows)
        return
    kept_width, kept_height, kept_rows = png.read(kept)
    if abs(width - kept_width) > 2 or abs(height - kept_height) > 2:
        raise Failed(f"{name}: {width}x{height} pixels in place of {kept_width}x{kept_height}")
    if (width, height) != (kept_width, kept_height):
        return  # letters of another version
    off = [abs(a - b) for row, other in zip(rows, kept_rows) if row != other for a, b in zip(row, other)]
    far, whole = sum(one > FAR for one in off), 3 * width * height
    if sum(off) > MEAN_MAX * whole or far > FAR_PART_MAX * whole:
        raise Failed(f"{name}: mean difference {sum(off) / whole:.1f}, {100 * far / whole:.1f} % far off ({folder})")


def is_inside(case, panel, name):
    x, y, width, height, _ = panel
    assert x > 0 and y > 0 and x + width < case.width_px and y + height < case.height_px, (name, panel[:4])
    assert abs(2 * x + width - case.width_px) <= 2, f"{name} is not in the middle: {panel[:4]}"


def each_panel(case):
    size, panel = f"{case.height_px}", None
    for name, number in (("switch", 1), ("switch-long", 3), ("switch-117", 117), ("refused", 2)):
        if name == "refused":
            case.server.event("refused", number=2, name="attic", why="attic is offline: no answer for 3 s")
        else:
            case.switch(number)
        panel = case.wait_panel(panel)
        is_inside(case, panel, name)
        compare(f"{name}-{size}", panel)
    case.paint(WHITE)
    panel = case.wait_panel()
    compare(f"refused-white-{size}", panel)
    case.switch(1)
    compare(f"switch-white-{size}", case.wait_panel(panel))
    case.paint(BLACK)
    case.top_px, case.bottom_px = case.height_px * 3 // 10, case.height_px * 7 // 10
    panel = None
    for name, number, text in (("offline", 2, "no screen: its agent is not connected"),
                               ("no-screen", 1, "no screen: Wayland session"),
                               ("no-signal", 1, "no signal: every monitor there is off"),
                               ("stopped", 117, "decoder stopped: it used too much of the processor"), ("reason", 3, REASON)):
        case.server.state(number, text)
        panel = case.wait_panel(panel)
        is_inside(case, panel, name)
        y, height = panel[1], panel[3]
        assert abs(2 * y + height - case.height_px) <= 2, f"{name} is not in the middle: {panel[:4]}"
        compare(f"{name}-{size}", panel)


def each_figure(case):
    """What stays while it is so: a slow link below, figures in a corner."""
    size, margin = f"{case.height_px}", case.height_px * 5 // 100
    case.top_px, case.bottom_px = case.height_px * 7 // 10, case.height_px
    case.show(1)
    case.server.figures = SLOW
    panel = case.wait_panel()
    is_inside(case, panel, "slow")
    assert case.height_px - panel[1] - panel[3] == margin, f"slow is not at the lower edge: {panel[:4]}"
    compare(f"slow-{size}", panel)
    case.server.figures = {}
    case.wait_none(30)
    case.top_px, case.bottom_px = 0, case.height_px * 3 // 10
    places = set()
    for name, figures in (("stats-none", {}), ("stats", FIGURES), ("stats-full", MANY)):
        case.server.figures = figures
        case.server.event("mode", stats=True)
        asked = case.server.figures_asked
        wait_for("two answers", lambda: case.server.figures_asked >= asked + (3 if figures else 1))
        panel = case.wait_panel()
        places.add(panel[:4])
        assert case.width_px - panel[0] - panel[2] == margin, f"{name} is not at the right edge: {panel[:4]}"
        compare(f"{name}-{size}", panel)
    assert len(places) == 1, f"it is not where it was: {places}"
    case.server.event("mode", stats=False)
    case.wait_none()


def it_goes_and_leaves_nothing(case):
    """Over a picture that changes beneath it and moves: all of it is there again when the panel has gone."""
    begin = time.monotonic()
    case.switch(1)
    place = case.wait_panel()
    for y in range(0, case.height_px, 10):
        case.picture.fill(0, y, case.width_px, 10, color=0)
        case.server.damage(case.picture, (0, y, case.width_px, 10))
    case.picture.set_patch(case.picture.sequence + 2, [0] * (case.width_px * 10))
    case.server.move(case.picture, (0, 0, case.width_px, 90), (0, 10), (0, 90, case.width_px, 10))
    case.picture.fill(0, 0, 1, 1, color=0)
    case.server.damage(case.picture, (0, 0, case.width_px, 100))
    assert case.panel(), "a change of the picture takes the panel away"
    case.wait_none()
    lasted = time.monotonic() - begin
    assert lasted > 1.4 * FACTOR, f"{place[:4]} was up for {lasted:.1f} s"
    assert case.viewer.is_running()


def a_colour_shows_through_neither(case):
    """On white as on black it is dark enough for its letters."""
    case.color = WHITE
    case.picture.fill(0, 0, case.width_px, case.height_px, color=WHITE)
    case.server.damage(case.picture, (0, 0, case.width_px, case.height_px))
    case.wait_none()
    case.switch(1)
    _, _, width, height, rows = case.wait_panel()
    x, y = width - height // 4, height // 2
    back = rows[y][3 * x:3 * x + 3]
    assert max(back) < 60, f"the panel's back is {back.hex()}"
    assert max(max(row) for row in rows[height // 4:-height // 4]) > 240, "its letters are not white"


def nothing_reaches_the_border(desk):
    """Whatever a target sends: pixels, moves, a pointer at each edge. Its frame is of its colour, and of no other's."""
    case = Case(desk, (640, 480), conf="osd = off\nborder = on\ncolors {\n\"rack-b-12\" = \"#abcdef\"\n}\n", framed=True)
    try:
        frames = {}
        for number, color in ((1, 0x3b82f6), (3, 0x15803d), (117, 0xabcdef)):
            case.show(number)
            wait_for(f"the frame of {number}", lambda: case.pixel(0, 0) == case.pixel(639, 479) == color)
            frames[number] = case.frame()
        assert frames[1] != frames[3], "no name is in it"
        compare("border-480", case.part(0, 0, 640, 40))
        case.show(1)
        wait_for("the frame", lambda: case.frame() == frames[1])
        case.picture.set_cursor(64, 64, 32, 32, [0xffffffff] * 4096)
        for color in (0xff0000, 0xffffff):
            case.picture.fill(0, 0, 640, 480, color=color)
            case.server.damage(case.picture, (0, 0, 640, 480))
            for place in ((0, 0), (639, 0), (0, 479), (639, 479)):
                case.server.point(*place)
                wait_for("the picture", lambda: case.pixel(320, 240) == color)
                assert case.frame() == frames[1], f"the pointer at {place} is on it"
        case.picture.set_patch(case.picture.sequence + 2, [0] * 640 * 200)
        case.server.move(case.picture, (0, 200, 640, 280), (0, 0), (0, 0, 640, 200))
        case.picture.fill(0, 0, 640, 480, color=0x00ff00)
        case.server.damage(case.picture, (0, 0, 640, 480))
        wait_for("the picture", lambda: case.pixel(320, 240) == 0x00ff00)
        assert case.frame() == frames[1]
        assert case.viewer.is_running()
    finally:
        case.end()


def off_is_off(desk):
    case = Case(desk, (640, 480), conf="osd = off\n")
    try:
        for _ in range(2):
            case.server.state(1, "no screen: none")
            case.wait_none()
            case.top_px, case.bottom_px = 0, case.height_px
            case.show()
    finally:
        case.end()


def all_sizes(desk, tap, what, check, factor):
    """Beside each other."""
    cases = [Case(desk, size, factor=factor) for size in SIZES]
    with ThreadPoolExecutor() as pool:
        results = [pool.submit(check, case) for case in cases]
    for size, result in zip(SIZES, results):
        tap.check(f"{what} at {size[0]}x{size[1]}", result.result)
    for case in cases:
        case.end()


def wanted(name):
    return not sys.argv[1:] or any(word in name for word in sys.argv[1:])


def main():
    os.environ.setdefault("HOTDESK_BUILD", "build")
    tap = Tap()
    with Harness() as desk:
        if wanted("each panel"):
            # Slower, so that each is still up when it is looked at.
            all_sizes(desk, tap, "each panel", each_panel, 4 * FACTOR)
        if wanted("figures"):
            all_sizes(desk, tap, "figures", each_figure, FACTOR)
        case = Case(desk, (640, 480))
        for check in (it_goes_and_leaves_nothing, a_colour_shows_through_neither):
            if wanted(check.__name__):
                tap.check(check.__name__.replace("_", " "), check, case)
        case.end()
        if wanted("border"):
            tap.check("nothing reaches the border", nothing_reaches_the_border, desk)
        if wanted("off is off"):
            tap.check("off is off", off_is_off, desk)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
