#!/usr/bin/python3
"""Several targets in one window (`--view` with names, `--wall`), against a server of this file: with 2 to 16 targets at three
sizes of a screen, compared with kept pictures (grid/*.png; `HOTDESK_KEEP=1` writes them anew); targets that come, go and are
renamed; clicks."""

import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pixels  # noqa: E402
from harness import Failed, Harness, Tap, wait_for  # noqa: E402
from frames import FramesServer, Picture  # noqa: E402
from wall import SIZES, Case, target  # noqa: E402

COUNTS = (2, 4, 9, 16)


def each_count(case):
    """More and more targets come to the same wall."""
    case.fill_screen()
    shown = 0
    for count in COUNTS:
        for number in range(shown + 1, count + 1):
            if shown:
                case.server.event("target", **target(number))
        case.follow(range(shown + 1, count + 1))
        if not shown:
            case.server.event("switched", **{"from": 0}, from_name="local", number=1, name="lab3", why=None)
        shown = count
        case.wait_as_kept(f"wall-{count}")


def middle_of(case, number, count=2):
    """Of the tile of one of two: they are side by side."""
    return (2 * number - 1) * case.width_px // (2 * count), case.height_px // 2


def wait_pixel(case, place, color):
    try:
        wait_for("the pixel", lambda: case.pixel(*place) == color)
    except Failed as failure:
        raise Failed(f"{failure} at {place}: {case.pixel(*place):06x}, not {color:06x}") from None


def show_colors(case, numbers, color=0x336699):
    for number in numbers:
        wait_for(f"a follower of {number}", lambda: str(number) in case.server.followers)
        picture = case.pictures[number] = Picture(640, 360)
        picture.fill(0, 0, 640, 360, color=color + number)
        case.server.show(picture, number)
        case.server.damage(picture, (0, 0, 640, 360), number=number)


