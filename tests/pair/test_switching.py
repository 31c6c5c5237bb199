#!/usr/bin/python3
"""Switches that do not come about, targets and servers that are lost, and what status and watch tell of it."""

import json
import os
import re
import signal
import subprocess
import sys
import time

from world import TARGET, World, run_in_parallel
from harness import FACTOR, TESTS_DIR, Failed, Harness, Tap, wait_for
from link import COMMAND_TARGET
from peer import BYE, ENTER, ENTERED, REPLACED, WELCOME, Peer, agents_context, end_of, frame, hello, state

SHIFT, DELETE = 42, 111
SWALLOWED, KEYS, LATER = (16, 17, 18), (30, 31, 32), (44, 45, 46)
SWALLOW_S = 0.7 * FACTOR
ENTERED_S = 0.5 * FACTOR
SILENT_S = 3.5  # wait_for knows of the factor
AT_ONCE_S = 1.5


def expect(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def hotkey(world, name, *text):
    """A leader, the target's number, and text at once behind it. Waits for the flash that refuses it."""
    flashes = world.link.flashes
    if not world.link.grabbed:
        world.link.grab()
    world.link.command(COMMAND_TARGET, world.console.target(name)["number"])
    world.link.tap(*text)
    wait_for("the LEDs to flash", lambda: world.link.flashes > flashes)


# --- refused ---

def offline_is_refused(world):
    """From local and from another target: what is typed within 700 ms was meant for neither."""
    attic, _ = world.add("attic")
    attic.process.stop()
    wait_for("attic to be offline", lambda: world.console.target("attic")["state"] == "offline")
    watch = world.console.watch()
    hotkey(world, "attic", *SWALLOWED)
    refused = watch.wait_event("refused")
    expect("its name", refused["name"], "attic")
    if not re.search("attic is not ready: offline, .*stopped", refused["why"]):
        raise Failed(refused["why"])
    wait_for("the source to give back", lambda: not world.link.grabbed)
    world.switch()
    world.record.mark()
    hotkey(world, "attic", *SWALLOWED)
    time.sleep(SWALLOW_S + 0.1)
    world.link.tap(*KEYS)
    world.wait_typed(KEYS)
    expect("active", world.console.active_name(), TARGET)
    watch.close()


def no_answer_is_taken_back(world):
    """A stopped agent does not say that it has taken over: back to where the keys came from, in half a second."""
    cellar, record = world.add("cellar")
    world.switch()
    world.record.mark()
    cellar.process.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    hotkey(world, "cellar", *SWALLOWED)
    took_s = time.monotonic() - started
    if not 0.8 * ENTERED_S < took_s < 3 * ENTERED_S:
        raise Failed(f"after {took_s:.2f} s")
    expect("active", world.console.active_name(), TARGET)
    world.link.tap(*SWALLOWED)
    time.sleep(SWALLOW_S + 0.1)
    world.link.tap(*KEYS)
    world.wait_typed(KEYS)
    cellar.process.send_signal(signal.SIGCONT)
    world.desk.wait_ready(world.console, "cellar")
    wait_for("cellar to have nothing down", lambda: not record.held())
    world.switch("cellar")
    record.mark()
    world.link.tap(*LATER)
    wait_for("keys of now, and none of then", lambda: len(record.keys()) >= 2 * len(LATER))
    expect("keys", record.keys(), [f"key {code} {value}" for code in LATER for value in (1, 0)])


# --- lost ---

def lose(world):
    world.switch()
    world.press(SHIFT)
    world.press(DELETE)


def a_killed_agent(world):
    lose(world)
    world.machine.process.kill(signal.SIGKILL)
    world.wait_local(AT_ONCE_S)
    target = world.console.target(TARGET)
    expect("state", target["state"], "offline")
    if not re.search("closed|broke", target["reason"]):
        raise Failed(target["reason"])
    world.machine.start()
    world.desk.wait_ready(world.console, TARGET)
    world.switch()
    world.type((SHIFT, DELETE, *KEYS))  # what the record has down since the kill is up then


def a_stopped_agent(world):
    lose(world)
    world.machine.process.send_signal(signal.SIGSTOP)
    world.wait_local(SILENT_S)
    expect("reason", world.console.target(TARGET)["reason"], "no answer from its agent")
    for code in (DELETE, SHIFT):
        world.link.key(code, False)
    world.machine.process.send_signal(signal.SIGCONT)
    wait_for("all keys to be up", lambda: not world.record.held(), AT_ONCE_S)
    world.desk.wait_ready(world.console, TARGET)
    world.switch()
    world.type(KEYS)


def a_second_connection(world):
    """Of the same key: the first is told, lifts its keys, and comes back when it may."""
    lose(world)
    peer = Peer(world.console.port)
    peer.shake_hands(agents_context(world.machine))
    peer.send(hello(), state())
    expect("its first message", peer.read()[0], WELCOME)
    wait_for("the first to lift its keys", lambda: not world.record.held(), AT_ONCE_S)
    world.wait_local(AT_ONCE_S)
    world.machine.wait_log("a newer connection with this machine's key")
    expect("it is replaced in turn", end_of(peer.wait(BYE))[0], REPLACED)
    world.desk.wait_ready(world.console, TARGET)
    world.switch()
    world.type(KEYS)


def a_killed_server(world):
    """Its keys go up; the new one knows its targets and goes on with higher control numbers."""
    for _ in range(3):
        world.switch()
        world.go_home()
    lose(world)
    world.link.close()
    world.console.process.kill(signal.SIGKILL)
    wait_for("all keys to be up", lambda: not world.record.held(), AT_ONCE_S)
    world.console.start()
    world.connect_source()
    world.desk.wait_ready(world.console, TARGET)
    world.record.mark()
    world.console.ask("switch", target=TARGET)  # an old number would be refused
    world.link.wait_grabbed()
    world.type(KEYS)
    expect("number after a restart", enter_number(world, claims=1000), 1001)
    expect("number after a connection that knows nothing", enter_number(world, claims=0), 1002)


def enter_number(world, claims):
    """Of the enter that an agent gets which has seen that number."""
    world.machine.process.stop()
    peer = Peer(world.console.port)
    peer.shake_hands(agents_context(world.machine))
    peer.send(hello(number=claims), state())
    world.desk.wait_ready(world.console, TARGET)
    connection = world.console.connect()
    connection.send("switch", target=TARGET)
    number = peer.wait(ENTER)[1]
    peer.send(frame(ENTERED, number + b"\1\0\0"))
    connection.read_line()
    connection.close()
    peer.close()
    wait_for("it to be offline", lambda: world.console.target(TARGET)["state"] == "offline")
    return int.from_bytes(number, "big")


# --- told ---

def status_tells_latency(world):
    world.switch()
    before = world.console.target(TARGET)["reports_sent"]
    for _ in range(10):
        world.type(range(2, 12))
    wait_for("200 reports", lambda: world.console.target(TARGET)["reports_sent"] - before == 200)
    target = world.console.target(TARGET)
    if not 0 < target["latency_p50_us"] <= target["latency_p99_us"] < 1000000 * FACTOR:
        raise Failed(f"p50 {target['latency_p50_us']}, p99 {target['latency_p99_us']}")
    if not re.search(r"lab: active, ready.*p50 .*p99 .* reports sent", world.console.command("status"), re.DOTALL):
        raise Failed(world.console.command("status"))


def documented_events():
    """{event: its fields} of the table in docs/control.md."""
    with open(os.path.join(TESTS_DIR, "..", "docs", "control.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]*) \|$", file.read(), re.MULTILINE)
    return {event: set(re.findall(r"`([a-z_]+)`", re.sub(r"\(.*?\)", "", fields))) for event, fields in rows}


def watch_tells_all(world):
    """`hotdesk watch` prints events, a line each, and each has the fields that are documented."""
    watch = world.desk.start("hotdesk-watch", [world.desk.program("hotdesk"), "watch"], env=world.console.environment)
    wait_for("it to watch", lambda: switched_is_seen(world, watch))
    attic, _ = world.add("attic")
    attic.process.stop()
    wait_for("attic to be offline", lambda: world.console.target("attic")["state"] == "offline")
    done = subprocess.run([world.desk.program("hotdesk"), "switch", "attic"], env=world.console.environment,
                          capture_output=True, check=False, timeout=20 * FACTOR)
    if done.returncode != 1 or b"attic is not ready" not in done.stderr:
        raise Failed(f"exit {done.returncode}: {done.stderr}")
    world.desk.start_console_pairing(world.console)[0].stop()
    world.console.command("forget", "attic")
    wanted = {"switched", "refused", "target", "paired", "pairing-ended", "forgotten"}
    wait_for("the events", lambda: wanted <= {event["event"] for event in events_of(watch)})
    documented = documented_events()
    for event in events_of(watch):
        expect(f"fields of {event}", set(event) - {"event", "time"}, documented.get(event["event"]))
        if not 0 <= time.time() - event["time"] < 60 * FACTOR:
            raise Failed(f"time of {event}")


def events_of(watch):
    return [json.loads(line) for line in watch.text().splitlines()]


def switched_is_seen(world, watch):
    world.switch()
    world.go_home()
    return "switched" in watch.text()


def names_are_unique(world):
    """A name that is taken gets a number; pairing a key again keeps its entry, under the name that is wished now."""
    second, _ = world.add("lab", directory="second")
    expect("the second's name", second.known_as, "lab-2")
    expect("names", names(world), {1: "lab", 2: "lab-2"})
    pairing, code = world.desk.start_console_pairing(world.console, "den")
    second.process.stop()
    second.start_pairing(world.console.port, code)
    expect("hotdesk pair", pairing.wait(20), 0)
    world.desk.wait_ready(world.console, "den")
    expect("names", names(world), {1: "lab", 2: "den"})
    if "This computer is den." not in second.log() or "den" not in pairing.text():
        raise Failed(second.log() + pairing.text())


def names(world):
    return {target["number"]: target["name"] for target in world.console.ask("list")["targets"]}


def rights_are_mended(world):
    """A key that others may read is refused, with the command that mends it, on both sides."""
    for side, log, directory in ((world.machine, "hotdesk-agent", "agent"), (world.console, "hotdesk-server", "server")):
        side.process.stop()
        key = os.path.join(side.state_dir, directory, "key.pem")
        os.chmod(key, 0o644)
        process = world.desk.start(log, [world.desk.program(log)], env=side.environment)
        if process.wait(10) == 0:
            raise Failed(f"{log} took it")
        command = re.search(r"others have rights on \S+ \(mode 0644\): (chmod \S+ \S+)$", process.text(), re.MULTILINE)
        if not command:
            raise Failed(process.text())
        world.desk.run(*command[1].split())
        expect("its mode", os.stat(key).st_mode & 0o777, 0o600)
        side.start()
    world.desk.wait_ready(world.console, TARGET)


GROUPS = [
    ("refused", [("a target that is offline", offline_is_refused),
                 ("a target that does not answer", no_answer_is_taken_back)]),
    ("lost", [("SIGKILL of the agent", a_killed_agent), ("SIGSTOP of the agent", a_stopped_agent),
              ("a second connection of its key", a_second_connection), ("SIGKILL of the server", a_killed_server)]),
    ("told", [("status tells latency", status_tells_latency), ("watch tells all", watch_tells_all),
              ("names are unique", names_are_unique), ("rights that are too wide", rights_are_mended)]),
]


def run_group(checks):
    def run(tap):
        with Harness() as desk:
            world = World(desk)
            for name, check in checks:
                if not tap.check(name, check, world):
                    print("# " + world.logs().replace("\n", "\n# "))
            world.close()
    return run


def main():
    tap = Tap()
    run_in_parallel(tap, [(name, run_group(checks)) for name, checks in GROUPS])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
