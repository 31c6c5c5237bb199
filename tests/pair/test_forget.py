#!/usr/bin/python3
"""`forget`, on either side, at every moment of a target's life: its connections and its decoder end at once, keys go up,
it is told why, its key opens nothing any more, and its name and number are free."""

import json
import os
import sys
import time

from world import TARGET, TESTS_DIR  # noqa: F401  (its place first in the path)
from harness import FACTOR, Failed, Harness, Tap, read_text, wait_for
from following import CURRENT, Follower
from link import Link
from peer import (BYE, ENTER, FORGOTTEN, PROTOCOL, REJECT, SCREEN, WELCOME, Peer, agents_context, end_of, hello, state)
from proxy import Proxy
from record import Record

SHIFT, A = 42, 30
AT_ONCE_S = 1.0
TOLD = r"not paired: the server has forgotten this computer \(this machine was forgotten: pair it again to use it\)"
REFUSED = r"not paired: 127\.0\.0\.1:\d+ does not know this computer"


class Desk:
    """A target `lab` behind a proxy, which types into a record and shows a pattern; `other` keeps the server listening."""

    def __init__(self, harness):
        self.harness = harness
        self.console = harness.console()
        self.other = harness.machine("other", conf='injector = record\nrecord-file = "/dev/null"\nscreen = pattern\n')
        harness.pair(self.console, self.other)
        self.link = Link(self.console)
        self.proxy = Proxy("127.0.0.1", self.console.port)
        self.record = Record(harness, TARGET)
        self.machine = harness.machine(TARGET, options=self.record.options, conf="screen = pattern\n")
        self.number = None
        self.pair()

    def pair(self):
        pairing, code = self.harness.start_console_pairing(self.console, TARGET)
        self.machine.start_pairing(self.proxy.port, code)
        if pairing.wait(20) != 0:
            raise Failed(f"hotdesk pair: {pairing.text()}\n{self.machine.log()}")
        self.harness.wait_ready(self.console, "other", TARGET)
        number = self.console.target(TARGET)["number"]
        if number != (self.number or number):
            raise Failed(f"it was target {self.number}, and is {number} now")
        self.number = number

    def mend(self):
        """After a check that failed: its logs, and the beginning of the next one."""
        print("# " + f"--- server\n{self.console.log()[-1500:]}\n--- agent\n{self.machine.log()[-800:]}".replace("\n", "\n# "))
        self.proxy.go("both")
        self.console.ask("switch", target="local")
        self.machine.process.stop()
        self.pair()

    def look(self):
        follower = Follower(self.console, TARGET)
        wait_for("the picture", lambda: follower.has(CURRENT, self.number))
        return follower

    def hold(self, *codes):
        self.console.ask("switch", target=TARGET)
        self.link.wait_grabbed()
        for code in codes:
            self.link.key(code, True)
        self.record.wait_held(codes)

    def release(self, *codes):
        for code in codes:
            self.link.key(code, False)
        wait_for("the keyboard to be given back", lambda: not self.link.grabbed)

    def forget(self):
        watch = self.console.watch()
        number = self.console.target(TARGET)["number"]
        if self.console.ask("forget", target=TARGET)["name"] != TARGET:
            raise Failed("another one was forgotten")
        watch.wait_event("forgotten", name=TARGET, number=number)
        watch.close()

    def expect_gone(self):
        """Of the server's side, nothing is left at once."""
        wait_for("its connections to end", lambda: self.proxy.count() == 0, AT_ONCE_S)
        wait_for("its decoder to end", lambda: not self.console.children("hotdesk-decode", with_dead=True))
        kept = read_text(os.path.join(self.console.state_dir, "server", "targets.json"))
        if self.console.target(TARGET) or TARGET in kept or "other" not in kept:
            raise Failed(f"it is still listed: {kept}")
        if self.console.active_name() == TARGET or self.console.target("other")["state"] != "ready":
            raise Failed(self.console.ask("list"))

    def expect_refused(self):
        """Its agent dials, with the key that was known, and is not let in."""
        seen, accepted = len(self.machine.log()), self.proxy.accepted
        self.machine.process.stop()
        self.machine.start()
        self.machine.wait_log(REFUSED)
        if self.proxy.accepted == accepted or self.console.target(TARGET) or seen == 0:
            raise Failed("it did not dial")
        self.console.wait_log("event=refused .*its key is not accepted")
        self.machine.process.stop()

    def again(self):
        """Paired anew, under the name and number that it had."""
        self.pair()
        self.record.mark()
        self.hold()
        self.link.tap(A)
        self.record.wait_keys([f"key {A} 1", f"key {A} 0"])
        self.console.ask("switch", target="local")
        self.release()


def while_active(desk):
    """A key held, its picture watched: what may be lost is all there."""
    follower = desk.look()
    desk.hold(SHIFT, A)
    desk.forget()
    desk.expect_gone()
    desk.record.wait_held(())
    desk.machine.wait_log(TOLD, AT_ONCE_S)
    wait_for("the follower's connection to end", lambda: is_closed(follower))
    desk.release(SHIFT, A)
    desk.expect_refused()
    desk.again()


def is_closed(follower):
    try:
        follower.read()
        return False
    except Failed:
        return True


def while_ready(desk):
    desk.forget()
    desk.expect_gone()
    desk.machine.wait_log(TOLD, AT_ONCE_S)
    desk.expect_refused()
    desk.again()


def while_offline(desk):
    desk.machine.process.kill()
    wait_for("it to be offline", lambda: desk.console.target(TARGET)["state"] == "offline")
    desk.forget()
    desk.expect_gone()
    desk.expect_refused()
    desk.again()


