#!/usr/bin/python3
"""Watching is seen: a notice on the target's desktop and a line of its status, while a console controls or watches."""

import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, ".."), os.path.join(HERE, "../desktop")]
from bus import Bus  # noqa: E402
from harness import Failed, Harness, Tap, wait_for  # noqa: E402
from link import Link  # noqa: E402
from record import Record  # noqa: E402
from visitor import Visitor  # noqa: E402

NAME = "lab"
NOTICES = "org.freedesktop.Notifications"


class World(Visitor):
    name = NAME

    def __init__(self, desk):
        self.desk = desk
        self.bus = Bus(desk)
        self.desktop = self.bus.start("fake_desktop.py")
        self.console = desk.console(conf='name = "desk <1>"\n')
        self.record = Record(desk, NAME)
        self.machine = desk.machine(NAME, options=self.record.options, conf="screen = pattern\n",
                                    env={"DBUS_SESSION_BUS_ADDRESS": self.bus.address})
        desk.pair(self.console, self.machine)
        desk.wait_ready(self.console, NAME)
        self.number = self.console.target(NAME)["number"]
        self.fingerprint = self.console.ask("status")["server"]["fingerprint"]
        self.link = Link(self.console)
        self.marked = 0

    def mark(self):
        self.marked = len(self.desktop.process.text())

    def notices(self):
        """What the desktop was told since the mark."""
        return re.findall(r"^((?:notice|closed) .*)$", self.desktop.process.text()[self.marked:], re.MULTILINE)

    def wait_notice(self, pattern, bound_s=10.0):
        wait_for(f"{pattern} among {self.notices()}",
                 lambda: any(re.fullmatch(pattern, notice) for notice in self.notices()), bound_s)

    def status(self):
        """The line of `hotdesk-agent status`."""
        text = self.desk.run(self.desk.program("hotdesk-agent"), "status", env=self.machine.environment)
        found = re.search(r"(?m)^console: (.*)$", text)
        return found[1] if found else ""

    def wait_status(self, pattern):
        wait_for(f"{pattern}, not {self.status()}", lambda: re.search(pattern, self.status()), pause_s=0.05)


def nobody_at_first(world):
    if world.status() or world.notices():
        raise Failed(f"{world.status()} {world.notices()}")


def control_is_seen(world):
    """Who, where and whose key; the server's name is no mark-up."""
    world.enter()
    world.wait_notice(rf"notice This computer is controlled\|desk &lt;1> at 127\.0\.0\.1:{world.console.port} "
                      r"controls this computer\.")
    world.wait_status(rf"^desk <1> at 127\.0\.0\.1:{world.console.port}, key {re.escape(world.fingerprint)}, "
                      r"controls this computer since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")


def back_and_forth_is_one_notice(world):
    before = world.notices()
    for _ in range(5):
        world.go_home()
        world.wait_status("^nobody is here; desk .* controlled this computer until")
        world.enter()
        world.wait_status("controls this computer since")
    if world.notices() != before:
        raise Failed(world.notices())


def watching_besides_is_told_by_status(world):
    follower = world.look()
    world.wait_status("controls this computer and sees its screen since")
    follower.close()
    world.wait_status("controls this computer since")


def the_end_takes_it_away(world):
    world.go_home()
    world.wait_notice("closed 7")
    world.mark()


def watching_is_seen(world):
    follower = world.look()
    world.wait_notice(r"notice This screen is watched\|desk .* sees this screen\.")
    world.wait_status("sees this screen since")
    world.enter()  # more than watching: told anew, in the same place
    world.wait_notice(r"notice This computer is controlled\|.*")
    world.go_home()
    follower.close()
    world.wait_status("^nobody is here")


def a_desktop_that_comes_later_is_told(world):
    """Who shows notices began anew."""
    world.enter()
    world.desktop.do(f"leave {NOTICES}")
    world.mark()
    world.desktop.do(f"come {NOTICES}")
    world.wait_notice(r"notice This computer is controlled\|.*")


def an_agent_that_ends_takes_it_away(world):
    world.mark()
    world.machine.process.stop()
    world.wait_notice("closed 7")


CHECKS = [nobody_at_first, control_is_seen, back_and_forth_is_one_notice, watching_besides_is_told_by_status,
          the_end_takes_it_away, watching_is_seen, a_desktop_that_comes_later_is_told, an_agent_that_ends_takes_it_away]


def main():
    tap = Tap()
    with Harness() as desk:
        world = World(desk)
        for check in CHECKS:
            tap.check(check.__name__.replace("_", " "), check, world)
        world.link.close()
        if tap.failed:
            print("# " + world.machine.log()[-3000:].replace("\n", "\n# "))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
