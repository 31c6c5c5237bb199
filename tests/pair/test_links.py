#!/usr/bin/python3
"""A link that is cut, stalls or is slow, at every stage of a connection: one table of stages and faults.

After each: nothing stays down at the target, the right one is active, the agent comes back, keys arrive once, and
nothing of what was typed while the link was bad is typed later.
"""

import sys
import threading
import time

from world import TARGET, World, run_in_parallel
from harness import FACTOR, Failed, Harness, Tap, difference, wait_for
from link import EV_REL, REL_X, REL_Y

STALL_S = 2.0 * FACTOR
DELAY_S = 0.2
TYPING_S = 0.1 * FACTOR  # a key; ten of them are longer than TIME_STALLED, shorter than the stall
AT_ONCE_S = 1.5  # when a socket says that it is over
SILENT_S = 3.5  # when nobody says anything: TIME_PEER_SILENT and a tick
RECORD_OVERHEAD_BYTES = 5 + 1 + 16  # header, content type, tag (RFC 8446, 5.2)
HELLO_BYTES = 3 + 22  # and the host's name
SHIFT, KEY_HELD = 42, 30
BEFORE, DURING, AFTER = (16, 17, 18), tuple(range(59, 69)), (2, 3, 4, 5, 6, 7)
STEPS = 40


class Fault:
    """`begin` does it to what goes on now; `arm` to the point after so many bytes of one way, or to the next dial."""

    def __init__(self, name, begin, arm, end):
        self.name, self.begin, self.arm, self.end = name, begin, arm, end


def slow_down(proxy, *_):
    """In steps: a link whose delay jumps is one that stalls."""
    for step in range(1, 5):
        proxy.delay("both", DELAY_S * step / 4)
        time.sleep(0.1)


FAULTS = [
    Fault("cut", lambda proxy: proxy.cut(reset=True), lambda proxy, way, place: proxy.cut_after(way, place, reset=True),
          lambda proxy: None),
    Fault("stalled", lambda proxy: proxy.stall("both", STALL_S),
          lambda proxy, way, place: proxy.stall_after(way, place, STALL_S),
          lambda proxy: wait_for("the stall to end", lambda: not proxy.is_stalled(), STALL_S)),
    Fault("delayed", slow_down, slow_down, lambda proxy: proxy.delay("both", 0)),
]


# --- stages: each brings the link there and has the fault happen; what it returns is what must be active then ---

def dial_anew(world, arm):
    """The agent's next connection meets what is armed."""
    world.proxy.refuse()
    world.proxy.cut()
    arm()
    world.proxy.refuse(False)


def at_connect(world, fault):
    if fault.name != "cut":
        dial_anew(world, lambda: fault.begin(world.proxy))
        return "local"
    world.proxy.refuse()
    world.proxy.cut()
    refused = world.proxy.refused
    wait_for("two dials that end at once", lambda: world.proxy.refused >= refused + 2)
    world.proxy.refuse(False)
    return "local"


def at_handshake(world, fault):
    """In the middle of the server's first flight."""
    dial_anew(world, lambda: fault.arm(world.proxy, "down", 200))
    return "local"


def place_of_hello(head):
    """Where the agent's hello begins in what it has sent: the first record of that size."""
    at = 0
    while at + 5 <= len(head):
        size_bytes = 5 + int.from_bytes(head[at + 3:at + 5], "big")
        if head[at] == 23 and HELLO_BYTES <= size_bytes - RECORD_OVERHEAD_BYTES <= HELLO_BYTES + 64:
            return at
        at += size_bytes
    raise Failed("no hello among the agent's records")


def at_hello(world, fault):
    place = place_of_hello(world.proxy.head("up"))
    dial_anew(world, lambda: fault.arm(world.proxy, "up", place + 10))
    return "local"


def at_idle(world, fault):
    fault.begin(world.proxy)
    return "local"


def at_enter(world, fault):
    """The enter is on its way, and text behind it, as from somebody who types without looking."""
    fault.arm(world.proxy, "down", world.proxy.passed("down") + 5)
    if fault.name == "delayed":
        world.switch()
        world.link.tap(*DURING)
        return TARGET
    world.link.grab()  # a leader
    world.link.command(1, 1)
    world.link.tap(*DURING)
    wait_for("the switch to be taken back", lambda: world.link.flashes > 0)
    return "local"


def while_held(world, fault):
    world.switch()
    world.press(KEY_HELD)
    fault.begin(world.proxy)
    if fault.name == "stalled":
        wait_for("it to be lifted", lambda: not world.record.held(), 1.5)
        return TARGET
    return TARGET if fault.name == "delayed" else "local"


def while_typing(world, fault):
    """For so long that some of it waits in the server when the link is lost."""
    world.switch()
    world.link.tap(DURING[0])
    wait_for("the first key", lambda: len(world.record.keys()) == 2)
    fault.begin(world.proxy)
    for code in DURING[1:]:
        world.link.tap(code)
        time.sleep(TYPING_S)
    return TARGET if fault.name == "delayed" else "local"


def while_moving(world, fault):
    world.switch()
    world.link.report((EV_REL, REL_X, 1), (EV_REL, REL_Y, -1))
    wait_for("the pointer to move", lambda: moved(world) == (1, -1))
    fault_at = threading.Timer(0.1, fault.begin, [world.proxy])
    fault_at.start()
    for _ in range(STEPS - 1):
        world.link.report((EV_REL, REL_X, 1), (EV_REL, REL_Y, -1))
        time.sleep(0.008)
    fault_at.join()
    # Stalled: motion that has waited for more than a second is too late, and ends the link.
    return TARGET if fault.name == "delayed" else "local"