def while_its_link_stalls(desk):
    """It hears of it late: its keys are up by then, and it is told when the link is well again. The server's side does not
    wait for that."""
    follower = desk.look()
    desk.hold(SHIFT)
    desk.proxy.stall("both")
    desk.forget()
    wait_for("its decoder to end", lambda: not desk.console.children("hotdesk-decode", with_dead=True), AT_ONCE_S)
    wait_for("the follower's connection to end", lambda: is_closed(follower))
    if desk.console.active_name() != "local":
        raise Failed("it is still active")
    desk.record.wait_held((), 6)
    desk.release(SHIFT)
    desk.proxy.go("both")
    desk.machine.wait_log(f"{TOLD}|{REFUSED}")
    desk.expect_gone()
    desk.expect_refused()
    desk.again()


def stop_agent(desk):
    desk.machine.process.stop()
    wait_for("it to be offline", lambda: desk.console.target(TARGET)["state"] == "offline")


def between_handshake_and_hello(desk):
    """It was known when its key was judged, and is not any more when it says who it is."""
    stop_agent(desk)
    context = agents_context(desk.machine)
    peers = {role: shake_hands(desk, context) for role in ("control", "screen")}
    desk.forget()
    for role, data in (("control", hello(name=TARGET)), ("screen", hello(SCREEN, highest=2))):
        peers[role].send(data)
        said = peers[role].read()
        wanted = FORGOTTEN if role == "control" else PROTOCOL
        if said is None or said[0] != REJECT or end_of(said)[0] not in (FORGOTTEN, wanted):
            raise Failed(f"{role}: {said}")
        if peers[role].read_to_end():
            raise Failed(f"{role}: the connection goes on")
        peers[role].close()
    if desk.console.target(TARGET):
        raise Failed("it is there again")
    desk.again()


def shake_hands(desk, context):
    peer = Peer(desk.console.port)
    if not peer.shake_hands(context):
        raise Failed("the handshake failed")
    return peer


def while_a_switch_waits_for_it(desk):
    """Who asked for the switch is answered, at once."""
    stop_agent(desk)
    peer = shake_hands(desk, agents_context(desk.machine))
    peer.send(hello(name=TARGET), state())
    if not peer.wait(WELCOME):
        raise Failed("no welcome")
    desk.harness.wait_ready(desk.console, TARGET)
    asking = desk.console.connect()
    asking.send("switch", target=TARGET)
    if not peer.wait(ENTER):
        raise Failed("no enter")
    started = time.monotonic()
    desk.forget()
    answer = asking.read_line(2)
    asking.close()
    if answer["ok"] and answer["name"] == TARGET:
        raise Failed(answer)
    bye = peer.wait(BYE)
    if not bye or end_of(bye)[0] != FORGOTTEN or time.monotonic() - started > 2 * FACTOR:
        raise Failed(f"told {bye}, after {time.monotonic() - started:.1f} s")
    peer.close()
    desk.release()
    desk.again()


def on_the_agents_side(desk):
    """`hotdesk-agent forget`: the console has no picture and no target, and says why; the pairing there stays until it is
    forgotten there, and opens nothing here."""
    follower = desk.look()
    desk.hold(SHIFT, A)
    said = desk.harness.run(desk.harness.program("hotdesk-agent"), *desk.machine.options, "forget",
                            env=desk.machine.environment)
    if "it cannot type here any more. The agent that runs has ended the connection." not in said:
        raise Failed(said)
    desk.record.wait_held((), AT_ONCE_S)
    wait_for("its connections to end", lambda: desk.proxy.count() == 0, AT_ONCE_S)
    wait_for("its decoder to end", lambda: not desk.console.children("hotdesk-decode", with_dead=True))
    target = desk.console.target(TARGET)
    if target["state"] != "offline" or desk.console.active_name() != "local" or not target["reason"]:
        raise Failed(target)
    desk.release(SHIFT, A)
    follower.close()
    accepted = desk.proxy.accepted
    desk.machine.process.stop()
    desk.machine.start()
    desk.machine.wait_log("not paired")
    try:
        desk.console.ask("switch", target=TARGET)
        raise Failed("it was switched to")
    except Failed as failure:
        if "not-ready" not in str(failure):
            raise
    if desk.proxy.accepted != accepted:
        raise Failed("it dials")
    desk.machine.process.stop()
    pin = os.path.join(desk.machine.state_dir, "agent", "server.json")
    if os.path.exists(pin):
        raise Failed(json.loads(read_text(pin)))
    desk.again()


def another_takes_its_place(desk):
    """Its name and its number, by another machine; the old one's key does not become the new one's."""
    desk.machine.process.stop()
    desk.forget()
    heir_record = Record(desk.harness, "heir")
    heir = desk.harness.machine("heir", options=heir_record.options)
    desk.harness.pair(desk.console, heir, TARGET)
    desk.harness.wait_ready(desk.console, TARGET)
    if desk.console.target(TARGET)["number"] != desk.number:
        raise Failed("the number is not free")
    desk.record.mark()
    desk.machine.start()
    desk.machine.wait_log(REFUSED)
    desk.console.ask("switch", target=TARGET)
    desk.link.wait_grabbed()
    desk.link.tap(A)
    heir_record.wait_keys([f"key {A} 1", f"key {A} 0"])
    if desk.record.lines():
        raise Failed("the old one was told")
    desk.machine.process.stop()


CHECKS = [while_active, while_ready, while_offline, while_its_link_stalls, between_handshake_and_hello,
          while_a_switch_waits_for_it, on_the_agents_side, another_takes_its_place]


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for check in CHECKS:
            started = time.monotonic()
            if not tap.check(check.__name__.replace("_", " "), check, desk):
                desk.mend()
            print(f"# {time.monotonic() - started:.1f} s")
        desk.link.close()
        desk.proxy.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
