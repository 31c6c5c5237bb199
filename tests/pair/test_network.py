#!/usr/bin/python3
"""Console and target on two machines of a network: cables are pulled and plugged, and the line is slow.

They are namespaces (tests/network.py).
"""

import sys
import time

from world import TARGET, World, run_in_parallel
from harness import Failed, Tap, wait_for
from link import EV_REL, REL_X, REL_Y
from network import CONSOLE, TARGET_HOST, Network, become_root, why_not

SHIFT, DELETE = 42, 111
KEYS = (16, 17, 18, 19, 20)
DOWN_SILENT_S, SILENT_S = 1.5, 3.5  # wait_for knows of the factor
BACK_S = 3.0
MOVED_S = 8.0  # and what TCP needs to notice
TARGET_MOVED, CONSOLE_MOVED = "10.77.0.12", "10.77.0.11"
REFUSED_DIALS = 5  # after pauses of 0.2, 0.4 ... 3.2 s; one of 6.4 s, or a quarter less, follows
RATE = "256kbit"
STEPS, A_SECOND, KEY_EVERY = 2000, 1000, 100


def pulled_while_held(world, host):
    """Nobody hears anything any more; each side acts by itself, within its time."""
    world.switch()
    world.press(SHIFT)
    world.press(DELETE)
    world.desk.pull(host)
    wait_for("Delete to be lifted", lambda: world.record.held() == {SHIFT}, DOWN_SILENT_S)
    world.wait_local(SILENT_S)
    wait_for("Shift to be lifted", lambda: not world.record.held(), SILENT_S)
    world.link.tap(*KEYS)
    world.record.mark()


def comes_back(world, host, bound_s):
    world.desk.plug(host)
    plugged = time.monotonic()
    world.desk.wait_ready(world.console, TARGET, bound_s=bound_s)
    print(f"# back {time.monotonic() - plugged:.2f} s after {host}'s cable")
    world.switch()
    if world.record.keys():
        raise Failed(f"typed meanwhile: {world.record.keys()}")
    world.type(KEYS)
    world.go_home()


def targets_cable(world):
    pulled_while_held(world, "target")
    # For so long that the agent has begun to dial, in vain.
    world.machine.wait_log("nothing was heard for too long|lost")
    time.sleep(1)
    comes_back(world, "target", BACK_S)


def consoles_cable(world):
    """The target's own network is well all the time: it dials once a second until somebody answers."""
    pulled_while_held(world, "console")
    world.machine.wait_log("no answer")
    comes_back(world, "console", BACK_S)


def idle_cable(world):
    """A short while that nobody needed: the connection is the same afterwards."""
    connected = world.console.log().count(f"{TARGET} is connected")
    world.record.mark()
    world.desk.pull("target")
    time.sleep(1)
    comes_back(world, "target", BACK_S)
    if world.console.log().count(f"{TARGET} is connected") != connected:
        raise Failed("it connected anew")


def switched_to_while_pulled(world):
    """It is not known yet that nobody is there; the switch is taken back, and the console keeps its keyboard."""
    world.desk.pull("target")
    world.record.mark()
    try:
        world.console.ask("switch", target=TARGET)
        raise Failed("it was switched to")
    except Failed as failure:
        if "no answer" not in str(failure):
            raise
    if not world.is_local():
        raise Failed("local is not active")
    comes_back(world, "target", BACK_S)


def long_wait_ends(world):
    """Without a server the pauses between two dials have grown; the network's return ends the one that goes on."""
    world.link.close()
    world.console.process.stop()
    before = resets(world)
    wait_for("dials that are refused", lambda: resets(world) - before >= REFUSED_DIALS, 20)
    world.console.start()
    world.connect_source()
    world.record.mark()
    world.desk.pull("target")
    comes_back(world, "target", BACK_S)


def readdress(desk, host, old, new):
    desk.on(host, "ip", "address", "del", f"{old}/24", "dev", "eth0")  # first: it would take the other with it
    desk.on(host, "ip", "address", "add", f"{new}/24", "dev", "eth0")


def targets_address_changes(world):
    """While a key is held: nobody hears anything on the old connection; the agent comes from the new address."""
    changes_while_held(world, "target", TARGET_HOST, TARGET_MOVED)
    if not world.console.target(TARGET)["address"].startswith(TARGET_MOVED):
        raise Failed(world.console.target(TARGET)["address"])