def moved(world):
    """The sum of all counts since the mark."""
    steps = [line.split() for line in world.record.lines() if line.startswith("rel ")]
    return tuple(sum(int(step[i]) for step in steps) for i in (1, 2))


def at_leave(world, fault):
    world.switch()
    world.press(KEY_HELD)
    fault.arm(world.proxy, "down", world.proxy.passed("down") + 5)
    world.console.ask("switch", target="local")
    return "local"


STAGES = [
    ("TCP connect", at_connect),
    ("TLS handshake", at_handshake),
    ("hello", at_hello),
    ("idle", at_idle),
    ("enter", at_enter),
    ("a key held", while_held),
    ("typing", while_typing),
    ("motion", while_moving),
    ("leave", at_leave),
]


# --- what must be true after each ---

def check_active(world, active):
    if active == "local":
        world.wait_local(AT_ONCE_S if world.proxy.count() == 0 else SILENT_S)
    elif not world.is_active():
        raise Failed(f"{world.console.active_name()} is active")


def check_record(world, stage, fault):
    """All that was pressed is up; each key went down at most once, no earlier one is missing; a link that is only slow loses none."""
    if world.record.held():
        raise Failed(f"{world.record.held()} down")
    downs = [line for line in world.record.keys() if line.endswith(" 1")]
    typed = sum(line != f"key {KEY_HELD} 1" for line in downs)
    wanted = [f"key {code} 1" for code in ((KEY_HELD,) if stage in (while_held, at_leave) else ()) + DURING[:typed]]
    if fault.name == "delayed" and stage in (at_enter, while_typing):
        wanted = [f"key {code} 1" for code in DURING]
    if downs != wanted:
        raise Failed(difference(wanted, downs))


def check_motion(world, fault):
    if fault.name == "delayed":
        wait_for(f"all motion, {moved(world)} so far", lambda: moved(world) == (STEPS, -STEPS))
    elif moved(world)[0] > STEPS:
        raise Failed(f"moved by {moved(world)}")


def try_stage(world, stage, fault):
    world.switch()
    world.type(BEFORE)
    world.go_home()
    world.record.mark()
    world.link.flashes = 0
    active = stage(world, fault)
    check_active(world, active)
    if fault.name == "stalled":
        fault.end(world.proxy)
    world.link.key(KEY_HELD, False)
    wait_for("all keys to be up", lambda: not world.record.held(), 1.5 * SILENT_S)
    world.desk.wait_ready(world.console, TARGET, bound_s=20)
    if active == TARGET and not world.is_active():
        raise Failed("a link that was only slow lost the target")
    if fault.name == "delayed":
        fault.end(world.proxy)
    if stage == while_moving:
        check_motion(world, fault)
    wait_for("the record to rest", lambda: rests(world))
    check_record(world, stage, fault)
    world.record.mark()
    world.switch()
    world.type(AFTER)
    world.go_home()


def rests(world):
    """Whatever was under way has come."""
    before = world.record.all()
    time.sleep(0.3)
    return before == world.record.all()


def run_stage(stage):
    def run(tap):
        with Harness() as desk:
            world = World(desk, with_proxy=True)
            for fault in FAULTS:
                if not tap.check(fault.name, try_stage, world, stage, fault):
                    print("# " + world.logs().replace("\n", "\n# "))
            world.close()
    return run


def run_once(name, end_link):
    def run(tap):
        with Harness() as desk:
            world = World(desk, with_proxy=True)
            tap.check(name, end_link, world)
            world.close()
    return run


def fall_silent(world, stall, type_more=None):
    """Two keys are down when nothing comes through any more, and no socket says so: what is lifted, and when."""
    world.switch()
    world.press(SHIFT)
    world.press(KEY_HELD)
    stall("both")
    wait_for("the key to be lifted", lambda: world.record.held() == {SHIFT}, 1.5)
    if type_more:
        type_more()
    world.wait_local(SILENT_S)
    wait_for("Shift to be lifted", lambda: not world.record.held(), SILENT_S)


def dies(world):
    """Nobody hears the other any more."""
    fall_silent(world, world.proxy.stall, lambda: world.link.tap(*DURING[:2]))
    world.link.key(KEY_HELD, False)
    world.record.mark()
    world.proxy.cut()
    world.proxy.go("both")
    world.desk.wait_ready(world.console, TARGET, bound_s=20)
    world.switch()
    world.type(AFTER)


def is_dropped(world):
    """As by a router that has forgotten the connection: nothing of it passes any more, new ones do."""
    accepted = world.proxy.accepted
    fall_silent(world, world.proxy.newest().stall)
    world.link.tap(*DURING)
    for code in (SHIFT, KEY_HELD):
        world.link.key(code, False)
    world.record.mark()
    world.desk.wait_ready(world.console, TARGET, bound_s=SILENT_S)
    if world.proxy.accepted != accepted + 1:
        raise Failed(f"it came {world.proxy.accepted - accepted} times")
    world.switch()
    world.type(AFTER)


def main():
    tap = Tap()
    jobs = [(name, run_stage(stage)) for name, stage in STAGES]
    jobs += [("a dead link", run_once("keys go up but modifiers, then all; local is active", dies)),
             ("a dropped connection", run_once("both ends notice, and the agent comes anew", is_dropped))]
    jobs = [(name, run) for name, run in jobs if not sys.argv[1:] or name in sys.argv[1:]]
    run_in_parallel(tap, jobs)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
