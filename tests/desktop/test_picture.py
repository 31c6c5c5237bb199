#!/usr/bin/python3
"""The viewer's picture alone, against a server of this file: each pixel where it belongs, whole updates, the pointer."""

import os
import signal
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Failed, Harness, Side, Tap, wait_for  # noqa: E402
from frames import FramesServer, Picture, SIZE  # noqa: E402
from Xlib import X, display as xlib_display  # noqa: E402

WIDTH_PX, HEIGHT_PX = 640, 480
FIELD = 0x181a1d
RED, GREEN, BLUE, WHITE = 0xff0000, 0x00ff00, 0x0000ff, 0xffffff


class Screen:
    """What is on a display now."""

    def __init__(self, display):
        self.x = xlib_display.Display(display.name)
        self.root = self.x.screen().root

    def pixels(self, x_px, y_px, width_px, height_px):
        """0xRRGGBB by rows."""
        data = self.root.get_image(x_px, y_px, width_px, height_px, X.ZPixmap, 0xffffffff).data
        return [value & 0xffffff for value in struct.unpack(f"={width_px * height_px}I", data)]

    def pixel(self, x_px, y_px):
        return self.pixels(x_px, y_px, 1, 1)[0]

    def wait(self, x_px, y_px, color):
        try:
            wait_for("the pixel", lambda: self.pixel(x_px, y_px) == color)
        except Failed as failure:
            raise Failed(f"{failure} {x_px},{y_px}: {self.pixel(x_px, y_px):06x}, not {color:06x}") from None


class Case:
    """A full-screen viewer on a display as large as the picture, and what it follows."""

    def __init__(self, desk, *arguments, width_px=WIDTH_PX, height_px=HEIGHT_PX):
        self.desk = desk
        self.display = desk.display(width_px, height_px)
        self.side = Side(desk, f"console{len(desk.processes)}", "viewer.conf", "log-level = debug\nosd = off\n")
        self.server = FramesServer(os.path.join(self.side.runtime_dir, "control"))
        self.viewer = desk.start("hotdesk-viewer", [desk.program("hotdesk-viewer"), *arguments],
                                 env={**self.side.environment, **self.display.environment(),
                                      "SDL_VIDEODRIVER": "x11"})
        wait_for("the viewer's request", lambda: self.server.follower)
        self.screen = Screen(self.display)
        self.pictures = []

    def picture(self, width_px=WIDTH_PX, height_px=HEIGHT_PX, color=0x336699):
        picture = Picture(width_px, height_px)
        picture.fill(0, 0, width_px, height_px, color=color)
        self.pictures.append(picture)
        return picture

    def show(self, picture, number=1):
        self.server.show(picture, number)
        self.server.damage(picture, (0, 0, picture.width_px, picture.height_px), number=number)

    def settle(self, picture):
        """All that was told before has been drawn."""
        for color in (WHITE, 0x336699):
            picture.fill(2, 2, 1, 1, color=color)
            self.server.damage(picture, (2, 2, 1, 1))
            self.screen.wait(2, 2, color)

    def window_is_there(self):
        try:
            return bool(self.display.run("xdotool", "search", "--onlyvisible", "--class", "hotdesk-viewer").split())
        except Failed:
            return False

    def end(self):
        self.viewer.stop()
        self.server.close()
        for picture in self.pictures:
            picture.close()
        self.display.process.stop()


def full_screen_comes_and_goes(case):
    assert case.server.targets == ["active"], case.server.targets
    assert not case.window_is_there()
    picture = case.picture()
    case.show(picture)
    case.screen.wait(0, 0, 0x336699)
    assert case.window_is_there()
    case.server.state(0)
    wait_for("no window", lambda: not case.window_is_there())
    case.show(picture)
    case.screen.wait(WIDTH_PX - 1, HEIGHT_PX - 1, 0x336699)


