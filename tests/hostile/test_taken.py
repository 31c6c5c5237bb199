#!/usr/bin/python3
"""A decoder that a target has taken over (rogue.c), under the real hotdesk-server, with a viewer that shows its picture:
it is ended or not believed, its picture says why and comes back, and nobody else notices: another target's picture and
keys go on meanwhile.

Arguments: names of deeds, to try only those. HOTDESK_LONG=1 (`./dev test --all`) tries all, with one that is stopped and one that loops."""

import os
import re
import shutil
import signal
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, ".."), os.path.join(HERE, "../desktop"), os.path.join(HERE, "../pair")]
from harness import IS_LONG, Failed, Harness, Tap, wait_for  # noqa: E402
from following import CURRENT, DAMAGE, STATE, Follower  # noqa: E402
from link import Link  # noqa: E402
from record import Record  # noqa: E402

KERNEL = "it asked the kernel for what it may not have"
OUTSIDE = "it told of changes outside of its picture"
INVALID = ".+"  # what protocol/frame.c says of it
# Its deed: why it is ended; None: it is not, and what it says is not believed.
DEEDS = {
    "execve": KERNEL, "past": r"it was ended by signal 11 \(Segmentation fault\)", "damage_outside": OUTSIDE,
    "shrunk": "its picture file cannot be sealed", "size_lie": None, "odd": None, "flood": None, "fences": None,
    "log": None,
}
LONG_DEEDS = {
    **dict.fromkeys(("open", "socket", "connect", "ptrace", "fork", "kill", "code", "protect", "map", "limit",
                     "dumpable", "uring", "ioctl"), KERNEL),
    "memory": "it ended with status 7", "short": "it sent a message of a wrong size", "text": INVALID, "head": None,
    "cursor": None, "damage_huge": INVALID, "damage_far": OUTSIDE, "damage_early": OUTSIDE, "size_zero": INVALID, "size_huge": INVALID, "unknown": INVALID,
    "server": INVALID, "long": "it sent a message of a wrong size", "ready": "it said twice that it is ready",
    "end": "it ended with status 0", "stop": "a deed", "silent": "it was not ready in time",
    "own_seals": "its picture file cannot be sealed", "unready": "it spoke before it was shut in", "garbage": None,
}
STUCK = "it does not read what its target sends"
SANITIZED = "ASAN_OPTIONS" in os.environ
AGENT_KIB = 1 << 30 if SANITIZED else 30 << 10
CODES = (30, 48, 46, 32)

# With sanitizers its end is another one, and the filter lets through what their reports need.
if SANITIZED:
    DEEDS["past"] = "it .*"
    for reports in ("log", "memory", "open", "limit", "ioctl"):
        DEEDS.pop(reports, None)
        LONG_DEEDS.pop(reports, None)

# Takes the place of hotdesk-decode: the first one after a deed was ordered does it, all others are real.
WRAPPER = """#!/bin/sh
if /bin/mv "{0}/deed" "{0}/taken" 2>/dev/null; then
    read -r deed <"{0}/taken"
    exec "{0}/rogue-$deed"
fi
exec "{1}/server/decode/hotdesk-decode"
"""


class OwnDecoder(Harness):
    """hotdesk-server looks for hotdesk-decode beside itself."""

    def __enter__(self):
        super().__enter__()
        self.bin = os.path.join(self.directory, "bin")
        os.mkdir(self.bin)
        shutil.copy2(super().program("hotdesk-server"), self.bin)
        wrapper = os.path.join(self.bin, "hotdesk-decode")
        with open(wrapper, "w", encoding="utf-8") as file:
            file.write(WRAPPER.format(self.bin, self.build_dir))
        os.chmod(wrapper, 0o755)
        for deed in {**DEEDS, **LONG_DEEDS, "loop": STUCK}:
            os.symlink(os.path.join(self.build_dir, "tests/hostile/hotdesk-decode-rogue"),
                       os.path.join(self.bin, "rogue-" + deed))
        return self

    def program(self, name):
        return os.path.join(self.bin, name) if name == "hotdesk-server" else super().program(name)

    def order(self, deed):
        with open(os.path.join(self.bin, "deed.new"), "w", encoding="utf-8") as file:
            file.write(deed + "\n")
        os.rename(os.path.join(self.bin, "deed.new"), os.path.join(self.bin, "deed"))

    def is_taken(self):
        return not os.path.exists(os.path.join(self.bin, "deed"))


