#!/usr/bin/python3
"""hotdesk-viewer on Wayland desktops whose screen has more pixels than the desktop counts, with a target that has as many pixels as
that screen; and on an X display that wishes larger letters."""

import os
import sys

# What is tried here is where things are, not how soon: drawing so many pixels may keep the processor from the keys for a while.
os.environ.setdefault("HOTDESK_TIME_FACTOR", "4")

from wayland import HEIGHT_PX, WIDTH_PX  # noqa: E402
from chain import Target  # noqa: E402
from test_wayland import NAME, Desk  # noqa: E402
from harness import Failed, Harness, Tap, wait_for  # noqa: E402
from Xlib import X, Xatom, display as xlib_display  # noqa: E402

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


def another_scale_is_followed(desk):
    """sway takes the focus from the window then, and so the keys come home first."""
    for scale in (1, SCALE):
        desk.compositor.rescale(scale)
        wait_for("local to be active", lambda: desk.console.active_name() == "local", 20)
        desk.switch(NAME)
        desk.wait_same()


def full_screen_is_pixel_for_pixel(desk):
    desk.rest_pointers()
    desk.console.ask("switch", target=NAME)
    desk.wait_same()
    desk.console.ask("switch", target="local")
    desk.wait_background()


def a_pointer_is_enlarged_with_its_picture(desk):
    """That of half as many pixels a side, shown twice as large, over a terminal: a beam of some pixels."""
    small = Target(desk, "small", size=(WIDTH_PX // SCALE, HEIGHT_PX // SCALE))
    small.display.terminal(options=("-geometry", "20x8+10+10"))
    small.display.run("xdotool", "mousemove", "60", "60")
    desk.console.ask("switch", target="small")

    def beam_px():
        image = desk.compositor.xlib.screen().root.get_image(60 * SCALE - 20, 60 * SCALE - 20, 40, 40, X.ZPixmap, 0xffffffff).data
        rows = [image[at:at + 160] for at in range(0, len(image), 160)]
        return sum(any(row[at:at + 3] != b"\xff\xff\xff" for at in range(0, 160, 4)) for row in rows)
    try:
        wait_for("the pointer", lambda: 10 * SCALE < beam_px() < 40, 20, 0.05)
    except Failed as failure:
        raise Failed(f"{failure}: it is {beam_px()} pixels high") from None
    desk.console.ask("switch", target="local")


def letters_are_as_the_x_display_wishes(desk):
    """Xft.dpi: the window's first size, and letters, by which the border is measured."""
    usual, dense = (window_on_x(desk, dpi) for dpi in (None, 192))
    assert usual[0] == (960, 600) and dense[0] == (1920, 1200), (usual[0], dense[0])
    assert dense[1] in (2 * usual[1], 2 * usual[1] + 1), (usual[1], dense[1])


def window_on_x(desk, dpi):
    """Its size when it comes, and the height of its border above when it is small."""
    display = desk.desk.display(2000, 1300)
    x = xlib_display.Display(display.name)
    root = x.screen().root
    if dpi:
        root.change_property(Xatom.RESOURCE_MANAGER, Xatom.STRING, 8, f"Xft.dpi:\t{dpi}\n".encode())
        x.sync()
    conf = os.path.join(desk.desk.directory, "viewer-x.conf")
    with open(conf, "w", encoding="utf-8") as file:
        file.write("border = on\nosd = off\n")
    viewer = desk.desk.start("hotdesk-viewer", [desk.desk.program("hotdesk-viewer"), "--view", NAME, "--config", conf],
                           env={**desk.console.environment, **display.environment(), "SDL_VIDEODRIVER": "x11"})
    window = wait_for("the window", lambda: next((one for one in root.query_tree().children
                                                  if one.get_attributes().map_state == X.IsViewable), None), 20)
    size = window.get_geometry()
    window.configure(x=0, y=0, width=320, height=200)
    x.sync()

    def column():
        data = root.get_image(160, 0, 1, 200, X.ZPixmap, 0xffffffff).data
        return [data[at:at + 3] for at in range(0, len(data), 4)]
    wait_for("its border", lambda: column()[0] == column()[199] != column()[100] and window.get_geometry().width == 320, 20, 0.05)
    pixels = column()
    top_px = next(y for y in range(200) if pixels[y] != pixels[0])
    viewer.stop()
    x.close()
    display.process.stop()
    return (size.width, size.height), top_px


WINDOW = (its_picture_is_the_screen_pixel_for_pixel, a_click_lands_where_it_is_seen, another_scale_is_followed)
SESSION = (full_screen_is_pixel_for_pixel, a_pointer_is_enlarged_with_its_picture)
X11 = (letters_are_as_the_x_display_wishes,)


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for kind, option, checks in (("sway", "--window", WINDOW), ("weston", "--session", SESSION), ("x11", None, X11)):
            checks = [check for check in checks
                      if not sys.argv[1:] or any(word in check.__name__ for word in sys.argv[1:])]
            if checks and option:
                desk.open(kind, option, scale=SCALE)
            if checks and option == "--window":
                desk.switch(NAME)
            for check in checks:
                if not tap.check(f"{kind}: {check.__name__.replace('_', ' ')}", check, desk):
                    text = f"{desk.viewer and desk.viewer.text()[-1500:]}\n{desk.console.log()[-1500:]}"
                    print("# " + text.replace("\n", "\n# "), flush=True)
            desk.close()
            desk.viewer = desk.compositor = None
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