def each_pixel_is_where_it_belongs(case):
    picture = case.picture()
    picture.fill(0, 0, WIDTH_PX, HEIGHT_PX, color=lambda x, y: (x * 7919 + y * 104729) & 0xffffff)
    case.show(picture)
    case.screen.wait(WIDTH_PX - 1, HEIGHT_PX - 1, ((WIDTH_PX - 1) * 7919 + (HEIGHT_PX - 1) * 104729) & 0xffffff)
    seen = case.screen.pixels(0, 0, WIDTH_PX, HEIGHT_PX)
    wanted = [(x * 7919 + y * 104729) & 0xffffff for y in range(HEIGHT_PX) for x in range(WIDTH_PX)]
    assert seen == wanted, f"{sum(a != b for a, b in zip(seen, wanted))} pixels differ"


def only_what_is_told_is_new(case):
    picture = case.picture()
    case.show(picture)
    case.settle(picture)
    picture.fill(0, 0, WIDTH_PX, HEIGHT_PX, color=RED)
    case.server.damage(picture, (10, 20, 30, 40), (600, 400, 40, 80))
    case.screen.wait(600, 400, RED)
    case.screen.wait(10, 20, RED)
    for place in ((9, 20), (10, 19), (40, 20), (10, 60), (599, 400), (600, 399)):
        assert case.screen.pixel(*place) == 0x336699, place


def what_moved_is_shown_at_once(case):
    """The file has nothing of it yet; the pointer stays where it is."""
    picture = case.picture()
    picture.set_cursor(2, 2, 0, 0, [0xff00ff00] * 4)
    case.show(picture)
    picture.fill(0, 100, WIDTH_PX, 100, color=lambda x, y: x * 7919 + y * 104729 & 0x7f7f7f)
    case.server.damage(picture, (0, 100, WIDTH_PX, 100))
    case.settle(picture)
    case.server.point(50, 120)
    case.screen.wait(50, 120, GREEN)
    wanted = case.screen.pixels(0, 110, WIDTH_PX, 90) + [RED] * (WIDTH_PX * 10)
    for x, y in ((50, 120), (51, 120), (50, 121), (51, 121)):
        wanted[(y - 110) * WIDTH_PX + x] = x * 7919 + y * 104729 & 0x7f7f7f
    for x, y in ((50, 120), (51, 120), (50, 121), (51, 121)):
        wanted[(y - 100) * WIDTH_PX + x] = GREEN
    picture.set_patch(picture.sequence + 2, [RED] * (WIDTH_PX * 10))
    case.server.move(picture, (0, 100, WIDTH_PX, 90), (0, 110), (0, 190, WIDTH_PX, 10))
    case.screen.wait(5, 195, RED)
    assert case.screen.pixels(0, 100, WIDTH_PX, 100) == wanted
    assert case.screen.pixel(5, 99) == case.screen.pixel(5, 200) == 0x336699
    # What it becomes in the file is told, and painted no second time; what is new beside it is.
    picture.fill(0, 0, WIDTH_PX, HEIGHT_PX, color=BLUE)
    case.server.damage(picture, (0, 100, WIDTH_PX, 100))
    case.settle(picture)
    assert case.screen.pixels(0, 100, WIDTH_PX, 100) == wanted
    # None of these: of another picture, another's patch, from, to and painted outside.
    there, place = (0, 0, 50, 50), (0, 100)
    for name, before, patch, arguments in (
            ("another picture", -2, 2, (there, place)), ("another's patch", 0, 4, (there, place)),
            ("from outside", 0, 2, (there, (0, HEIGHT_PX - 49))), ("to outside", 0, 2, ((WIDTH_PX - 49, 0, 50, 50), place)),
            ("painted outside", 0, 2, (there, place, (0, HEIGHT_PX, 5, 5)))):
        picture.set_patch(picture.sequence + patch, [BLUE] * 100)
        case.server.move(picture, *arguments, before=picture.sequence + before)
        case.settle(picture)
        assert case.screen.pixels(0, 0, 60, 2) == [0x336699] * 120, name
        assert case.screen.pixels(WIDTH_PX - 60, 0, 60, 2) == [0x336699] * 120, name
    assert case.viewer.is_running()


