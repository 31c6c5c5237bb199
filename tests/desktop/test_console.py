#!/usr/bin/python3
"""The switcher as a person at the console has it: hotdesk-input holds his keyboard and mouse, hotdesk-viewer --session shows all
targets over the full screen. While it is open no target gets anything, and afterwards only what comes behind the choice."""

import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "walk")]
import Xlib.ext  # noqa: E402
EXTENSIONS = [one for one in Xlib.ext.__extensions__ if one[1] in ("xinput", "ge")]
from chain import Target  # noqa: E402
from harness import FACTOR, Failed, Harness, Tap, wait_for  # noqa: E402
from rig import Hands, XReader  # noqa: E402
import pixels  # noqa: E402
from Xlib import display as xlib_display  # noqa: E402

Xlib.ext.__extensions__ += EXTENSIONS  # chain.py leaves only what all need

SIZE_PX = (1280, 720)
COLORS = {"attic": 0x20c040, "lab": 0xc03020, "till": 0x4060d0}
ESC, DIGIT_1, TAB, Q, ENTER, A, L, B, RIGHT, LEFT, SCROLL_LOCK = 1, 2, 15, 16, 28, 30, 38, 48, 106, 105, 70
BUTTON_LEFT = 0x110
STEP_COUNTS = 80  # of a mouse, from one tile to the next


