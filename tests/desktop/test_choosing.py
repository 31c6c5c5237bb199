#!/usr/bin/python3
"""The switcher over the full screen, against a server of this file: with 2, 9 and 40 targets at three sizes of a screen, compared
with kept pictures (switcher/*.png; `HOTDESK_KEEP=1` writes them anew)."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Harness, Tap, wait_for  # noqa: E402
from frames import Picture  # noqa: E402
from wall import OTHERS, SIZES, Case, desktop_rows, target  # noqa: E402

COUNTS = (2, 9, 40)
THUMBNAIL_SIZES = ((480, 270), (480, 300), (400, 300), (168, 300), (480, 202))


class SwitcherCase(Case):
    group = "switcher"
    parts = 64  # so that the line below counts

    def __init__(self, desk, size):
        super().__init__(desk, size, ["--screen"], 0)
        wait_for("the viewer's requests", lambda: self.server.watch and self.server.follower)

    def tell(self, count, selected, fitting=None, **more):
        """What is selected in the open switcher."""
        fitting = range(count + 1) if fitting is None else fitting
        self.server.event("switcher", open=True, selected=selected, fitting=list(fitting), **more)
        wait_for("a follower of all", lambda: "all" in self.server.followers)

    def show_thumbnails(self, numbers):
        for number in numbers:
            why = OTHERS.get(number, ("", "", ""))[2]
            if why:
                self.server.state(number, why)
                continue
            size = THUMBNAIL_SIZES[number % len(THUMBNAIL_SIZES)]
            picture = self.pictures[number] = Picture(16, 16)
            picture.set_thumbnail(*size, desktop_rows(number, *size))
            self.server.send_file(picture, number)
            self.server.show_thumbnail(number, *size)


def each_count(case):
    """More and more targets come to the same switcher."""
    shown = 0
    for count in COUNTS:
        for number in range(shown + 1, count + 1):
            case.server.event("target", **target(number))
        if not shown:
            case.server.event("switched", **{"from": 0}, from_name="local", number=1, name="lab3", why=None)
        case.tell(count, selected=count)
        case.show_thumbnails(range(shown + 1, count + 1))
        shown = count
        case.wait_as_kept(f"all-{count}")
    if case.height_px == 1080:
        case.tell(count, selected=3, fitting=(1, 2, 3, 4, 14), typed="a")
        case.wait_as_kept("typed-40")


def all_sizes(desk, tap):
    cases = [SwitcherCase(desk, size) for size in SIZES]
    with ThreadPoolExecutor() as pool:
        results = [pool.submit(each_count, case) for case in cases]
    for size, result in zip(SIZES, results):
        tap.check(f"the switcher at {size[0]}x{size[1]}", result.result)
    for case in cases:
        case.end()


def main():
    os.environ.setdefault("HOTDESK_BUILD", "build")
    tap = Tap()
    with Harness() as desk:
        all_sizes(desk, tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
