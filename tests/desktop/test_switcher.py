#!/usr/bin/python3
"""The switcher: a person holds the leader in hotdesk-viewer's window, sees all targets small and live, and chooses one."""

import os
import struct
import sys

from Xlib import X, display as xlib_display

from chain import Target
from harness import Harness, Tap, wait_for

SCREEN_PX = (1000, 760)
WINDOW_PX = (960, 600)
TARGETS = {"attic": 0x20c040, "lab": 0xc03020}


class Desk:
    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console(conf="log-level = debug\n")
        self.screen = desk.display(*SCREEN_PX)
        self.eye = xlib_display.Display(self.screen.name)
        self.targets = {name: Target(self, name, size=(640, 480)) for name in TARGETS}
        for name, color in TARGETS.items():
            self.paint(name, color)
        self.events = self.console.watch()
        self.open_viewer()

    def open_viewer(self):
        self.viewer = self.console.window(self.screen)
        window = self.screen.run("xdotool", "search", "--onlyvisible", "--class", "hotdesk-viewer").split()[0]
        self.window = self.eye.create_resource_object("window", int(window))

    def paint(self, name, color):
        root = self.targets[name].eye.screen().root
        root.change_attributes(background_pixel=color)
        root.clear_area()
        self.targets[name].eye.sync()

    def key(self, *keys):
        self.screen.run("xdotool", "key", *keys)

    def switch(self, name):
        self.console.ask("switch", target=name)
        self.wait_active(name)

    def wait_active(self, name):
        wait_for(f"{name} to be active", lambda: self.console.active_name() == name)

    def next_switcher(self, **wanted):
        """The next event of the switcher with these fields."""
        def found():
            event = self.events.read_line()
            return event.get("event") == "switcher" and all(event[key] == value for key, value in wanted.items()) and event
        return wait_for(f"the switcher with {wanted}", found)

    def listen(self):
        """To what is told from now on."""
        self.events.close()
        self.events = self.console.watch()

    def hold_leader(self):
        self.listen()
        self.screen.run("xdotool", "key", "Scroll_Lock", "keydown", "Scroll_Lock")
        event = self.next_switcher(open=True)
        self.screen.run("xdotool", "keyup", "Scroll_Lock")
        return event

    def has(self, color, at_least=400):
        """So many pixels of about that colour are in the window, as JPEG has it."""
        geometry = self.window.get_geometry()
        data = self.window.get_image(0, 0, geometry.width, geometry.height, X.ZPixmap, 0xffffffff).data
        values = struct.unpack(f"={len(data) // 4}I", data)[::5]
        return 5 * sum(all(abs((value >> shift & 255) - (color >> shift & 255)) < 8 for shift in (0, 8, 16))
                       for value in values) >= at_least

    def number(self, name):
        return self.console.target(name)["number"]


def all_are_seen_live(desk):
    desk.switch("lab")
    event = desk.hold_leader()
    assert event["fitting"] == [0, desk.number("attic"), desk.number("lab")], event
    late = desk.console.connect()
    late.send("watch")
    told = late.read_line()["switcher"]
    assert told == {key: event[key] for key in ("open", "selected", "typed", "fitting")}, told
    late.close()
    for name, color in TARGETS.items():
        wait_for(f"the picture of {name}", lambda: desk.has(color), 20, 0.2)
    desk.paint("attic", 0x4060d0)
    wait_for("the other colour", lambda: desk.has(0x4060d0), 20, 0.2)
    assert desk.console.target("attic")["picture"]["state"] == "thumbnail", desk.console.target("attic")
    desk.key("Escape")
    desk.next_switcher(open=False)
    desk.wait_active("lab")
    wait_for("the picture of lab alone", lambda: desk.has(TARGETS["lab"], 100000) and not desk.has(0x4060d0), 20, 0.2)
    wait_for("nobody to look", lambda: desk.console.target("attic")["picture"]["state"] == "warm")
    desk.paint("attic", TARGETS["attic"])


