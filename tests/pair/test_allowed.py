#!/usr/bin/python3
"""The owner of a target decides: `hotdesk-agent pause` and `resume`, and the rights of agent.conf, read again by
SIGHUP. A real server and agent; the agent shows a moving pattern."""

import os
import re
import signal
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, ".."), os.path.join(HERE, "../desktop")]
from harness import Failed, Harness, Tap, wait_for  # noqa: E402
from following import STATE  # noqa: E402
from link import Link  # noqa: E402
from record import Record  # noqa: E402
from visitor import Visitor  # noqa: E402

NAME, SERVER = "lab", "desk"
CONF = "screen = pattern\n"
KEY_A, LEFT_SHIFT = 30, 42
NO_TYPING = "its owner does not let this console type"
NO_LOOK = "its owner does not let this console see it"


class World(Visitor):
    name = NAME

    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console(conf=f'name = "{SERVER}"\n')
        self.record = Record(desk, NAME)
        self.machine = desk.machine(NAME, options=self.record.options, conf=CONF)
        desk.pair(self.console, self.machine)
        desk.wait_ready(self.console, NAME)
        self.number = self.console.target(NAME)["number"]
        self.link = Link(self.console)

    def agent(self, *words):
        return self.desk.run(self.desk.program("hotdesk-agent"), *words, env=self.machine.environment)

    def write_rights(self, text, what="changed: rights"):
        """The agent reads them, over the same connection."""
        with open(self.machine.config_file, "w", encoding="utf-8") as file:
            file.write(CONF + text)
        before = len(self.machine.log())
        self.machine.process.send_signal(signal.SIGHUP)
        wait_for(f"{what} in the agent's log", lambda: what in self.machine.log()[before:])

    def wait_state(self, state, reason):
        def is_so():
            target = self.console.target(NAME)
            return target["state"] == state and target["reason"] == reason
        wait_for(f"{state}: {reason}, not {self.console.target(NAME)['reason']}", is_so)

    def wait_picture(self, text):
        wait_for(f"{text}, not {self.console.target(NAME)['picture']}",
                 lambda: self.console.target(NAME)["picture"]["text"] == text)

    def connections(self):
        return len(re.findall("connected to", self.machine.log()))


def refused(world, reason):
    try:
        world.console.ask("switch", target=NAME)
    except Failed as failure:
        if reason in str(failure):
            return
        raise
    raise Failed("the switch was let through")


def pause_ends_it_at_once(world):
    """The key goes up, the keyboard comes home and tells why, the picture ends."""
    follower = world.look()
    world.enter()
    world.record.mark()
    for code in (LEFT_SHIFT, KEY_A):
        world.link.key(code, True)
    world.record.wait_held([LEFT_SHIFT, KEY_A])
    events = world.console.watch()
    said = world.agent("pause")
    if not said.startswith("Paused") or world.record.held():  # the agent has done it when the command ends
        raise Failed(f"{said} {world.record.held()}")
    event = events.wait_event("switched")
    events.close()
    if event["number"] != 0 or event["why"] != "lab was lost: paused at the target":
        raise Failed(event)
    world.wait_state("not ready", "paused at the target")
    world.wait_picture("no screen: paused at the target")
    wait_for("the order to let go", lambda: not world.link.grabbed)
    wait_for("the follower to be told", lambda: follower.has(STATE, world.number))
    follower.close()
    for code in (KEY_A, LEFT_SHIFT):
        world.link.key(code, False)
    refused(world, "paused at the target")


def status_tells_it(world):
    said = world.agent("status")
    if not re.search(r"(?m)^paused: since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d no console", said):
        raise Failed(said)
    if not re.search(r"(?m)^agent: runs, process \d+; paused$", said):
        raise Failed(said)
    if not re.search(r"(?m)^1  lab: not ready (since .*|just now): paused at the target$", world.console.command("status")):
        raise Failed(world.console.command("status"))


def pausing_twice_is_one(world):
    world.agent("pause")
    world.agent("pause")
    wait_for("still", lambda: world.console.target(NAME)["reason"] == "paused at the target")


def a_crash_does_not_end_it(world):
    world.machine.process.kill()
    wait_for("the loss", lambda: world.console.target(NAME)["state"] == "offline")
    world.machine.start()
    world.wait_state("not ready", "paused at the target")
    refused(world, "paused at the target")


def nobody_else_may_write_it(world):
    path = os.path.join(world.machine.state_dir, "agent")
    if os.stat(path).st_mode & 0o077 or os.stat(os.path.join(path, "paused")).st_mode & 0o077:
        raise Failed("others may")


def resume_lets_it_go_on(world):
    world.agent("resume")
    world.desk.wait_ready(world.console, NAME)
    world.enter()
    world.record.mark()
    world.link.tap(KEY_A)
    wait_for("the key", lambda: world.record.keys() == [f"key {KEY_A} 1", f"key {KEY_A} 0"])
    world.go_home()
    world.look().close()
    try:
        world.agent("resume")
    except Failed as failure:
        return "not paused" in str(failure)
    return False


def a_view_only_server_watches(world):
    """It cannot be entered, and is told why; its picture is seen; who was in is put out, over the same connection."""
    connections = world.connections()
    world.enter()
    world.write_rights(f'rights {{\n    "{SERVER}" = "view"\n}}\n')
    world.wait_state("not ready", NO_TYPING)
    wait_for("the order to let go", lambda: not world.link.grabbed)
    refused(world, NO_TYPING)
    world.look().close()
    if world.connections() != connections:
        raise Failed("the connection was cut")


def an_input_only_server_sees_nothing(world):
    follower = world.look()
    world.write_rights(f'rights {{ "{SERVER}" = "input" }}\n')
    world.wait_picture("no screen: " + NO_LOOK)
    follower.close()
    world.desk.wait_ready(world.console, NAME)
    world.enter()
    world.record.mark()
    world.link.tap(KEY_A)
    wait_for("the key", lambda: world.record.keys() == [f"key {KEY_A} 1", f"key {KEY_A} 0"])
    world.go_home()


def a_wrong_file_changes_nothing(world):
    world.write_rights(f'rights {{ "{SERVER}" = "everything" }}\n', "keeps the configuration that it had")
    if "no screen: " + NO_LOOK != world.console.target(NAME)["picture"]["text"]:
        raise Failed(world.console.target(NAME))


def rights_count_from_the_start(world):
    """And the key counts before the name."""
    key = world.console.ask("status")["server"]["fingerprint"]
    world.write_rights(f'rights {{\n    "{SERVER}" = "view input"\n    "{key}" = "none"\n}}\n')
    world.machine.process.kill()
    wait_for("the loss", lambda: world.console.target(NAME)["state"] == "offline")
    world.machine.start()
    world.wait_state("not ready", NO_TYPING)
    world.wait_picture("no screen: " + NO_LOOK)
    world.write_rights("")
    world.desk.wait_ready(world.console, NAME)
    world.look().close()


CHECKS = [pause_ends_it_at_once, status_tells_it, pausing_twice_is_one, a_crash_does_not_end_it, nobody_else_may_write_it,
          resume_lets_it_go_on, a_view_only_server_watches, an_input_only_server_sees_nothing,
          a_wrong_file_changes_nothing, rights_count_from_the_start]


def main():
    tap = Tap()
    with Harness() as desk:
        world = World(desk)
        for check in CHECKS:
            tap.check(check.__name__.replace("_", " "), check, world)
        world.link.close()
        if tap.failed:
            print("# " + (world.machine.log()[-2000:] + world.console.log()[-2000:]).replace("\n", "\n# "))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
