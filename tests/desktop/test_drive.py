#!/usr/bin/python3
"""A person at hotdesk-viewer's window (xdotool) works on a real target: types, clicks what he sees, drags, turns the wheel,
in every scale and size of the window."""

import os
import struct
import sys

from Xlib import X, display as xlib_display

from chain import EVDEV_OFFSET, Target
from harness import ALT, KEYCODES, SCROLL_LOCK, Failed, Harness, Tap, difference, wait_for

NAME = "lab"
SCREEN_PX = (1000, 760)
TARGET_PX = (640, 480)
MARK_PX = 12
# Of marks on the target: a colour each that nothing else there has.
MARKS = {(4, 4): 0xff2040, (TARGET_PX[0] - 20, 8): 0x20ff40, (300, 220): 0x2040ff, (10, TARGET_PX[1] - 18): 0xffff20,
         (TARGET_PX[0] - 18, TARGET_PX[1] - 20): 0x20ffff}
TAB, META = 23, 133


class Desk:
    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console(conf="log-level = debug\n")
        self.screen = desk.display(*SCREEN_PX)
        self.eye = xlib_display.Display(self.screen.name)
        self.lab = Target(self, NAME, size=TARGET_PX)
        self.marks = self._paint_marks()
        self.viewer = None

    def _paint_marks(self):
        """Squares that no program of the target is in the way of."""
        root = self.lab.eye.screen().root
        windows = []
        for (x_px, y_px), color in MARKS.items():
            windows.append(root.create_window(x_px, y_px, MARK_PX, MARK_PX, 0, X.CopyFromParent, background_pixel=color,
                                              override_redirect=True))
            windows[-1].map()
        self.lab.eye.sync()
        return windows

    def open(self, scale="fit", size=TARGET_PX, conf=""):
        if self.viewer:
            self.viewer.stop()
        path = os.path.join(self.desk.directory, "viewer.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("osd = off\n" + conf)
        self.viewer = self.console.window(self.screen, "--scale", scale, "--config", path)
        window = self.screen.run("xdotool", "search", "--onlyvisible", "--class", "hotdesk-viewer").split()[0]
        self.screen.run("xdotool", "windowmove", window, "20", "30", "windowsize", window, *map(str, size))
        self.window = self.eye.create_resource_object("window", int(window))
        self.size = size
        wait_for("the window's size", lambda: self._geometry() == (20, 30, *size))
        self.xdotool("key", "Scroll_Lock", "Scroll_Lock", "key", str(self.console.target(NAME)["number"]))
        wait_for("it to be active", lambda: self.console.active_name() == NAME)

    def _geometry(self):
        geometry = self.window.get_geometry()
        return geometry.x, geometry.y, geometry.width, geometry.height

    def xdotool(self, *arguments):
        self.screen.run("xdotool", *arguments)

    def pixels(self):
        """0x00RRGGBB each, by rows."""
        data = bytearray(self.window.get_image(0, 0, *self.size, X.ZPixmap, 0xffffffff).data)
        data[3::4] = bytes(len(data) // 4)
        return bytes(data)

    def find(self, color):
        """The middle of that mark in the window, or None. A scaled one has its colour inside."""
        data, wanted = self.pixels(), struct.pack("=I", color)
        first, last = data.find(wanted), data.rfind(wanted)
        if first < 0:
            return None
        places = [divmod(at // 4, self.size[0]) for at in (first, last)]
        return (places[0][1] + places[1][1]) // 2, (places[0][0] + places[1][0]) // 2

    def point(self, x_px, y_px):
        """To a place in the window."""
        self.xdotool("mousemove", str(20 + x_px), str(30 + y_px))


def typing(desk):
    terminal = desk.lab.display.terminal(options=("-geometry", "40x10+60+60"))
    desk.open()
    terminal.mark()
    desk.xdotool("type", "--delay", "0", "Sphinx of black quartz, JUDGE my vow! {1+2}")
    terminal.wait_text("Sphinx of black quartz, JUDGE my vow! {1+2}")
    terminal.stop()


def clicks_land_on_what_is_seen(scale, size, conf=""):
    """Also on what is outside of the window, once the pointer has gone that way."""
    def check(desk):
        desk.open(scale, size, conf)
        for (x_px, y_px), color in MARKS.items():
            seen = [None]

            def is_seen():
                # Towards where it must be: what is outside comes in.
                desk.point(x_px * size[0] // TARGET_PX[0], y_px * size[1] // TARGET_PX[1])
                seen[0] = desk.find(color)
                return seen[0]
            wait_for(f"the mark at {x_px}, {y_px} to be seen", is_seen)
            here = (x_px + MARK_PX // 2, y_px + MARK_PX // 2)

            def is_on_it():
                # A picture larger than the window moves under the pointer, less each time.
                seen[0] = desk.find(color) or seen[0]
                desk.point(*seen[0])
                return desk.lab.display.pointer_is_near(*here, MARK_PX // 2)
            try:
                wait_for("the pointer on it", is_on_it)
            except Failed as failure:
                raise Failed(f"{failure}: {here}, at {desk.lab.display.pointer()}, seen at {seen[0]}") from None
    check.__name__ = f"with --scale {scale} in {size[0]}x{size[1]} clicks land on what is seen" + (" within a border" if conf else "")
    return check


def pixel_for_pixel(desk):
    """A picture of the window's size is the target's screen, and each place is the same place there."""
    desk.open("fit", TARGET_PX)
    root = desk.lab.eye.screen().root

    def is_same():
        data = bytearray(root.get_image(0, 0, *TARGET_PX, X.ZPixmap, 0xffffffff).data)
        data[3::4] = bytes(len(data) // 4)
        return desk.pixels() == bytes(data)
    wait_for("the same picture", is_same, 10, 0.1)
    for place in ((0, 0), (1, 479), (333, 222), (639, 479), (639, 0)):
        desk.point(*place)
        wait_for(f"the pointer at {place}", lambda: desk.lab.display.pointer() == place)


def click_drag_and_wheel(desk):
    desk.open()
    log = desk.lab.display.keylog()
    desk.point(100, 100)
    wait_for("the pointer", lambda: desk.lab.display.pointer() == (100, 100))
    log.mark()
    desk.xdotool("click", "1", "click", "3", "mousedown", "1", "mousemove_relative", "60", "40", "mouseup", "1",
                 "click", "--repeat", "3", "--delay", "5", "4", "click", "5", "click", "7")
    wanted = [("1", "down"), ("1", "up"), ("3", "down"), ("3", "up"), ("1", "down"), ("drag", "160 140"), ("1", "up"),
              *[("4", "down"), ("4", "up")] * 3, ("5", "down"), ("5", "up"), ("7", "down"), ("7", "up")]

    def heard():
        events = []
        for event in log.events():
            if event[0] == "button":
                events.append((event[1], event[2]))
            elif event[0] == "motion" and events and events[-1] == ("1", "down") and event[1:3] != ["100", "100"]:
                events.append(("drag", " ".join(event[1:3])))
        return events
    wait_for("all of it", lambda: len(heard()) >= len(wanted))
    log.stop()
    assert heard() == wanted, difference(wanted, heard())


def the_desktops_shortcuts_are_the_targets(desk):
    """Alt+Tab and Meta are grabbed by a window manager: not while a target is active."""
    desk.open()
    manager = desk.screen.start("openbox", ["openbox"])
    wait_for("openbox", lambda: "window id" in desk.screen.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
    other = desk.screen.start("xev", ["xev", "-geometry", "100x100+800+600"])
    desk.screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name", "Event Tester")
    desk.screen.run("xdotool", "windowactivate", "--sync", str(desk.window.id))
    if desk.console.active_name() != NAME:
        desk.xdotool("key", "Scroll_Lock", "Scroll_Lock", "key", "1")
        wait_for("it to be active", lambda: desk.console.active_name() == NAME)
    ear = desk.lab.display.keylog("--raw")
    for modifier, key in ((ALT, TAB), (META, KEYCODES["d"])):
        ear.mark()
        desk.xdotool("keydown", str(modifier), "key", str(key), "keyup", str(modifier))
        ear.wait_keys([("press", modifier), ("press", key), ("release", key), ("release", modifier)])
    assert desk.console.active_name() == NAME
    # In `local` they are the window manager's: the other window comes.
    desk.console.ask("switch", target="local")
    ear.mark()

    def is_away():
        desk.xdotool("keydown", "alt", "key", "Tab", "keyup", "alt")
        return desk.screen.run("xdotool", "getwindowfocus").strip() != str(desk.window.id)
    wait_for("Alt+Tab to be the window manager's", is_away, 10, 0.3)
    assert not ear.keys(), ear.keys()
    ear.stop()
    other.stop()
    manager.stop()


def all_goes_up_at_focus_loss(desk):
    desk.open()
    ear = desk.lab.display.keylog("--raw")
    desk.point(50, 50)
    desk.xdotool("keydown", "shift", "keydown", "x", "mousedown", "1")
    wait_for("all of it to be down", lambda: len(desk.lab.keys_down()) == 2 and desk.lab.buttons_down())
    other = desk.screen.start("xev", ["xev", "-geometry", "100x100+800+600"])
    desk.screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name", "Event Tester", "windowfocus", "--sync")
    desk.lab.wait_quiet()
    wait_for("local to be active", lambda: desk.console.active_name() == "local")
    desk.xdotool("keyup", "x", "keyup", "shift", "mouseup", "1")
    other.stop()
    ear.stop()


def count(hand, each, times):
    """SDL takes two that are the same within a millisecond of the X server for one. tests/viewer/test_input.c has them
    exactly."""
    for _ in range(times):
        hand.do(f"rel {each}", "sleep 2")


def a_captured_pointer_counts(desk):
    """As far as the mouse goes, whatever the window's edge; given back with the keyboard."""
    desk.open("fit", TARGET_PX, conf="pointer = captured\n")
    hand = desk.screen.typist()
    wait_for("the corner", lambda: count(hand, "-99 -99", 9) or desk.lab.display.pointer() == (0, 0))
    wait_for("the other corner", lambda: count(hand, "99 99", 9) or desk.lab.display.pointer() == (639, 479))
    count(hand, "-9 -6", 10)
    wait_for("the way back", lambda: desk.lab.display.pointer()[0] < 600 and desk.lab.display.pointer()[1] < 450)
    desk.xdotool("key", "Scroll_Lock", "Scroll_Lock", "key", "0")
    wait_for("local to be active", lambda: desk.console.active_name() == "local")
    hand.do("move 5 5")
    wait_for("the pointer to be free", lambda: desk.screen.pointer() == (5, 5))
    hand.stop()


CHECKS = [typing, pixel_for_pixel, click_drag_and_wheel, the_desktops_shortcuts_are_the_targets,
          all_goes_up_at_focus_loss, a_captured_pointer_counts,
          *(clicks_land_on_what_is_seen(*case) for case in
            (("fit", (400, 380)), ("1", (720, 560)), ("1", (420, 300)), ("fill", (400, 380)),
             ("fit", (400, 380), "border = on\n"), ("fill", (400, 380), "border = on\n")))]


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for check in CHECKS:
            name = check.__name__.replace("_", " ")
            if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
                if not tap.check(name, check, desk):
                    text = f"{desk.viewer and desk.viewer.text()[-1000:]}\n{desk.console.log()[-1000:]}"
                    print("# " + text.replace("\n", "\n# "), flush=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