def keys_go_to_the_choice_alone(desk):
    desk.switch("lab")
    ears = [target.display.keylog() for target in desk.targets.values()]
    desk.hold_leader()
    desk.key("a", "t", "t")
    event = desk.next_switcher(fitting=[desk.number("attic")])
    assert event["selected"] == desk.number("attic"), event
    desk.key("Return")
    desk.wait_active("attic")
    desk.key("b")
    wait_for("the key behind it", lambda: any(ear.keys() for ear in ears))
    assert {code for ear in ears for _, code in ear.keys()} == {56}, [ear.keys() for ear in ears]
    for ear in ears:
        ear.stop()


def leader_and_enter_go_to_and_fro(desk):
    desk.switch("lab")
    desk.switch("attic")
    for name in ("lab", "attic"):
        event = desk.hold_leader()
        assert event["selected"] == desk.number(name), (name, event)
        desk.key("Return")
        desk.wait_active(name)


def arrows_numbers_and_a_click(desk):
    desk.switch("attic")
    desk.switch("lab")
    desk.hold_leader()
    desk.key("Left")
    desk.next_switcher(selected=0)
    desk.key("Return")
    desk.wait_active("local")
    desk.listen()
    desk.console.command("switcher")
    desk.next_switcher(open=True)
    desk.key(str(desk.number("lab")))
    desk.wait_active("lab")
    desk.hold_leader()
    wait_for("the picture of attic", lambda: desk.has(TARGETS["attic"]), 20, 0.2)
    place = desk.window.translate_coords(desk.eye.screen().root, 0, 0)
    at = find(desk, TARGETS["attic"])
    desk.screen.run("xdotool", "mousemove", str(-place.x + at[0]), str(-place.y + at[1]), "click", "1")
    desk.wait_active("attic")


def find(desk, color):
    """The middle of what has about that colour in the window."""
    geometry = desk.window.get_geometry()
    data = desk.window.get_image(0, 0, geometry.width, geometry.height, X.ZPixmap, 0xffffffff).data
    values = struct.unpack(f"={len(data) // 4}I", data)
    found = [at for at, value in enumerate(values)
             if all(abs((value >> shift & 255) - (color >> shift & 255)) < 8 for shift in (0, 8, 16))]
    xs, ys = [at % geometry.width for at in found], [at // geometry.width for at in found]
    return (min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2


def names_are_typed_in_the_consoles_layout(desk):
    """On a French keyboard `a` is where a US one has `q`."""
    desk.switch("attic")
    try:
        for layout in ("fr", "us"):
            desk.screen.run("setxkbmap", layout)
            desk.hold_leader()
            wait_for("its tiles", lambda: desk.has(TARGETS["lab"]), 20, 0.2)
            desk.key("l", "a")
            event = desk.next_switcher(typed="la", fitting=[desk.number("lab")])
            assert event["selected"] == desk.number("lab"), event
            desk.key("Escape")
            desk.wait_active("attic")
    finally:
        desk.screen.run("setxkbmap", "us")


def wrong_layouts_are_refused(desk):
    connection = desk.console.connect()
    for keys in ({"0": "a"}, {"128": "a"}, {"16": "A"}, {"16": "ab"}, {"16": ""}, {"16": 1}, {"q": "a"}, {"+16": "a"}, ["a"]):
        connection.send("switcher", keys=keys)
        answer = connection.read_line()
        assert answer.get("code") == "bad-request" and "keys must be" in answer["error"], (keys, answer)
    connection.close()
    assert desk.console.active_name() != "switcher"


def without_a_window_there_is_none(desk):
    desk.switch("lab")
    desk.hold_leader()
    desk.viewer.stop()
    desk.wait_active("local")
    connection = desk.console.connect()
    connection.send("switcher")
    answer = connection.read_line()
    assert not answer["ok"] and "no window shows the targets" in answer["error"], answer
    desk.open_viewer()


CHECKS = [all_are_seen_live, keys_go_to_the_choice_alone, leader_and_enter_go_to_and_fro, arrows_numbers_and_a_click,
          names_are_typed_in_the_consoles_layout, wrong_layouts_are_refused,
          without_a_window_there_is_none]


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for check in CHECKS:
            name = check.__name__.replace("_", " ")
            if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
                if not tap.check(name, check, desk):
                    text = f"{desk.viewer.text()[-1500:]}\n{desk.console.log()[-1500:]}"
                    print("# " + text.replace("\n", "\n# "), flush=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
