#!/usr/bin/python3
"""hotdesk-viewer on Wayland desktops whose screen has more pixels than the desktop counts, with a target that has as many pixels as
that screen."""

import os
import sys

# What is tried here is where things are, not how soon: drawing so many pixels may keep the processor from the keys for a while.
os.environ.setdefault("HOTDESK_TIME_FACTOR", "4")

from wayland import HEIGHT_PX, WIDTH_PX  # noqa: E402
from test_wayland import NAME, Desk  # noqa: E402
from harness import Failed, Harness, Tap, wait_for  # noqa: E402

SCALE = 2


def its_picture_is_the_screen_pixel_for_pixel(desk):
    desk.rest_pointers()
    desk.wait_same()
    desk.terminal.focus()
    desk.hand.type("of one pixel each")
    desk.wait_same()


def a_click_lands_where_it_is_seen(desk):
    """On each of the pixels that the desktop has as one, too."""
    for place in ((0, 0), (1, 1), (122, 457), (123, 456), (WIDTH_PX - 1, HEIGHT_PX - 1), (WIDTH_PX - 2, 0)):
        desk.hand.do(f"move {place[0]} {place[1]}")
        try:
            wait_for("the pointer", lambda: desk.lab.display.pointer() == place)
        except Failed as failure:
            raise Failed(f"{failure} at {place}: {desk.lab.display.pointer()}") from None
    desk.rest_pointers()


def full_screen_is_pixel_for_pixel(desk):
    desk.rest_pointers()
    desk.console.ask("switch", target=NAME)
    desk.wait_same()
    desk.console.ask("switch", target="local")
    desk.wait_background()


WINDOW = (its_picture_is_the_screen_pixel_for_pixel, a_click_lands_where_it_is_seen)
SESSION = (full_screen_is_pixel_for_pixel,)


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for kind, option, checks in (("sway", "--window", WINDOW), ("weston", "--session", SESSION)):
            checks = [check for check in checks
                      if not sys.argv[1:] or any(word in check.__name__ for word in sys.argv[1:])]
            if checks:
                desk.open(kind, option, scale=SCALE)
            if checks and option == "--window":
                desk.switch(NAME)
            for check in checks:
                if not tap.check(f"{kind}: {check.__name__.replace('_', ' ')}", check, desk):
                    text = f"{desk.viewer.text()[-1500:]}\n{desk.console.log()[-1500:]}"
                    print("# " + text.replace("\n", "\n# "), flush=True)
            desk.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
