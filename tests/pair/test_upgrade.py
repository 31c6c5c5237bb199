#!/usr/bin/python3
"""A new version takes the old one's place, as a package does it: the file first, then the process. On the console, on a
target, and on both, while somebody types. All come back by themselves, under their names and numbers."""

import os
import re
import shutil
import sys
import threading

from world import TARGET, World
from harness import Failed, Harness, Tap, difference, wait_for

SHIFT = 42
KEYS = tuple(range(59, 69))
STEP_S = 0.002
COMES_BACK_S = 20


class Installed(Harness):
    """Its programs are files of its own, which can be replaced."""

    def program(self, name):
        path = os.path.join(self.directory, "installed", name)
        if not os.path.exists(path) and name in ("hotdesk-server", "hotdesk-agent"):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy2(super().program(name), path)
        return path if os.path.exists(path) else super().program(name)

    def install(self, name, last):
        """Version 0.1.`last`: as dpkg does it, another file under that name, while the old one runs."""
        path = self.program(name)
        with open(path, "rb") as file:
            program = file.read()
        new, count = re.subn(rb"(?<![\d.])0\.1\.\d(?![\d.])", b"0.1.%d" % last, program)
        if not count:
            raise Failed(f"no version in {path}")
        with open(path + ".new", "wb") as file:
            file.write(new)
        shutil.copymode(path, path + ".new")
        os.rename(path + ".new", path)


class Typist(threading.Thread):
    """Types without a look at the screen, until the source is gone."""

    def __init__(self, link):
        super().__init__()
        self.link, self.codes, self.ending = link, [], threading.Event()
        self.start()

    def run(self):
        while not self.ending.wait(STEP_S):
            code = KEYS[len(self.codes) % len(KEYS)]
            self.codes.append(code)
            try:
                self.link.tap(code)
            except OSError:
                return

    def stop(self):
        self.ending.set()
        self.join()


def shown(console):
    """Numbers and names, by the program."""
    return re.findall(r"^ *(\d+) +(\S+)", console.command("list"), re.MULTILINE)


def upgrade_server(world, last):
    """Stops it, as systemd does, and starts the new one."""
    world.desk.install("hotdesk-server", last)
    world.console.process.stop()
    world.link.close()
    world.console.start()
    version = world.console.ask("status")["server"]["version"]
    assert version == f"0.1.{last}", version


def upgrade_agent(world, last):
    world.desk.install("hotdesk-agent", last)
    world.machine.process.stop()
    world.machine.start()


def begin(world):
    """Shift held, text on its way; it has begun to arrive."""
    world.switch()
    world.record.mark()
    world.press(SHIFT)
    typist = Typist(world.link)
    wait_for("some of it to arrive", lambda: len(world.record.keys()) > 20)
    return typist


def check_typed(world, typist):
    """Its beginning has come, each key once and in order; then all went up."""
    typist.stop()
    wait_for("all keys to be up", lambda: not world.record.held())
    came = [line for line in world.record.keys() if line.endswith(" 1")][1:]
    wanted = [f"key {code} 1" for code in typist.codes][:len(came)]
    if came != wanted:
        raise Failed(difference(wanted, came))


def check_back(world, before):
    """By themselves, as they were; and each can be typed on: an enter with an old number would be refused."""
    world.desk.wait_ready(world.console, *(name for _, name in before[1:]), bound_s=COMES_BACK_S)
    if shown(world.console) != before:
        raise Failed(f"was {before}, is {shown(world.console)}")
    assert world.is_local(), world.console.active_name()
    for name, record in world.targets.items():
        world.switch(name)
        record.mark()
        world.link.tap(*KEYS)
        record.wait_keys([f"key {code} {value}" for code in KEYS for value in (1, 0)])
    world.go_home()
    assert "old control number" not in world.machine.log(), world.machine.log()


def server(world):
    before = shown(world.console)
    for name in list(world.targets) * 2:  # numbers to go on from
        world.switch(name)
    typist = begin(world)
    upgrade_server(world, 1)
    check_typed(world, typist)
    world.connect_source()
    check_back(world, before)


def server_twice(world):
    """Before the agents had the time to come back."""
    before = shown(world.console)
    upgrade_server(world, 2)
    world.console.process.stop()
    world.console.start()
    world.connect_source()
    check_back(world, before)


def agent(world):
    """The other target notices nothing: what it holds goes on."""
    before, log = shown(world.console), world.console.log()
    typist = begin(world)
    upgrade_agent(world, 1)
    wait_for("local to be active", world.is_local)
    check_typed(world, typist)
    check_back(world, before)
    lost = re.findall(r"event=lost target=([^\s:]+)", world.console.log()[len(log):])
    assert set(lost) <= {TARGET}, lost


def both(world):
    before = shown(world.console)
    typist = begin(world)
    world.desk.install("hotdesk-agent", 2)
    world.desk.install("hotdesk-server", 3)
    world.machine.process.stop()
    upgrade_server(world, 3)
    check_typed(world, typist)
    world.machine.start()
    world.connect_source()
    check_back(world, before)


CHECKS = [("the server", server), ("the server, twice at once", server_twice), ("an agent", agent), ("both", both)]


def main():
    tap = Tap()
    with Installed() as desk:
        world = World(desk)
        _, attic = world.add("attic")
        world.targets = {TARGET: world.record, "attic-2": attic}
        world.console.ask("rename", target="attic", name="attic-2")
        world.console.ask("order", target="attic-2", number=7)
        for name, check in CHECKS:
            if not tap.check(f"upgraded in place while somebody types: {name}", check, world):
                print("# " + world.logs().replace("\n", "\n# "))
        world.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