class Desk:
    def __init__(self, desk):
        self.desk = desk
        self.input_socket = os.path.join(desk.directory, "input.socket")
        self.hands = Hands(self)
        self.console = desk.console(conf="log-level = debug\n")
        self.take_devices()
        self.targets = {name: Target(self, name, size=(640, 480)) for name in COLORS}
        self.readers = {name: XReader(target.display) for name, target in self.targets.items()}
        for name, color in COLORS.items():
            self.paint(name, color)
        self.screen = desk.display(*SIZE_PX)
        self.root = xlib_display.Display(self.screen.name).screen().root
        self.viewer = desk.start("hotdesk-viewer", [desk.program("hotdesk-viewer"), "--session"],
                                 env={**self.console.environment, **self.screen.environment(), "SDL_VIDEODRIVER": "x11"})
        wait_for("the viewer", lambda: "connected to hotdesk-server" in self.viewer.text())
        self.events = self.console.watch()

    def take_devices(self):
        with open(self.console.config_file, encoding="utf-8") as file:
            conf = file.read()
        with open(self.console.config_file, "w", encoding="utf-8") as file:
            file.write(conf.replace('input = "none"', f'input = "{self.input_socket}"'))
        self.console.process.stop()
        self.console.start()
        wait_for("both devices to be taken",
                 lambda: sum(one["taken"] for one in self.console.ask("devices")["devices"]) == 2, 20)

    def paint(self, name, color):
        root = self.targets[name].eye.screen().root
        root.change_attributes(background_pixel=color)
        root.clear_area()
        self.targets[name].eye.sync()

    def number(self, name):
        return self.console.target(name)["number"]

    def press(self, *codes):
        self.hands.type([(code, value) for code in codes for value in (1, 0)])

    def next_switcher(self, **wanted):
        def found():
            event = self.events.read_line()
            return event.get("event") == "switcher" and all(event[key] == value for key, value in wanted.items()) and event
        return wait_for(f"the switcher with {wanted}", found)

    def begin(self, name):
        """That one is active, and nothing is on its way any more."""
        self.console.ask("switch", target=name)
        self.wait_active(name)
        self.taken()
        self.events.close()
        self.events = self.console.watch()

    def hold_leader(self):
        self.hands.type([(SCROLL_LOCK, 1), (SCROLL_LOCK, 0), (SCROLL_LOCK, 1)])
        event = self.next_switcher(open=True)
        self.hands.type([(SCROLL_LOCK, 0)])
        return event

    def wait_active(self, name):
        wait_for(f"{name} to be active", lambda: self.console.active_name() == name)

    def taken(self):
        """{name: [(code, value)]} of what the targets got since the last look."""
        taken = {name: reader.read() for name, reader in self.readers.items()}
        return {name: events for name, events in taken.items() if events}

    def expect_only(self, name):
        """The next key goes there, and nothing went anywhere before it."""
        self.press(B)
        got = {}

        def came():
            for target, events in self.taken().items():
                got[target] = got.get(target, []) + events
            return (B, 0) in got.get(name, [])
        wait_for(f"a key at {name}", came)
        if got != {name: [(B, 1), (B, 0)]}:
            raise Failed(f"the targets got {got}")

    def color_at(self, x_px, y_px):
        return int.from_bytes(pixels.rows_of(self.root, x_px, y_px, 1, 1)[0], "big")

    def shows(self, color):
        """A spot of about that colour, as JPEG has it, is somewhere in the middle of one of four tiles."""
        wanted = color.to_bytes(3, "big")
        return any(all(abs(one - other) < 8 for one, other in zip(self.color_at(x, y).to_bytes(3, "big"), wanted))
                   for x in (SIZE_PX[0] // 4, SIZE_PX[0] * 3 // 4) for y in (SIZE_PX[1] // 4, SIZE_PX[1] * 3 // 4))


def all_are_seen_while_it_is_open(desk):
    """Small pictures are asked for only then."""
    desk.begin("lab")
    desk.hold_leader()
    for name, color in COLORS.items():
        wait_for(f"the picture of {name}", lambda: desk.shows(color), 20, 0.1)
    for name in COLORS:
        assert desk.console.target(name)["picture"]["followers"] > 0, name
    desk.press(ESC)
    desk.next_switcher(open=False)
    desk.wait_active("lab")
    wait_for("the picture of lab alone", lambda: desk.shows(COLORS["lab"]) and not desk.shows(COLORS["attic"]), 20, 0.1)
    wait_for("nobody to look at others", lambda: {desk.console.target(name)["picture"]["state"]
                                                  for name in ("attic", "till")} == {"warm"})
    before = [desk.console.target(name)["picture"]["bytes"] for name in ("attic", "till")]
    for name in ("attic", "till"):
        desk.paint(name, 0x808080)
    time.sleep(1.5 * FACTOR)  # longer than from one thumbnail to the next
    after = [desk.console.target(name)["picture"]["bytes"] for name in ("attic", "till")]
    assert before == after, f"bytes of those that nobody looks at: {before}, then {after}"
    for name in ("attic", "till"):
        desk.paint(name, COLORS[name])
    desk.expect_only("lab")


def a_number(desk):
    desk.begin("lab")
    desk.hold_leader()
    desk.press(DIGIT_1 - 1 + desk.number("till"))
    desk.wait_active("till")
    desk.expect_only("till")


def arrows_and_enter(desk):
    desk.begin("lab")
    desk.begin("attic")
    event = desk.hold_leader()
    assert event["selected"] == desk.number("lab"), event
    desk.press(RIGHT)
    desk.next_switcher(selected=desk.number("till"))
    desk.press(LEFT, TAB, ENTER)
    desk.wait_active("till")
    desk.expect_only("till")


def a_part_of_a_name(desk):
    """In the layout of the console's desktop: the hands are on a French keyboard."""
    desk.screen.run("setxkbmap", "fr")
    try:
        desk.begin("attic")
        desk.hold_leader()
        wait_for("its tiles", lambda: desk.shows(COLORS["lab"]), 20, 0.1)
        desk.press(L, A)
        desk.next_switcher(typed="l")
        desk.press(Q)
        event = desk.next_switcher(typed="la")
        assert event["fitting"] == [desk.number("lab")], event
        desk.press(ENTER)
        desk.wait_active("lab")
        desk.expect_only("lab")
    finally:
        desk.screen.run("setxkbmap", "us")


def a_mouse(desk):
    """It has no pointer there: its motion moves the selection."""
    desk.begin("till")
    desk.begin("lab")
    event = desk.hold_leader()
    assert event["selected"] == desk.number("till"), event
    desk.hands.move(-2 * STEP_COUNTS, 0)
    desk.next_switcher(selected=desk.number("attic"))
    desk.press(BUTTON_LEFT)
    desk.wait_active("attic")
    desk.expect_only("attic")


def escape_goes_back(desk):
    desk.begin("attic")
    desk.hold_leader()
    desk.press(RIGHT, A, ESC)
    desk.wait_active("attic")
    desk.expect_only("attic")


def the_command_opens_it_over_local(desk):
    """The desktop gets no key, either, until Escape has given the keyboard back."""
    desk.begin("local")
    wait_for("the keyboard at the desktop", lambda: desk.hands.look() is False)
    desk.hands.take_desktop()
    desk.console.command("switcher")
    desk.next_switcher(open=True)
    wait_for("the grab", lambda: desk.hands.look() is True)
    for color in COLORS.values():
        wait_for("a tile", lambda: desk.shows(color), 20, 0.1)
    desk.press(B, A, RIGHT)
    desk.press(ESC)
    desk.next_switcher(open=False)
    wait_for("the keyboard at the desktop", lambda: desk.hands.look() is False)
    wait_for("the full screen to go", lambda: not desk.shows(COLORS["lab"]), 20, 0.1)
    desk.press(Q)
    wait_for("a key at the desktop", lambda: desk.hands.look() is False and (Q, 0) in desk.hands.desktop)
    assert desk.hands.take_desktop() == [(Q, 1), (Q, 0)]
    assert not desk.taken()


CHECKS = (all_are_seen_while_it_is_open, a_number, arrows_and_enter, a_part_of_a_name, a_mouse, escape_goes_back,
          the_command_opens_it_over_local)


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
