#!/usr/bin/python3
"""A link that stalls for 2 s while Delete is held, to a real X server, which repeats a held key by itself: few repeats
reach a program there, and the key stays up until it is pressed again."""

import sys

from world import TARGET, World
from harness import FACTOR, Failed, Harness, Tap, wait_for

DELETE, A = 111, 30
EVDEV_OFFSET = 8
STALL_S = 2.0 * FACTOR
REPEATS_MAX = 10 * FACTOR
# A second has 20: 8 in TIME_DOWN_SILENT, which leaves a busy machine 100 ms. Without that time there would be 40.
DELAY_MS, RATE = 200, 20


class Desktop:
    def __init__(self, desk):
        self.screen = desk.display()
        self.screen.run("xset", "r", "rate", str(DELAY_MS), str(RATE))
        self.world = World(desk, with_proxy=True, display=self.screen)
        self.log = self.screen.keylog()

    def events(self, *kinds):
        return [key for key in self.log.keys() if key[0] in kinds and key[1] == DELETE + EVDEV_OFFSET]

    def hold(self, repeats):
        """Delete, until a program has had so many repeats."""
        self.world.switch()
        self.log.mark()
        self.world.link.key(DELETE, True)
        wait_for("the press", lambda: self.events("press"))
        wait_for(f"{repeats} repeats", lambda: len(self.events("repeat")) >= repeats)

    def stall(self):
        """What came of it; it must be over well before the link goes on."""
        counted = self.world.console.target(TARGET)["held_too_long"]
        self.log.mark()
        self.world.proxy.stall("both", STALL_S)
        wait_for("Delete to be lifted", lambda: self.events("release"))
        if not self.world.proxy.is_stalled():
            raise Failed("it was lifted only when the link went on")
        wait_for("the stall to end", lambda: not self.world.proxy.is_stalled(), STALL_S)
        print(f"# {len(self.events('repeat'))} repeats", flush=True)
        if len(self.events("repeat")) > REPEATS_MAX:
            raise Failed(f"{len(self.events('repeat'))} repeats")
        wait_for("status to count it",
                 lambda: self.world.console.target(TARGET)["held_too_long"] == counted + 1)

    def check_spent(self):
        """Still held at the console, it is up at the target; the next press is one."""
        if not self.world.is_active():
            raise Failed("the target was lost")
        self.log.mark()
        self.world.link.tap(A)
        self.world.link.key(DELETE, False)
        self.world.link.tap(DELETE)
        self.log.wait_keys([(way, code + EVDEV_OFFSET) for code in (A, DELETE) for way in ("press", "release")])


def stalls(desktop, repeats):
    desktop.hold(repeats)
    desktop.stall()
    desktop.check_spent()


def main():
    tap = Tap()
    with Harness() as desk:
        desktop = Desktop(desk)
        for name, repeats in (("as soon as it is down", 0), ("while it repeats", 5)):
            if not tap.check(f"at most {REPEATS_MAX} repeats of Delete when the link stalls {name}", stalls, desktop, repeats):
                print("# " + desktop.world.logs().replace("\n", "\n# "))
        desktop.world.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