def half_a_picture_is_never_shown(case):
    """The file is mostly in the middle of a change; what is shown is of one colour, always."""
    picture = case.picture(color=RED)
    case.show(picture)
    case.screen.wait(0, 0, RED)
    colors = 0
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        colors += 1
        color = (RED, BLUE)[colors % 2]
        picture.begin()
        picture.put(0, 0, WIDTH_PX, HEIGHT_PX // 2, color)
        case.server.damage(picture, (0, 0, WIDTH_PX, HEIGHT_PX))  # a lie, while it is half written
        time.sleep(0.005)
        picture.put(0, HEIGHT_PX // 2, WIDTH_PX, HEIGHT_PX - HEIGHT_PX // 2, color)
        picture.end()
        case.server.damage(picture, (0, 0, WIDTH_PX, HEIGHT_PX))
        column = case.screen.pixels(320, 0, 1, HEIGHT_PX)
        assert len(set(column)) == 1, f"two colours at once after {colors} changes"
    case.screen.wait(0, HEIGHT_PX - 1, color)
    assert colors > 20, colors


def the_pointer_is_drawn_and_taken_away(case):
    picture = case.picture()
    picture.set_cursor(2, 2, 1, 0, [0xff00ff00, 0x80800000, 0x00000000, 0xffffffff])
    case.show(picture)
    case.screen.wait(0, 0, 0x336699)
    case.server.point(100, 50)
    case.screen.wait(99, 50, GREEN)
    assert case.screen.pixels(99, 51, 2, 1) == [0x336699, WHITE]
    half = case.screen.pixel(100, 50)
    assert abs((half >> 16) - (0x80 + 0x33 * 0x7f // 0xff)) <= 1 and abs((half & 0xff) - 0x99 * 0x7f // 0xff) <= 1, \
        f"{half:06x}"
    case.server.point(300, 200)
    case.screen.wait(299, 200, GREEN)
    assert case.screen.pixels(99, 50, 2, 2) == [0x336699] * 4
    # What changes beneath it is there when it goes.
    picture.fill(290, 190, 20, 20, color=BLUE)
    case.server.damage(picture, (290, 190, 20, 20))
    case.screen.wait(295, 195, BLUE)
    assert case.screen.pixel(299, 200) == GREEN
    case.server.point(300, 200, visible=False)
    case.screen.wait(299, 200, BLUE)
    # A part outside of the screen.
    case.server.point(0, HEIGHT_PX - 1)
    wait_for("the pointer's right half", lambda: case.screen.pixel(0, HEIGHT_PX - 1) not in (0x336699, GREEN))


def the_pointer_is_there_in_a_picture_that_is_being_written(case):
    picture = case.picture()
    picture.set_cursor(2, 2, 0, 0, [0xff00ff00] * 4)
    picture.begin()
    case.show(picture)
    case.server.point(100, 50)
    time.sleep(0.2)  # it finds no shape yet
    picture.end()
    case.server.damage(picture, (0, 0, WIDTH_PX, HEIGHT_PX))
    case.screen.wait(100, 50, GREEN)


def another_target_is_another_picture(case):
    case.show(case.picture(color=RED), number=1)
    case.screen.wait(5, 5, RED)
    case.show(case.picture(color=GREEN), number=2)
    case.screen.wait(5, 5, GREEN)


def another_size_in_the_middle(case):
    picture = case.picture(color=RED)
    case.show(picture)
    case.screen.wait(5, 5, RED)
    for width_px, height_px in ((600, 400), (64, 64), (640, 480)):
        picture.resize(width_px, height_px)
        picture.fill(0, 0, width_px, height_px, color=GREEN)
        case.server.tell(SIZE, 1, struct.pack(">HH", width_px, height_px))
        case.server.damage(picture, (0, 0, width_px, height_px))
        case.screen.wait(WIDTH_PX // 2, HEIGHT_PX // 2, GREEN)
    case.screen.wait(0, 0, GREEN)
    picture.resize(600, 400)
    picture.fill(0, 0, 600, 400, color=BLUE)
    case.server.damage(picture, (0, 0, 600, 400))
    case.screen.wait(20, 40, BLUE)
    case.screen.wait(619, 439, BLUE)
    for place in ((19, 40), (20, 39), (620, 439), (619, 440)):
        assert case.screen.pixel(*place) == FIELD, place


def nonsense_is_not_drawn(case):
    picture = case.picture()
    case.show(picture)
    case.settle(picture)
    picture.fill(0, 0, WIDTH_PX, HEIGHT_PX, color=RED)
    case.server.damage(picture, (600, 400, 41, 10))
    case.server.damage(picture, (0, 0, 8, 8))
    case.screen.wait(0, 0, RED)
    assert case.screen.pixel(610, 405) == 0x336699
    assert case.viewer.is_running()
    # A file that another could still change is none.
    unsealed = Picture(WIDTH_PX, HEIGHT_PX, seals=0)
    case.pictures.append(unsealed)
    asked = len(case.server.targets)
    case.server.send_file(unsealed)
    wait_for("another connection", lambda: len(case.server.targets) > asked)
    assert case.viewer.is_running()
    wait_for("the reason in the log", lambda: "no picture" in case.viewer.text())


def a_lost_server_shows_nothing(case):
    case.show(case.picture())
    case.screen.wait(0, 0, 0x336699)
    asked = len(case.server.targets)
    case.server.follower.shutdown(2)
    wait_for("no window", lambda: not case.window_is_there())
    wait_for("another connection", lambda: len(case.server.targets) > asked)
    case.show(case.picture(color=GREEN))
    case.screen.wait(0, 0, GREEN)


def losing_the_focus_brings_the_keyboard_home(case):
    """A lock screen, or any window that comes before it: the next key must be local."""
    case.show(case.picture())
    case.screen.wait(0, 0, 0x336699)
    before = len(case.server.lines)
    case.display.run("xdotool", "search", "--sync", "--onlyvisible", "--class", "hotdesk-viewer", "windowfocus", "--sync")
    other = case.display.start("xev", ["xev", "-geometry", "100x100+0+0"])
    case.display.run("xdotool", "search", "--sync", "--onlyvisible", "--name", "Event Tester", "windowfocus", "--sync")
    wait_for("the order", lambda: len(case.server.lines) > before)
    assert case.server.lines[before] == {"verb": "switch", "target": "local"}, case.server.lines
    other.stop()


CHECKS = [full_screen_comes_and_goes, each_pixel_is_where_it_belongs, only_what_is_told_is_new,
          what_moved_is_shown_at_once, half_a_picture_is_never_shown, the_pointer_is_drawn_and_taken_away,
          the_pointer_is_there_in_a_picture_that_is_being_written, another_target_is_another_picture,
          another_size_in_the_middle, nonsense_is_not_drawn, losing_the_focus_brings_the_keyboard_home,
          a_lost_server_shows_nothing]


def watching_one_target_scales_it(desk):
    """A picture twice the window's size: grey lines of a pixel become one even grey, edges stay where they are."""
    case = Case(desk, "--view", "lab3", width_px=960, height_px=600)
    try:
        assert case.server.targets == ["lab3"]
        picture = case.picture(1920, 1200, color=WHITE)
        picture.fill(0, 0, 960, 1200, color=lambda x, y: WHITE if y % 2 else 0)
        case.show(picture)
        case.screen.wait(900, 300, WHITE)
        for place in ((10, 10), (240, 300), (470, 590)):
            grey = case.screen.pixel(*place)
            assert grey & 0xff == grey >> 16 and 0x78 <= grey & 0xff <= 0x88, f"{place}: {grey:06x}"
        # A part that is drawn later fits the rest without a seam.
        before = case.screen.pixels(0, 0, 960, 600)
        case.server.damage(picture, (333, 111, 777, 555))
        case.server.damage(picture, (1, 1, 1, 1))
        picture.fill(1900, 1100, 20, 20, color=RED)
        case.server.damage(picture, (1900, 1100, 20, 20))
        case.screen.wait(955, 555, RED)
        after = case.screen.pixels(0, 0, 960, 540)
        assert after == before[:960 * 540]
    finally:
        case.end()


def the_session_keeps_a_full_screen(desk):
    """A process of its own: when it is killed another one shows the picture, and the service goes on."""
    case = Case(desk, "--session")
    try:
        case.show(case.picture(color=RED))
        case.screen.wait(0, 0, RED)
        child = int(desk.run("pgrep", "-P", str(case.viewer.pid)))
        asked = len(case.server.targets)
        os.kill(child, signal.SIGKILL)
        wait_for("another one", lambda: len(case.server.targets) > asked)
        case.show(case.picture(color=GREEN))
        case.screen.wait(0, 0, GREEN)
        child = int(desk.run("pgrep", "-P", str(case.viewer.pid)))
        case.viewer.kill()
        wait_for("its end", lambda: not os.path.exists(f"/proc/{child}"))
    finally:
        case.end()


def with_a_window_manager_it_is_above_all(desk):
    case = Case(desk, "--screen")
    try:
        case.display.start("openbox", ["openbox"])
        wait_for("openbox", lambda: "window id" in case.display.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
        case.display.start("xev", ["xev", "-geometry", "400x300+0+0"])
        case.display.run("xdotool", "search", "--sync", "--onlyvisible", "--name", "Event Tester")
        for color in (RED, GREEN, BLUE):
            case.show(case.picture(color=color))
            for place in ((0, 0), (WIDTH_PX - 1, 0), (0, HEIGHT_PX - 1), (200, 150)):
                case.screen.wait(*place, color)
            case.server.state(0)
            wait_for("no window", lambda: not case.window_is_there())
        assert not case.server.lines, case.server.lines
    except OSError as error:
        raise Failed(f"{error}: {case.viewer.text()} {case.viewer.is_running()}") from None
    finally:
        case.end()


def it_comes_over_a_full_screen_and_gives_the_focus_back(desk):
    """A game or a film fills the screen: the picture is over it, and then it is there again, with the keys."""
    case = Case(desk, "--screen")
    try:
        case.display.start("openbox", ["openbox"])
        wait_for("openbox", lambda: "window id" in case.display.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
        case.display.start("xterm", ["xterm", "-fullscreen", "-title", "film", "-bg", "#102030", "-e", "sleep 1000"])
        film = case.display.run("xdotool", "search", "--sync", "--onlyvisible", "--name", "^film$").split()[0]
        wait_for("the film on all of the screen", lambda: case.screen.pixel(WIDTH_PX - 1, HEIGHT_PX - 1) == 0x102030
                 and case.screen.pixel(1, HEIGHT_PX - 1) == 0x102030)
        case.display.run("xdotool", "windowactivate", "--sync", film)
        for color in (RED, GREEN):
            case.show(case.picture(color=color))
            for place in ((0, 0), (WIDTH_PX - 1, 0), (0, HEIGHT_PX - 1), (WIDTH_PX - 1, HEIGHT_PX - 1)):
                case.screen.wait(*place, color)
            case.server.state(0)
            case.screen.wait(WIDTH_PX - 1, HEIGHT_PX - 1, 0x102030)
            wait_for("the focus", lambda: case.display.run("xdotool", "getwindowfocus").strip() == film)
        assert not case.server.lines, case.server.lines
    finally:
        case.end()


def main():
    tap = Tap()
    with Harness() as desk:
        case = Case(desk, "--screen")
        def wanted(check):
            return not sys.argv[1:] or any(word in check.__name__ for word in sys.argv[1:])
        for check in filter(wanted, CHECKS):
            if not tap.check(check.__name__.replace("_", " "), check, case):
                print("# " + case.viewer.text().strip().replace("\n", "\n# ")[-1000:])
        case.end()
        for check in filter(wanted, (watching_one_target_scales_it, the_session_keeps_a_full_screen,
                                     with_a_window_manager_it_is_above_all,
                                     it_comes_over_a_full_screen_and_gives_the_focus_back)):
            tap.check(check.__name__.replace("_", " "), check, desk)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
