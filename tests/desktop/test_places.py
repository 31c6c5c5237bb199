#!/usr/bin/python3
"""Which of the console's monitors shows a target: chosen by name or by the pointer, after one that goes, comes back or
becomes another size, and those with a target of their own; with no window manager and with one."""

import os
import sys
import time

from Xlib import X, display as xlib_display, error

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, Failed, Harness, Tap, wait_for  # noqa: E402

NAME, OTHER = "lab", "rack"
ROOT_PX = (900, 480)
LEFT, RIGHT = (0, 0, 400, 480), (400, 60, 500, 400)
SMALLER = (420, 100, 320, 240)
MAIN, OWN = "hotdesk: screen", f"hotdesk: {OTHER}"


class Desk:
    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console(conf="log-level = debug\n")
        for name in (NAME, OTHER):
            options = ("--injector", "record", "--record-file", os.path.join(desk.directory, f"{name}.record"))
            desk.pair(self.console, desk.machine(name, conf="screen = none\n", options=options))
            desk.wait_ready(self.console, name)
        self.screen = desk.display(*ROOT_PX)
        self.set_monitor("*left", LEFT, "screen")
        self.set_monitor("right", RIGHT)
        self.eye = xlib_display.Display(self.screen.name)
        self.net_wm_name = self.eye.intern_atom("_NET_WM_NAME")
        self.viewer = None

    def set_monitor(self, name, place, output="none"):
        x, y, width, height = place
        self.screen.run("xrandr", "--setmonitor", name, f"{width}/60x{height}/80+{x}+{y}", output)

    def change_monitor(self, name, place):
        x, y, width, height = place
        self.screen.run("xrandr", "--delmonitor", name, "--setmonitor", name,
                        f"{width}/60x{height}/80+{x}+{y}", "none")

    def start(self, *options, conf=""):
        path = os.path.join(self.desk.directory, "viewer.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("log-level = debug\n" + conf)
        self.stop()
        self.viewer = self.desk.start(
            "hotdesk-viewer", [self.desk.program("hotdesk-viewer"), *(options or ["--screen"]), "--config", path],
            env={**self.console.environment, **self.screen.environment(), "SDL_VIDEODRIVER": "x11"})

    def stop(self):
        if self.viewer:
            self.console.ask("switch", target="local")
            self.viewer.stop()

    def switch(self, name):
        self.console.ask("switch", target=name)

    def point(self, x_px, y_px):
        self.screen.run("xdotool", "mousemove", str(x_px), str(y_px))

    def windows(self, above=None):
        """All that are seen, with their titles; those of a window manager's frames, too."""
        for window in (above or self.eye.screen().root).query_tree().children:
            try:
                if window.get_attributes().map_state == X.IsViewable:
                    title = window.get_full_text_property(self.net_wm_name)
                    yield window, title or ""
                    yield from self.windows(window)
            except (error.BadWindow, error.BadDrawable):
                pass  # it went meanwhile

    def place(self, title):
        """Of the window with this title that is seen, or None."""
        for window, its_title in self.windows():
            if its_title.startswith(title):
                size = window.get_geometry()
                corner = self.eye.screen().root.translate_coords(window, 0, 0)
                return corner.x, corner.y, size.width, size.height
        return None

    def wait_place(self, place, title=MAIN):
        try:
            wait_for("the window", lambda: self.place(title) == place, 20, 0.05)
        except Failed as failure:
            raise Failed(f"{failure} {title!r} at {place}: {self.place(title)}") from None

    def wait_said(self, text):
        wait_for(f"the viewer to say {text!r}", lambda: text in self.viewer.text(), 20, 0.05)


def the_one_with_the_pointer(desk):
    desk.start()
    for place in (RIGHT, LEFT):
        desk.point(place[0] + 40, place[1] + 50)
        desk.switch(NAME)
        desk.wait_place(place)
        desk.switch("local")
        desk.wait_place(None)


def the_named_one(desk):
    desk.point(LEFT[0] + 5, LEFT[1] + 5)
    desk.start(conf='monitor = "right"\n')
    desk.switch(NAME)
    desk.wait_place(RIGHT)


def another_while_it_is_away(desk):
    """And the keyboard stays where it was meanwhile."""
    desk.screen.run("xrandr", "--delmonitor", "right")
    desk.wait_place(LEFT)
    desk.wait_said("monitor right is not there: the picture is shown on left")
    desk.set_monitor("right", RIGHT)
    desk.wait_place(RIGHT)
    desk.wait_said("monitor right is there")
    assert desk.console.active_name() == NAME, desk.console.active_name()


def another_size(desk):
    desk.change_monitor("right", SMALLER)
    desk.wait_place(SMALLER)
    desk.change_monitor("right", RIGHT)
    desk.wait_place(RIGHT)
    assert desk.console.active_name() == NAME, desk.console.active_name()


def one_with_a_target_of_its_own(desk):
    """It shows that one whatever is active; the active one goes elsewhere, also when the pointer is there."""
    desk.start("--session", conf=f'monitors {{ "right" = "{OTHER}" }}\n')
    desk.wait_place(RIGHT, OWN)
    desk.point(RIGHT[0] + 40, RIGHT[1] + 50)
    desk.switch(NAME)
    desk.wait_place(LEFT)
    assert desk.place(OWN) == RIGHT, desk.place(OWN)
    desk.screen.run("xrandr", "--delmonitor", "right")
    desk.wait_place(None, OWN)
    desk.wait_said("monitor right is not there: nothing is shown until it is")
    desk.set_monitor("right", RIGHT)
    desk.wait_place(RIGHT, OWN)
    time.sleep(0.3 * FACTOR)  # to lose the keyboard takes SDL a moment
    assert desk.place(MAIN) == LEFT, desk.place(MAIN)


def with_a_window_manager(desk):
    """Which decides where windows are, and which one has the keyboard."""
    manager = desk.screen.start("openbox", ["openbox"])
    wait_for("openbox", lambda: "window id" in desk.screen.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
    for check in (the_one_with_the_pointer, the_named_one, another_while_it_is_away, another_size,
                  one_with_a_target_of_its_own):
        check(desk)
    assert desk.console.active_name() == NAME, "a window that only watches took the keyboard home"
    desk.stop()
    manager.stop()


CHECKS = (the_one_with_the_pointer, the_named_one, another_while_it_is_away, another_size, one_with_a_target_of_its_own,
          with_a_window_manager)


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for check in CHECKS:
            if not tap.check(check.__name__.replace("_", " "), check, desk):
                text = f"{desk.viewer and desk.viewer.text()[-1500:]}\n{desk.console.log()[-1200:]}"
                print("# " + text.replace("\n", "\n# "), flush=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