def has_ended(connection):
    try:
        return not connection.recv(1, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False


def names_are_shown_and_only_watched(desk):
    case = Case(desk, SIZES[0], ["--view", "rack-b-12", "lab3"], 4)
    try:
        case.fill_screen()
        show_colors(case, (4, 1))
        wait_pixel(case, middle_of(case, 1), 0x336699 + 4)
        wait_pixel(case, middle_of(case, 2), 0x336699 + 1)
        assert sorted(case.server.targets) == ["1", "4"], case.server.targets
        case.click(*middle_of(case, 2))
        case.display.run("xdotool", "key", "Right", "Return")
        case.pictures[1].fill(0, 0, 640, 360, color=0xff0000)
        case.server.damage(case.pictures[1], (0, 0, 640, 360), number=1)
        wait_pixel(case, middle_of(case, 2), 0xff0000)
        assert not case.server.lines, f"a click asked for {case.server.lines}"
    finally:
        case.end()


def what_is_wrong_is_said(desk):
    """With what there is."""
    case = Case(desk, SIZES[0], ["--view", "lab3", "lab33"], 2)
    try:
        assert case.viewer.wait() == 1
        text = case.viewer.text()
        assert "there is no target 'lab33'; there are: lab3, attic" in text, text
    finally:
        case.end()
    case = Case(desk, SIZES[0], ["--wall", "rack"], 2, conf='sets { "lab" = "lab*" }\n')
    try:
        assert case.viewer.wait() == 1
        text = case.viewer.text()
        assert "there is no set 'rack'" in text and "there are: lab" in text, text
    finally:
        case.end()


def a_set_follows_its_targets(desk):
    """Those that come are shown, those that are renamed out of it are not any more."""
    case = Case(desk, SIZES[0], ["--wall", "lab"], 4, conf='sets { "lab" = "lab* rack-b-12" }\n')
    try:
        case.fill_screen()
        show_colors(case, (1, 4))
        wait_pixel(case, middle_of(case, 2), 0x336699 + 4)
        case.server.event("target", **target(4, "other"))
        wait_pixel(case, middle_of(case, 1, 1), 0x336699 + 1)
        wait_for("the end of its picture", lambda: has_ended(case.server.followers["4"]))
        case.server.event("target", **target(9, "lab9"))
        show_colors(case, (9,))
        wait_pixel(case, middle_of(case, 2), 0x336699 + 9)
        case.server.event("forgotten", number=1, name="lab3")
        wait_pixel(case, middle_of(case, 1, 1), 0x336699 + 9)
        assert set(case.server.targets) == {"1", "4", "9"}, case.server.targets
    finally:
        case.end()


def a_click_enters(desk):
    """What is refused is told with its reason, for a while."""
    case = Case(desk, SIZES[0], ["--wall"], 2)
    case.server.answers["switch"] = {"ok": False, "code": "not-ready", "error": "attic is offline: no answer"}
    try:
        case.fill_screen()
        show_colors(case, (1,))
        wait_pixel(case, middle_of(case, 1), 0x336699 + 1)
        case.click(*middle_of(case, 2))
        wait_for("a request", lambda: case.server.lines)
        assert case.server.lines == [{"verb": "switch", "target": "2"}], case.server.lines
        amber = (0xfb, 0xbf, 0x24)
        stripe = lambda: bytes(amber) in pixels.rows_of(case.root, 0, 60, case.width_px, 1)[0]  # noqa: E731
        wait_for("the refusal", stripe)
        wait_for("its end", lambda: not stripe(), 15)
        assert case.pixel(*middle_of(case, 1)) == 0x336699 + 1
        case.server.answers["switch"] = {"ok": True, "number": 1, "name": "lab3", "viewers": 0}
        case.pointer(2, 2)
        case.display.run("xdotool", "key", "--window", str(case.windows()[0].id), "Right", "Return")
        wait_for("a request", lambda: len(case.server.lines) == 2)
        assert case.server.lines[1] == {"verb": "switch", "target": "1"}, case.server.lines
    finally:
        case.end()


def a_server_that_went_comes_back(desk):
    case = Case(desk, SIZES[0], ["--wall"], 1)
    path = case.server.path
    try:
        case.fill_screen()
        show_colors(case, (1,))
        wait_pixel(case, middle_of(case, 1, 1), 0x336699 + 1)
        case.server.close()
        wait_for("no picture", lambda: case.pixel(640, 100) != 0x336699 + 1)
        case.server = FramesServer(path)
        case.server.targets_told = [target(1)]
        show_colors(case, (1,), 0x553311)
        wait_pixel(case, middle_of(case, 1, 1), 0x553311 + 1)
    finally:
        case.end()


def f11_covers_the_screen(desk):
    """And the next one takes it back."""
    case = Case(desk, SIZES[1], ["--wall"], 1, has_manager=True)
    try:
        window = case.display.run("xdotool", "search", "--sync", "--onlyvisible", "--class", "hotdesk-viewer").strip()
        show_colors(case, (1,))

        def size():
            return case.display.run("xdotool", "getwindowgeometry", window).split("Geometry:")[1].strip()
        assert size() == "1280x720", size()
        for wanted_size in ("1920x1080", "1280x720"):
            case.display.run("xdotool", "windowfocus", "--sync", window, "key", "F11")
            wait_for(wanted_size, lambda: size() == wanted_size)
        assert case.viewer.is_running()
    finally:
        case.end()


def all_sizes(desk, tap):
    cases = [Case(desk, size, ["--wall"], COUNTS[0]) for size in SIZES]
    with ThreadPoolExecutor() as pool:
        results = [pool.submit(each_count, case) for case in cases]
    for size, result in zip(SIZES, results):
        tap.check(f"the wall at {size[0]}x{size[1]}", result.result)
    for case in cases:
        case.end()


def wanted(name):
    return not sys.argv[1:] or any(word in name for word in sys.argv[1:])


def main():
    os.environ.setdefault("HOTDESK_BUILD", "build")
    tap = Tap()
    with Harness() as desk:
        if wanted("the wall at"):
            all_sizes(desk, tap)
        for check in (names_are_shown_and_only_watched, what_is_wrong_is_said, a_set_follows_its_targets, a_click_enters,
                      a_server_that_went_comes_back, f11_covers_the_screen):
            if wanted(check.__name__):
                tap.check(check.__name__.replace("_", " "), check, desk)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
