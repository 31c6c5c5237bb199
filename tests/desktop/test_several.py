#!/usr/bin/python3
"""One target that several windows show is captured, sent and decoded once: what the agent has sent, its connections and the
console's decoders, with one follower and with three of the same screen."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Failed, Harness, Tap, wait_for  # noqa: E402
from following import DAMAGE, FILE, Follower  # noqa: E402
from Xlib import X, display as xlib_display  # noqa: E402

NAME = "lab"
WIDTH_PX, HEIGHT_PX, ROWS = 640, 480, 80
DRAWN = 12
# What two runs of the same drawing may differ by: changes that came together or apart. Three times as much is far off.
MORE_MAX = 1.5


class Chain:
    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console()
        self.screen = desk.display(WIDTH_PX, HEIGHT_PX)
        self.x = xlib_display.Display(self.screen.name)
        self.root = self.x.screen().root
        self.machine = desk.machine(NAME, display=self.screen)
        desk.pair(self.console, self.machine, NAME)
        desk.wait_ready(self.console, NAME)
        self.number = self.console.target(NAME)["number"]
        self.followers = []

    def picture(self):
        return self.console.target(NAME)["picture"]

    def look(self):
        """One window more, which has been told all that is there."""
        follower = Follower(self.console, NAME)
        wait_for("a picture", lambda: self.picture()["state"] == "shown" and follower.has(FILE, self.number))
        self.followers.append(follower)

    def draw(self, seed):
        """Noise, which nothing packs; returns when each follower has heard of it."""
        marks = [len(follower.heard) for follower in self.followers]
        noise = bytes((seed * 7919 + at * at * 31 + at * 17) >> 3 & 255 for at in range(4 * WIDTH_PX)) * ROWS
        self.root.put_image(self.root.create_gc(), 0, seed * 32 % (HEIGHT_PX - ROWS), WIDTH_PX, ROWS, X.ZPixmap, 24, 0, noise)
        self.x.sync()
        for follower, mark in zip(self.followers, marks):
            def told(follower=follower, mark=mark):
                follower.read()
                return any(kind == DAMAGE for kind, _, _ in follower.heard[mark:])
            wait_for("damage", told)

    def sent(self):
        """(bytes, updates) once it rests: what was sent as JPEG comes again exactly."""
        last = []

        def rests():
            picture = self.picture()
            last.append((picture["bytes"], picture["updates"]))
            return len(last) > 15 and len(set(last[-15:])) == 1
        wait_for("a screen that rests", rests, 20, 0.1)
        return last[-1]

    def agent_says(self):
        """Of `hotdesk-agent status`: who looks."""
        said = self.desk.run(self.desk.program("hotdesk-agent"), "status", env=self.machine.environment)
        return re.findall(r"(\S+) looks: ([0-9.]+) MB so far", said)

    def agent_sent_mb(self):
        """It counts every two seconds while somebody looks."""
        wait_for("what the agent has sent", self.agent_says)
        return float(self.agent_says()[0][1])


def costs(chain, seed):
    """Bytes and updates of the same drawing."""
    before = chain.sent()
    for at in range(DRAWN):
        chain.draw(seed + at)
    return [after - then for after, then in zip(chain.sent(), before)]


def more_windows_ask_for_nothing(chain):
    chain.look()
    before, decoders = chain.sent(), chain.console.children("hotdesk-decode")
    chain.look()
    chain.look()
    if chain.picture()["followers"] != 3:
        raise Failed(chain.picture())
    if chain.sent() != before:
        raise Failed(f"two more windows cost {chain.sent()}, {before} before")
    if chain.console.children("hotdesk-decode") != decoders or len(decoders) != 1:
        raise Failed(f"decoders: {decoders}, now {chain.console.children('hotdesk-decode')}")


def three_windows_cost_as_much_as_one(chain):
    three = costs(chain, 100)
    while len(chain.followers) > 1:
        chain.followers.pop().close()
    wait_for("one follower", lambda: chain.picture()["followers"] == 1)
    one = costs(chain, 100)
    print(f"# bytes and updates: one window {one}, three {three}")
    for name, alone, together in zip(("bytes", "updates"), one, three):
        if together > MORE_MAX * alone:
            raise Failed(f"{name}: {together} with three windows, {alone} with one")


def the_agent_says_the_same(chain):
    """What it has sent is what came, and one console looks."""
    bytes_came = chain.sent()[0]
    wait_for("the agent's count", lambda: abs(chain.agent_sent_mb() - bytes_came / 1e6) < 0.15 + bytes_came / 1e7, 15)
    if len(chain.agent_says()) != 1:
        raise Failed(chain.agent_says())


CHECKS = (more_windows_ask_for_nothing, three_windows_cost_as_much_as_one, the_agent_says_the_same)


def main():
    tap = Tap()
    with Harness() as desk:
        chain = Chain(desk)
        for check in CHECKS:
            tap.check(check.__name__.replace("_", " "), check, chain)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
