#!/usr/bin/python3
"""A picture over a bad link: the screen connection is cut, stalls and is slow, and comes back by itself, while input
goes on; while nobody looks it carries nothing. The agent shows a moving pattern, hotdesk-decode decodes it."""

import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, ".."), os.path.join(HERE, "../desktop")]
from harness import FACTOR, Failed, Harness, Tap, wait_for  # noqa: E402
from following import CURRENT, DAMAGE, FILE, Follower  # noqa: E402
from link import Link  # noqa: E402
from proxy import Proxy  # noqa: E402
from record import Record  # noqa: E402

NAME = "lab"
KEYS = (30, 48, 46, 32, 18, 33)


class World:
    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console()
        self.record = Record(desk, NAME)
        self.machine = desk.machine(NAME, options=self.record.options, conf="screen = pattern\n")
        pairing, code = desk.start_console_pairing(self.console, NAME)
        self.proxy = Proxy("127.0.0.1", self.console.port)
        self.machine.start_pairing(self.proxy.port, code)
        if pairing.wait(20) != 0:
            raise Failed(f"hotdesk pair: {pairing.text()}")
        desk.wait_ready(self.console, NAME)
        self.number = self.console.target(NAME)["number"]
        self.follower = None

    def look(self):
        self.follower = Follower(self.console, NAME)
        self.wait_current()

    def look_away(self):
        self.follower.close()
        wait_for("nobody to look", lambda: self.picture()["followers"] == 0)

    def picture(self):
        return self.console.target(NAME)["picture"]

    def wait_current(self, bound_s=15.0):
        wait_for("the picture", lambda: self.follower.has(CURRENT, self.number), bound_s)

    def wait_damage(self, bound_s=15.0):
        """It moves."""
        self.follower.read()
        self.follower.heard = []
        wait_for("the picture to move", lambda: self.follower.has(DAMAGE, self.number), bound_s)

    def files(self):
        self.follower.read()
        return sum(kind == FILE for kind, _, _ in self.follower.heard)


def nothing_when_nobody_looks(world):
    world.look()
    world.wait_damage()
    world.look_away()
    if world.picture()["state"] != "warm":
        raise Failed(world.picture())
    time.sleep(0.5 * FACTOR)
    before = world.proxy.passed("up")  # of the newest connection: the screen's
    time.sleep(1.5)
    if world.proxy.passed("up") != before:
        raise Failed(f"{world.proxy.passed('up') - before} bytes came")
    if world.proxy.count() != 2:
        raise Failed(f"{world.proxy.count()} connections")


def a_cut_link(world):
    world.look()
    world.follower.heard = []
    world.proxy.cut(reset=True)
    world.wait_current()
    if world.files() != 1:
        raise Failed("it is not the picture of a new connection")
    world.wait_damage()
    world.look_away()


def a_stalled_link(world):
    world.look()
    world.wait_damage()
    world.proxy.stall("both", 2.0)
    wait_for("the stall to end", lambda: not world.proxy.is_stalled(), 10)
    world.wait_damage()
    if world.picture()["faults"]:
        raise Failed("the decoder was blamed")
    world.look_away()


class Hand:
    """A source whose keys go to the target."""

    def __init__(self, world):
        self.world, self.link = world, Link(world.console)

    def __enter__(self):
        self.world.console.ask("switch", target=NAME)
        self.link.wait_grabbed()
        return self

    def type(self):
        self.world.record.mark()
        for code in KEYS:
            self.link.tap(code)
            time.sleep(0.02)
        wanted = [f"key {code} {value}" for code in KEYS for value in (1, 0)]
        wait_for("the keys", lambda: self.world.record.keys() == wanted)

    def __exit__(self, *_):
        self.world.console.ask("switch", target="local")
        self.link.close()


def a_slow_link(world):
    """50 ms each way: the picture goes on, and keys come through while it does."""
    world.look()
    world.proxy.delay("both", 0.05)
    try:
        with Hand(world) as hand:
            hand.type()
            world.wait_damage()
    finally:
        world.proxy.delay("both", 0)
    world.look_away()


def a_cut_screen_alone(world):
    """The control connection is not touched, and keys come through before the picture is back."""
    world.look()
    with Hand(world) as hand:
        world.follower.read()
        world.follower.heard = []
        accepted = world.proxy.accepted
        world.proxy.newest().cut(reset=True)
        hand.type()
        world.wait_current()
        world.wait_damage()
        if world.proxy.accepted != accepted + 1 or world.picture()["faults"]:
            raise Failed(f"{world.proxy.accepted - accepted} new connections; {world.picture()}")
    world.look_away()


def a_stalled_screen_alone(world):
    """For as long as it stalls: keys, a switch away and back. Then it goes on where it was."""
    world.look()
    screen = world.proxy.newest()
    screen.stall("both")
    world.follower.read()
    with Hand(world) as hand:
        for _ in range(3):
            hand.type()
            world.console.ask("switch", target="local")
            wait_for("the order to let go", lambda: not hand.link.grabbed)
            world.console.ask("switch", target=NAME)
            hand.link.wait_grabbed()
        if not screen.is_there() or world.console.target(NAME)["state"] != "ready":
            raise Failed(world.console.target(NAME))
        world.follower.read()
        world.follower.heard = []
        screen.go("both")
        world.wait_damage()
        hand.type()
    world.look_away()


def a_throttled_screen_alone(world):
    """64 KB a second, less than what moves."""
    world.look()
    world.proxy.newest().throttle("up", 64000)
    with Hand(world) as hand:
        for _ in range(3):
            hand.type()
            world.wait_damage()
    world.look_away()
    world.proxy.cut()  # the next ones are whole
    world.desk.wait_ready(world.console, NAME)


CHECKS = [nothing_when_nobody_looks, a_cut_link, a_stalled_link, a_slow_link, a_cut_screen_alone,
          a_stalled_screen_alone, a_throttled_screen_alone]


def main():
    tap = Tap()
    with Harness() as desk:
        world = World(desk)
        for check in CHECKS:
            if not sys.argv[1:] or check.__name__ in sys.argv[1:]:
                tap.check(check.__name__.replace("_", " "), check, world)
        world.proxy.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
