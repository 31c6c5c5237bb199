#!/usr/bin/python3
"""hotdesk-viewer on Wayland desktops, with a real target: sway, which lets the window have its shortcuts, and weston."""

import os
import sys
import time

from Xlib import X

from chain import EVDEV_OFFSET, Target
from harness import ALT, CAPS_LOCK, KEYCODES, NUM_LOCK, SCROLL_LOCK, SHIFT, FACTOR, Failed, Harness, Tap, difference, wait_for
from test_keys import CODES, KEPT_BY_X, OWN_KEYS, KEY_SCROLLLOCK
from wayland import BACKGROUND, HEIGHT_PX, WIDTH_PX, Compositor

TAB, META = 23, 133
NAME = "lab"
REST_PX = (WIDTH_PX - 20, HEIGHT_PX - 20)  # of pointers, where no pixel is looked at
FREE_PX = (WIDTH_PX // 3, HEIGHT_PX - 30)  # where no pointer rests, comes from or is left by a compositor
LOOKED_AT_PX = HEIGHT_PX - 100


class Desk:
    """A console on a Wayland desktop, and a target of the same size."""

    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console(conf="log-level = debug\n")
        self.lab = Target(self, NAME, size=(WIDTH_PX, HEIGHT_PX))
        self.terminal = self.lab.display.terminal(options=("-geometry", "60x20+30+40"))
        self.ear = self.lab.display.keylog("--raw")
        self.viewer = self.compositor = None

    def open(self, kind, *options, conf="", full="none", scale=1):
        self.compositor = Compositor(self.desk, kind, full, scale)
        self.hand = self.compositor.display.typist()
        self.start_viewer(*options, conf=conf)

    def start_viewer(self, *options, conf=""):
        path = os.path.join(self.desk.directory, "viewer.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("log-level = debug\nosd = off\n" + conf)
        self.viewer = self.start("hotdesk-viewer", self.desk.program("hotdesk-viewer"), *options, "--config", path)
        if "--window" in options:
            wait_for("the window to be the server's source", self._is_source, 20)
            self.viewer_log("keys are the compositor's")
        else:
            self.viewer_log("connected to hotdesk-server")

    def start(self, name, *argv):
        """A program on the desktop, and on no other."""
        return self.desk.start(name, argv, env={**self.console.environment, **self.compositor.environment()})

    def _is_source(self):
        return any(source["kind"] == "window" for source in self.console.ask("status")["sources"])

    def viewer_log(self, text):
        wait_for(f"the viewer to say {text!r}", lambda: text in self.viewer.text(), 20)

    def switch(self, name):
        digit = "0" if name == "local" else str(self.console.target(name)["number"])
        self.hand.do(f"key {SCROLL_LOCK}", f"key {SCROLL_LOCK}", f"key {KEYCODES[digit]}")
        wait_for(f"{name} to be active", lambda: self.console.active_name() == name)
        self.ear.mark()

    def rows(self, display):
        image = display.screen().root.get_image(0, 0, WIDTH_PX, LOOKED_AT_PX, X.ZPixmap, 0xffffffff)
        pixels = bytearray(image.data)
        pixels[3::4] = bytes(len(pixels) // 4)
        return bytes(pixels)

    def differing(self):
        """How many pixels of the desktop are not the target's."""
        here, there = self.rows(self.compositor.xlib), self.rows(self.lab.eye)
        return sum(here[at:at + 4] != there[at:at + 4] for at in range(0, len(here), 4)) if here != there else 0

    def wait_same(self):
        try:
            wait_for("the target's screen", lambda: self.differing() == 0, 15, 0.1)
        except Failed as failure:
            raise Failed(f"{failure}: {self.differing()} pixels differ") from None

    def rest_pointers(self):
        for display in (self.lab.display, self.compositor.display):
            display.run("xdotool", "mousemove", *map(str, REST_PX))

    def color(self, x_px, y_px):
        data = self.compositor.xlib.screen().root.get_image(x_px, y_px, 1, 1, X.ZPixmap, 0xffffffff).data
        return int.from_bytes(data[:3], "little")

    def wait_background(self):
        wait_for("the desktop's background", lambda: self.color(*FREE_PX) == BACKGROUND, 10, 0.05)

    def close(self):
        for one in (self.viewer, self.compositor and self.compositor.process):
            if one:
                one.stop()


def typing_reaches_the_target(desk):
    desk.switch(NAME)
    desk.terminal.focus()
    desk.terminal.mark()
    desk.hand.type("Hello, World? {ok}")
    desk.terminal.wait_text("Hello, World? {ok}")


def every_key_is_itself(desk):
    """Also those that SDL has no name for, and with another layout on the desktop than on the target."""
    codes = [code for code in CODES if code not in (*OWN_KEYS, *KEPT_BY_X, KEY_SCROLLLOCK)]
    desk.ear.mark()
    desk.hand.do(*(f"key {code + EVDEV_OFFSET}" for code in codes), bound_s=20)
    desk.ear.wait_keys([(way, code + EVDEV_OFFSET) for code in codes for way in ("press", "release")], 20)
    desk.ear.mark()
    locks = (CAPS_LOCK, NUM_LOCK)  # on by now, and not to be in the way of the rest
    desk.hand.tap(*locks)
    desk.ear.wait_keys([(way, lock) for lock in locks for way in ("press", "release")])


def the_desktops_shortcuts_go_to_the_target(desk):
    chords = ((ALT, TAB, "alt-tab"), (META, KEYCODES["a"], "meta-a"))

    def press(modifier, key):
        desk.hand.do(f"press {modifier}", f"key {key}", f"release {modifier}")
    for modifier, key, mark in chords:
        desk.ear.mark()
        press(modifier, key)
        desk.ear.wait_keys([("press", modifier), ("press", key), ("release", key), ("release", modifier)])
        assert not desk.compositor.mark(mark), f"{mark} was the desktop's"
    desk.switch("local")
    for modifier, key, mark in chords:
        wait_for(f"{mark} to be the desktop's", lambda: press(modifier, key) or desk.compositor.mark(mark), 10, 0.2)
    assert not desk.ear.keys(), desk.ear.keys()
    desk.switch(NAME)


def a_click_lands_on_its_pixel(desk):
    for place in ((0, 0), (123, 456), (WIDTH_PX - 1, HEIGHT_PX - 1)):
        desk.hand.do(f"move {place[0]} {place[1]}")
        wait_for(f"the pointer at {place}", lambda: desk.lab.display.pointer() == place)
    log = desk.lab.display.keylog()
    log.mark()
    desk.hand.do("move 300 200", "button 1 down", "move 340 230", "button 1 up", "button 4 down", "button 4 up",
                 "button 5 down", "button 5 up")
    wanted = [("1", "down"), ("1", "up"), ("4", "down"), ("4", "up"), ("5", "down"), ("5", "up")]

    def buttons():
        return [tuple(event[1:3]) for event in log.events() if event[0] == "button"]
    wait_for("the clicks", lambda: len(buttons()) >= len(wanted))
    log.stop()
    desk.terminal.focus()
    assert buttons() == wanted, difference(wanted, buttons())


def its_picture_is_the_screen(desk):
    desk.rest_pointers()
    desk.wait_same()
    desk.terminal.focus()
    desk.hand.type("more of it")
    desk.wait_same()


def all_goes_up_when_another_window_has_the_focus(desk):
    desk.ear.mark()
    desk.hand.do(f"press {SHIFT}", "button 3 down")
    desk.lab.wait_down(SHIFT)
    other = desk.start("other", desk.desk.program("hotdesk-viewer"), "--view", NAME)
    desk.lab.wait_quiet()
    wait_for("local to be active", lambda: desk.console.active_name() == "local")
    desk.hand.do(f"release {SHIFT}", "button 3 up")
    other.stop()
    desk.switch(NAME)
    desk.terminal.mark()
    desk.hand.type("back")
    desk.terminal.wait_text("back")


def a_captured_pointer_counts(desk):
    """What a locked pointer is told here are growing counts: the desktop is in an X window, and takes the place of its
    pointer for the mouse's. test_drive.py has more of it."""
    desk.viewer.stop()
    desk.start_viewer("--window", conf="pointer = captured\n")
    desk.hand.do("move 400 300")
    desk.switch(NAME)
    x_px, y_px = desk.lab.display.pointer()
    desk.hand.do("rel -5 0")
    wait_for("the pointer to go left", lambda: desk.lab.display.pointer()[0] < x_px)
    assert desk.lab.display.pointer()[1] == y_px, desk.lab.display.pointer()
    desk.switch("local")


def full_screen_comes_over_all_and_goes(desk):
    """Another full-screen window is there before it, is seen again after it, and has the keys again."""
    terminal = os.path.join(desk.desk.directory, "local-typed")
    script = f"stty raw -echo; cat > {terminal}"
    other = desk.start("weston-terminal", "weston-terminal", "--fullscreen", f"--shell={_script(desk, script)}")
    wait_for("the other window", lambda: os.path.exists(terminal) and desk.color(*FREE_PX) != BACKGROUND, 20, 0.05)
    desk.rest_pointers()
    time.sleep(0.3 * FACTOR)  # drawn, and no condition tells when
    before = desk.rows(desk.compositor.xlib)
    for turn in range(3):
        desk.console.ask("switch", target=NAME)
        desk.wait_same()
        desk.console.ask("switch", target="local")
        wait_for("the other window again", lambda: desk.rows(desk.compositor.xlib) == before, 10, 0.05)
        desk.hand.type("ab")
        wait_for("its keys", lambda: os.path.getsize(terminal) == 2 * (turn + 1))
    other.stop()


def _script(desk, text):
    path = os.path.join(desk.desk.directory, "script")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{text}\n")
    os.chmod(path, 0o755)
    return path


def a_window_that_comes_before_it_brings_the_keyboard_home(desk):
    desk.console.ask("switch", target=NAME)
    desk.wait_same()
    other = desk.start("weston-terminal", "weston-terminal", "--fullscreen")
    wait_for("local to be active", lambda: desk.console.active_name() == "local", 20)
    other.stop()
    desk.wait_background()


WINDOW = (typing_reaches_the_target, every_key_is_itself, the_desktops_shortcuts_go_to_the_target,
          a_click_lands_on_its_pixel, its_picture_is_the_screen, all_goes_up_when_another_window_has_the_focus,
          a_captured_pointer_counts)
SESSION = (full_screen_comes_over_all_and_goes, a_window_that_comes_before_it_brings_the_keyboard_home)


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for kind, option, checks in (("sway", "--window", WINDOW), ("weston", "--session", SESSION)):
            checks = [check for check in checks
                      if not sys.argv[1:] or any(word in check.__name__ for word in sys.argv[1:])]
            if checks:
                desk.open(kind, option)
            for check in checks:
                if not tap.check(f"{kind}: {check.__name__.replace('_', ' ')}", check, desk):
                    text = f"{desk.viewer.text()[-1500:]}\n{desk.console.log()[-1500:]}"
                    print("# " + text.replace("\n", "\n# "), flush=True)
            desk.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