def consoles_address_changes(world):
    """The agent knows one address: it is not let down for ever, and is there as soon as that one is back."""
    changes_while_held(world, "console", CONSOLE, CONSOLE_MOVED, lambda: readdress(world.desk, "console", CONSOLE_MOVED, CONSOLE))


def changes_while_held(world, host, old, new, back=lambda: None):
    world.desk.wait_ready(world.console, TARGET)
    world.switch()
    world.press(SHIFT)
    world.press(DELETE)
    world.record.mark()
    readdress(world.desk, host, old, new)
    wait_for("Delete to be lifted", lambda: DELETE not in world.record.held(), DOWN_SILENT_S)
    world.wait_local(SILENT_S)
    wait_for("Shift to be lifted", lambda: not world.record.held(), SILENT_S)
    world.link.tap(*KEYS)
    world.record.mark()
    back()
    world.desk.wait_ready(world.console, TARGET, bound_s=MOVED_S)
    for code in (SHIFT, DELETE):
        world.link.key(code, False)
    world.switch()
    if world.record.keys():
        raise Failed(f"typed meanwhile: {world.record.keys()}")
    world.type(KEYS)
    world.go_home()


def resets(world):
    """How many the console's kernel has sent: one for each dial to a port that is closed."""
    with open(f"/proc/{world.desk.hosts['console']}/net/snmp", encoding="ascii") as file:
        names, values = [line.split() for line in file if line.startswith("Tcp:")]
    return int(values[names.index("OutRsts")])


def slow_line(world):
    """More motion than the line can carry, keys among it: all keys in order, and not a count of motion is lost."""
    world.switch()
    world.record.mark()
    world.desk.throttle(RATE)
    typed = []
    next_at = time.monotonic()
    for step in range(1, STEPS + 1):
        world.link.report((EV_REL, REL_X, 2), (EV_REL, REL_Y, -1))
        if step % KEY_EVERY == 0:
            typed.append(2 + step // KEY_EVERY)
            world.link.tap(typed[-1])
        next_at += 1 / A_SECOND
        time.sleep(max(0, next_at - time.monotonic()))
    wanted = (2 * STEPS, -STEPS)
    wait_for(f"all motion; {moved(world)} so far", lambda: moved(world) == wanted)
    world.wait_typed(typed)
    if not world.is_active():
        raise Failed("the target was lost")
    messages = sum(line.startswith("rel ") for line in world.record.lines())
    target = world.console.target(TARGET)
    print(f"# {STEPS} motions in {messages} reports, latency p50 {target['latency_p50_us'] // 1000} ms, "
          f"p99 {target['latency_p99_us'] // 1000} ms")
    if messages >= STEPS:
        raise Failed("no motion was merged: the line was not slow")
    world.desk.throttle(None)
    world.type(KEYS)


def moved(world):
    steps = [line.split() for line in world.record.lines() if line.startswith("rel ")]
    return tuple(sum(int(step[i]) for step in steps) for i in (1, 2))


GROUPS = [
    ("one", [
        ("a slow line loses nothing", slow_line),
        ("the target's cable is pulled while a key is held", targets_cable),
        ("the console's cable is pulled while a key is held", consoles_cable),
    ]),
    ("two", [
        ("the target's cable is pulled while it is idle", idle_cable),
        ("a switch to a target whose cable is pulled", switched_to_while_pulled),
        ("an agent that has waited long comes when its network does", long_wait_ends),
    ]),
    ("three", [
        ("the target's address changes while a key is held", targets_address_changes),
        ("the console's address changes while a key is held", consoles_address_changes),
    ]),
]


def run_group(checks):
    def run(tap):
        with Network() as desk:
            world = World(desk, address=CONSOLE)
            for name, check in checks:
                if not tap.check(name, check, world):
                    print("# " + world.logs().replace("\n", "\n# "))
            world.close()
    return run


def main():
    tap = Tap()
    become_root()
    reason = why_not()
    if reason:
        tap.skip("cables and slow lines", reason)
    else:
        run_in_parallel(tap, [(name, run_group(checks)) for name, checks in GROUPS])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