class Watched:
    """A target that shows a moving pattern, and somebody who looks at it."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.record = Record(world.desk, name)
        self.machine = world.desk.machine(name, options=self.record.options, conf="screen = pattern\n")
        world.desk.pair(world.console, self.machine, name)
        world.desk.wait_ready(world.console, name)
        self.number = world.console.target(name)["number"]
        self.follower = Follower(world.console, name)
        self.wait_picture()

    def forget_heard(self):
        self.follower.read()
        self.follower.heard = []

    def wait_picture(self, bound_s=15):
        """It is shown, and it moves."""
        wait_for(f"{self.name}'s picture", lambda: self.follower.has(CURRENT, self.number), bound_s)
        self.wait_moves()

    def wait_moves(self):
        self.forget_heard()
        wait_for(f"{self.name}'s picture to move", lambda: self.follower.has(DAMAGE, self.number), 15)

    def states(self):
        self.follower.read()
        return [fields[1:1 + fields[0]].decode() for kind, _, fields in self.follower.heard if kind == STATE]

    def wait_state(self, pattern, bound_s=15):
        try:
            wait_for("the reason", lambda: any(re.fullmatch(pattern, text) for text in self.states()), bound_s)
        except Failed as failure:
            raise Failed(f"{failure}: {pattern}; {self.states()}") from None

    def start_anew(self):
        """Another agent, another decoder, and no pause for what went before."""
        self.machine.process.kill()
        self.machine.start()

    def picture(self):
        return self.world.console.target(self.name)["picture"]


class World:
    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console()
        self.screen = desk.display(640, 480)
        self.bad, self.good = Watched(self, "bad"), Watched(self, "good")
        self.link = Link(self.console)
        self.console.ask("switch", target="good")
        self.link.wait_grabbed()
        self.viewer = desk.start("hotdesk-viewer", [desk.program("hotdesk-viewer"), "--view", "bad"],
                                 env={**self.console.environment, **self.screen.environment(),
                                      "SDL_VIDEODRIVER": "x11"})

    def decoders(self):
        return set(self.console.children())

    def type_into_good(self):
        self.good.record.mark()
        for code in CODES:
            self.link.tap(code)
        wait_for("the keys", lambda: self.good.record.keys()
                 == [f"key {code} {value}" for code in CODES for value in (1, 0)])

    def others_go_on(self):
        self.good.wait_moves()
        self.type_into_good()
        if self.good.picture()["faults"] or self.console.target("good")["state"] != "ready":
            raise Failed(self.console.target("good"))

    def used_s(self):
        """Processor time of hotdesk-server."""
        with open(f"/proc/{self.console.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def take_over(world, deed):
    """The decoder that does the deed, or 0 when it has ended already."""
    before = world.decoders()
    world.bad.forget_heard()
    world.desk.order(deed)
    world.bad.start_anew()
    wait_for("the deed to be taken", world.desk.is_taken)
    return next(iter(world.decoders() - before), 0)


def wait_full(watched):
    """Its agent gets no byte out any more, and is asked for ever more: it holds little."""
    def own_kib():
        with open(f"/proc/{watched.machine.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"RssAnon:\s+(\d+)", file.read())[1])
    held = []

    def rests():
        held.append(own_kib())
        if held[-1] > AGENT_KIB:
            raise Failed(f"the agent holds {held} KiB")
        return len(held) > 8 and held[-1] == held[-8]
    wait_for("the agent to take no more", rests, 30, 0.25)


def is_slowed(world):
    """64 messages in 4 ms at most; it could be ten times as many."""
    begun, used_s, told = time.monotonic(), world.used_s(), world.bad.picture()["updates"]
    time.sleep(1)
    told, used_s = world.bad.picture()["updates"] - told, world.used_s() - used_s
    took_s = time.monotonic() - begun
    print(f"# {told} messages in {took_s:.2f} s, of which hotdesk-server worked {used_s:.2f} s")
    if told > 64 / 0.003 * took_s + 64 or used_s > 0.5 * took_s:
        raise Failed("hotdesk-server takes all that there is")


def is_ended(world, deed, why):
    take_over(world, deed)
    world.bad.wait_state("decoder stopped: " + why)
    world.others_go_on()
    world.bad.wait_picture()


def is_not_believed(world, deed):
    faults = world.bad.picture()["faults"]
    pid = take_over(world, deed)
    world.others_go_on()
    if deed == "flood":
        is_slowed(world)
    if deed == "fences":
        wait_full(world.bad)
    if deed != "garbage":  # that ends by the agent's doing
        if world.bad.picture()["faults"] != faults:
            raise Failed(world.bad.states())
        os.kill(pid, signal.SIGKILL)
        world.bad.wait_state("decoder stopped: it was ended by signal 9 .*")
    world.bad.wait_picture()


def try_deed(world, deed, why):
    if why:
        is_ended(world, deed, why)
    else:
        is_not_believed(world, deed)
    if "a deed was done" in world.console.log():
        raise Failed("it writes into hotdesk-server's log")
    if not world.viewer.is_running():
        raise Failed("the viewer ended: " + world.viewer.text()[-1000:])


def stop_one(world):
    """Stopped in the middle, with nothing more sent to it than its target has on the way."""
    before = world.decoders()
    stopped = Watched(world, "stopped")
    pid = next(iter(world.decoders() - before))
    os.kill(pid, signal.SIGSTOP)
    stopped.forget_heard()
    return stopped


def loop_one(world):
    """It works for ever and takes nothing."""
    before = world.decoders()
    looping = Watched(world, "loop")
    world.desk.order("loop")
    looping.forget_heard()
    for pid in world.decoders() - before:
        os.kill(pid, signal.SIGKILL)
    wait_for("the deed to be taken", world.desk.is_taken)
    looping.forget_heard()
    return looping


def is_found_stuck(world, watched):
    """After twice TIME_DECODER_STUCK at most."""
    watched.wait_state("decoder stopped: " + STUCK, 30)
    watched.wait_picture()
    world.others_go_on()


def nothing_is_left(world):
    """Of each target one decoder, and no descriptors of those that are gone."""
    for watched in (world.bad, world.good):
        watched.wait_moves()
    targets = len(world.console.ask("status")["targets"])
    wait_for("one decoder for each target", lambda: len(world.decoders()) == targets)
    files = [os.readlink(f"/proc/{world.console.process.pid}/fd/{fd}")
             for fd in os.listdir(f"/proc/{world.console.process.pid}/fd")]
    pictures = sum("memfd:" in file for file in files)
    if pictures != targets:
        raise Failed(f"{pictures} picture files of {targets} targets: {files}")


def main():
    tap = Tap()
    deeds = {**DEEDS, **LONG_DEEDS} if IS_LONG or sys.argv[1:] else DEEDS
    with OwnDecoder() as desk:
        world = World(desk)
        stuck = {"stopped": stop_one, "loop": loop_one}
        stuck = {name: begin(world) for name, begin in stuck.items() if IS_LONG and not sys.argv[1:] or name in sys.argv[1:]}
        for deed, why in deeds.items():
            if not sys.argv[1:] or deed in sys.argv[1:]:
                tap.check(f"{deed}: " + ("it is ended" if why else "it is not believed"), try_deed, world, deed, why)
        for name, watched in stuck.items():
            tap.check(f"{name}: it is found", is_found_stuck, world, watched)
        tap.check("nothing is left behind", nothing_is_left, world)
        if tap.failed:
            print("# " + world.console.log()[-3000:].replace("\n", "\n# "))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
