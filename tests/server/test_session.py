#!/usr/bin/python3
"""Rule 6 in hotdesk-server: what a (fake) logind or a viewer tells brings the keyboard home, and keeps it there."""

import os
import re
import sys
import time

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "desktop")]
from bus import Bus  # noqa: E402
from harness import Failed, Harness, Tap, monotonic_us, wait_for  # noqa: E402
import link  # noqa: E402

KEY_A, KEY_B = 30, 48


class World:
    def __init__(self, harness):
        self.bus = Bus(harness)
        self.logind = self.bus.start("fake_logind.py")
        self.record = os.path.join(harness.directory, "typed.txt")
        self.console = harness.console(env={"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address})
        self.logind.wait("inhibited sleep delay")
        self.console.wait_log("logind tells of seat0")
        self.lab = harness.machine("lab", conf=f'injector = record\nrecord-file = "{self.record}"\n')
        harness.pair(self.console, self.lab)
        harness.wait_ready(self.console, "lab")
        self.link = link.Link(self.console)

    def typed(self):
        """[(key code, "1" or "0")] that the target got."""
        with open(self.record, encoding="utf-8") as file:
            return re.findall(r" key (\d+) ([01])", file.read())

    def go_away(self):
        """To the target, and type there: a key is down."""
        def switched():
            try:
                self.console.ask("switch", target="lab")
                return True
            except Failed:
                return False
        wait_for("a switch to be let through", switched)
        self.link.wait_grabbed()
        before = len(self.typed())
        self.link.key(KEY_A, True)
        wait_for("the key on the target", lambda: len(self.typed()) == before + 1)

    def expect_home(self, why):
        events = self.console.watch()
        events.close()
        wait_for("local to be active", lambda: self.console.active_name() == "local", 3, 0.002)
        wait_for("the keyboard to be given back", lambda: not self.link.grabbed, 3, 0.002)
        wait_for("the key to be lifted", lambda: self.typed()[-1] == (str(KEY_A), "0"), 3)
        before = self.typed()
        self.link.key(KEY_B, True)  # the unlock password
        self.link.key(KEY_B, False)
        self.link.key(KEY_A, False)
        log = self.console.log()
        if f"to local: {why}" not in log:
            raise Failed(f"it does not say why: {log[-500:]}")
        self.console.ask("status")
        time.sleep(0.05)  # nothing is expected: this is how long it is looked for
        if self.typed() != before:
            raise Failed("a key went to the target after the lock")

    def expect_refused(self, pattern):
        for target in ("lab", "next", "last"):
            connection = self.console.connect()
            connection.send("switch", target=target)
            answer = connection.read_line()
            connection.close()
            if answer["ok"] or answer["code"] != "locked" or not re.search(pattern, answer["error"]):
                raise Failed(f"switch {target}: {answer}")
        session = self.console.ask("status")["session"]
        if not session["locked"] or not re.search(pattern, session["why"]):
            raise Failed(session)

    def expect_allowed(self):
        self.go_away()
        self.link.key(KEY_A, False)
        self.console.ask("switch", target="local")
        wait_for("the keyboard to be given back", lambda: not self.link.grabbed)


def a_lock_request(world):
    world.go_away()
    world.logind.do("lock")
    world.expect_home("this computer's screen is locked")
    world.expect_refused("screen is locked")
    world.logind.do("unlock")
    world.expect_allowed()


def the_locked_hint(world):
    world.go_away()
    world.logind.do("hint 1")
    world.expect_home("this computer's screen is locked")
    world.expect_refused("screen is locked")
    world.logind.do("unlock")  # only a request
    world.expect_refused("screen is locked")
    world.logind.do("hint 0")
    world.expect_allowed()


def a_hotkey_is_refused_too(world):
    world.logind.do("hint 1")
    wait_for("the lock", lambda: world.console.ask("status")["session"]["locked"])
    events = world.console.watch()
    flashes = world.link.flashes
    world.link.grab()  # the leader
    world.link.command(link.COMMAND_TARGET, 1)
    event = events.wait_event("refused")
    events.close()
    if "screen is locked" not in event["why"] or world.console.active_name() != "local":
        raise Failed(event)
    wait_for("the refusal to be seen", lambda: world.link.flashes > flashes)
    wait_for("the keyboard to be given back", lambda: not world.link.grabbed)
    world.logind.do("hint 0")
    wait_for("the unlock", lambda: not world.console.ask("status")["session"]["locked"])


def a_leader_that_waits_is_ended(world):
    world.link.grab()
    wait_for("the grab to be known", lambda: world.console.ask("status")["sources"][0]["grabbed"])
    world.logind.do("hint 1")
    try:
        wait_for("the keyboard to be given back", lambda: not world.link.grabbed, 3)
    finally:
        world.logind.do("hint 0")


def the_session_is_inactive(world):
    world.go_away()
    world.logind.do("active 0")
    world.expect_home("this computer's session is no longer active")
    world.logind.do("active 1")
    world.expect_allowed()


def another_session(world):
    world.go_away()
    world.logind.do(f"switch 2 {os.getuid() + 1}")
    world.expect_home("this computer's session is no longer active")
    world.expect_allowed()
    world.go_away()
    world.logind.do("nobody")  # a text console
    world.expect_home("this computer's session is no longer active")
    world.go_away()
    world.logind.do("switch 1 0")
    world.expect_home("another session is active")
    world.expect_allowed()


def another_sessions_lock_does_not_count(world):
    world.logind.do("switch 2 1234")
    world.logind.do("hint 1")
    wait_for("the lock", lambda: world.console.ask("status")["session"]["locked"])
    world.logind.do(f"switch 1 {os.getuid()}")
    world.expect_allowed()


def the_end_of_the_session(world):
    world.go_away()
    world.logind.do("removed 1")
    world.expect_home("this computer's session is no longer active")
    world.expect_allowed()


def sleep_waits_for_leave(world):
    released = len(world.logind.lines(r"released \d+"))
    inhibited = len(world.logind.lines("inhibited sleep delay"))
    world.go_away()
    began_us = monotonic_us()
    world.logind.do("sleep 1")
    world.expect_home("this computer goes to sleep")
    at_us = int(world.logind.wait(r"released (\d+)", released + 1)[-1])
    with open(world.record, encoding="utf-8") as file:
        last = int(re.findall(rf"^(\d+) key {KEY_A} 0", file.read(), re.MULTILINE)[-1])
    if last > at_us:
        raise Failed("sleep was let go before the target had lifted its keys")
    print(f"# sleep was held up for {(at_us - began_us) / 1000:.0f} ms", flush=True)
    world.expect_refused("goes to sleep")
    world.logind.do("sleep 0")
    world.logind.wait("inhibited sleep delay", inhibited + 1)
    world.expect_allowed()
    # In local there is nothing to wait for.
    world.logind.do("sleep 1")
    world.logind.wait(r"released \d+", released + 2)
    world.logind.do("sleep 0")
    world.logind.wait("inhibited sleep delay", inhibited + 2)


def a_claim_to_sleep_is_checked(world):
    """Any user of the computer can send such a signal: it must not keep the keyboard home."""
    world.go_away()
    world.logind.do("claim-sleep")
    world.expect_home("this computer goes to sleep")
    world.expect_allowed()


def logind_comes_and_goes(world):
    world.logind.do("hint 1")
    wait_for("the lock", lambda: world.console.ask("status")["session"]["locked"])
    world.logind.do("leave-bus")
    world.console.wait_log(r"no logind \(it was stopped\)")
    world.expect_allowed()
    world.logind.do("join-bus")
    wait_for("the lock again", lambda: world.console.ask("status")["session"]["locked"])
    world.logind.do("hint 0")
    world.expect_allowed()


def the_bus_is_lost(world):
    world.bus.stop_daemon()
    wait_for("the loss to be told", lambda: world.console.log().count("no logind") == 2)
    world.expect_allowed()


def a_viewer_tells(world):
    world.go_away()
    viewer = world.console.connect()
    viewer.send("session", locked=True, why="i3\x1block")
    if not viewer.read_line()["ok"]:
        raise Failed("not taken")
    world.expect_home("this computer's screen is locked: i3")
    world.expect_refused("screen is locked: i3")
    viewer.send("session", locked=False)
    viewer.read_line()
    world.expect_allowed()
    for wrong in ({}, {"locked": 1}, {"locked": "yes"}):
        viewer.send("session", **wrong)
        if viewer.read_line().get("code") != "bad-request":
            raise Failed(wrong)
    viewer.send("pair")
    if viewer.read_line().get("code") != "bad-request":
        raise Failed("a connection with two ends to tell of")
    # Gone while locked: still locked, until it was started anew.
    viewer.send("session", locked=True)
    viewer.read_line()
    viewer.close()
    world.expect_refused("screen is locked")
    viewer = world.console.connect()
    viewer.send("session", locked=False)
    viewer.read_line()
    viewer.close()
    world.expect_allowed()


def events_are_told(world):
    events = world.console.watch()
    viewer = world.console.connect()
    viewer.send("session", locked=True, why="test")
    event = events.wait_event("session", locked=True)
    if event["why"] != "this computer's screen is locked: test":
        raise Failed(event)
    viewer.send("session", locked=False)
    if events.wait_event("session", locked=False)["why"] is not None:
        raise Failed("unlocked with a reason")
    events.close()
    viewer.close()


def main():
    tap = Tap()
    with Harness() as harness:
        world = World(harness)
        for check in (a_lock_request, the_locked_hint, a_hotkey_is_refused_too, a_leader_that_waits_is_ended,
                      the_session_is_inactive, another_session, another_sessions_lock_does_not_count,
                      the_end_of_the_session, sleep_waits_for_leave, a_claim_to_sleep_is_checked,
                      logind_comes_and_goes, a_viewer_tells, events_are_told, the_bus_is_lost):
            if not tap.check(check.__name__.replace("_", " "), check, world):
                print("# " + world.console.log()[-2500:].replace("\n", "\n# "), flush=True)
    sys.exit(tap.end())


main()
