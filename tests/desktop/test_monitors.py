#!/usr/bin/python3
"""A target of which one monitor is shown: places are those of that monitor, and while it is away keys and motion go on. The console
has it show another, or all."""

import sys

from chain import EVDEV_OFFSET
from following import CURRENT, Follower
from harness import Failed, Harness, Tap, wait_for
from link import EV_REL, REL_X, REL_Y, Link

NAME, MONITOR = "lab", "right"
ROOT_PX = (800, 480)
X_PX, Y_PX, WIDTH_PX, HEIGHT_PX = 400, 60, 240, 320
KEY_A = 30


class Desk:
    def __init__(self, desk):
        self.console = desk.console(conf="log-level = debug\n")
        self.display = desk.display(*ROOT_PX)
        self.set_monitor()
        self.machine = desk.machine(NAME, display=self.display, conf=f'monitor = "{MONITOR}"\n')
        desk.pair(self.console, self.machine)
        desk.wait_ready(self.console, NAME)
        self.number = self.console.target(NAME)["number"]
        self.link, self.follower = Link(self.console), Follower(self.console)
        self.ear = self.display.keylog("--raw")

    def set_monitor(self):
        self.display.run("xrandr", "--setmonitor", MONITOR, f"{WIDTH_PX}/60x{HEIGHT_PX}/80+{X_PX}+{Y_PX}", "none")

    def wait_pointer(self, x_px, y_px):
        """There, as the target's X server says."""
        try:
            wait_for("the pointer", lambda: self.display.pointer() == (x_px, y_px))
        except Failed as failure:
            raise Failed(f"{failure} at {x_px}, {y_px}: {self.display.pointer()}") from None

    def picture(self):
        return self.console.target(NAME)["picture"]

    def status(self):
        target = self.console.target(NAME)
        return target["width_px"], target["height_px"]


def places_are_the_monitors(desk):
    desk.console.ask("switch", target=NAME)
    desk.link.wait_grabbed()
    wait_for("the picture", lambda: desk.follower.has(CURRENT, desk.number))
    assert desk.status() == (WIDTH_PX, HEIGHT_PX), desk.status()
    for x_px, y_px in ((0, 0), (100, 50), (WIDTH_PX - 1, HEIGHT_PX - 1)):
        desk.link.motion(x_px, y_px, WIDTH_PX, HEIGHT_PX)
        desk.wait_pointer(X_PX + x_px, Y_PX + y_px)
        try:
            wait_for("it to be told", lambda: desk.follower.pointer() == (x_px, y_px))
        except Failed as failure:
            raise Failed(f"{failure} of {x_px}, {y_px}: {desk.follower.pointer()}") from None


def counts_stay_on_it(desk):
    for _ in range(60):
        desk.link.report((EV_REL, REL_X, -20), (EV_REL, REL_Y, -20))
    wait_for("the corner", lambda: desk.follower.pointer() == (0, 0))
    desk.wait_pointer(X_PX, Y_PX)


def without_it_input_goes_on(desk):
    desk.display.run("xrandr", "--delmonitor", MONITOR)
    said = f"no screen: monitor {MONITOR} is not connected, or off"
    wait_for(said, lambda: desk.picture()["text"] == said, 15, 0.05)
    desk.ear.mark()
    desk.link.tap(KEY_A)
    desk.ear.wait_keys([("press", KEY_A + EVDEV_OFFSET), ("release", KEY_A + EVDEV_OFFSET)])
    before = desk.display.pointer()
    desk.link.report((EV_REL, REL_X, -3), (EV_REL, REL_Y, 2))
    wait_for("motion", lambda: desk.display.pointer() != before)


def it_comes_back(desk):
    desk.follower.heard.clear()
    desk.set_monitor()
    wait_for("the picture", lambda: desk.follower.has(CURRENT, desk.number), 20, 0.05)
    wait_for("its size", lambda: desk.status() == (WIDTH_PX, HEIGHT_PX))
    desk.link.motion(10, 20, WIDTH_PX, HEIGHT_PX)
    desk.wait_pointer(X_PX + 10, Y_PX + 20)


def shows(desk, monitor, size_px, corner_px):
    """It says so, and its picture and its places are those."""
    wait_for("it to be told", lambda: desk.console.target(NAME)["monitor"] == monitor, 20, 0.05)
    wait_for("its size", lambda: desk.status() == size_px)
    wait_for("the picture's", lambda: (desk.picture()["width_px"], desk.picture()["height_px"]) == size_px, 20, 0.05)
    for x_px, y_px in ((3, 4), (size_px[0] - 2, size_px[1] - 1)):
        desk.link.motion(x_px, y_px, *size_px)
        desk.wait_pointer(corner_px[0] + x_px, corner_px[1] + y_px)


def another_on_request(desk):
    """By name, all of them, and in turn; the one that is not there is refused, and nothing changes."""
    desk.display.run("xrandr", "--setmonitor", "left", "400/60x480/80+0+0", "screen")
    wait_for("both", lambda: len(desk.console.target(NAME)["monitors"]) == 2, 20, 0.05)
    desk.console.command("monitor", NAME, "all")
    shows(desk, "all", ROOT_PX, (0, 0))
    desk.console.command("monitor", NAME, "left")
    shows(desk, "left", (400, 480), (0, 0))
    try:
        desk.console.command("monitor", NAME, "VGA-1")
        raise AssertionError("it was not refused")
    except Failed as failure:
        assert "it has no monitor VGA-1" in str(failure), failure
    names = [monitor["name"] for monitor in desk.console.target(NAME)["monitors"]]
    places = {"left": ((400, 480), (0, 0)), MONITOR: ((WIDTH_PX, HEIGHT_PX), (X_PX, Y_PX)), "all": (ROOT_PX, (0, 0))}
    turn = [*names, "all"]
    for _ in turn:
        now = desk.console.target(NAME)["monitor"]
        wanted = turn[(turn.index(now) + 1) % len(turn)]
        desk.console.command("monitor", NAME, "next")
        shows(desk, wanted, *places[wanted])
    text = desk.console.command("monitor", NAME)
    assert "* left 400x480+0+0" in text and f"  {MONITOR} " in text, text


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for check in (places_are_the_monitors, counts_stay_on_it, without_it_input_goes_on, it_comes_back,
                      another_on_request):
            if not tap.check(check.__name__.replace("_", " "), check, desk):
                text = f"{desk.console.log()[-1200:]}\n{desk.machine.log()[-1200:]}"
                print("# " + text.replace("\n", "\n# "), flush=True)
        desk.link.close()
        desk.follower.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
