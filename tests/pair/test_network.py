#!/usr/bin/python3
"""Console and target on two machines of a network: cables are pulled and plugged, and the line is slow.

Three network namespaces: the console's, the target's, and a switch between them. They live in processes of the test and
go with them.
"""

import os
import subprocess
import sys
import time

from world import TARGET, World, run_in_parallel
from harness import Failed, Harness, Tap, wait_for
from link import EV_REL, REL_X, REL_Y

CONSOLE, TARGET_HOST = "10.77.0.1", "10.77.0.2"
SHIFT, DELETE = 42, 111
KEYS = (16, 17, 18, 19, 20)
DOWN_SILENT_S, SILENT_S = 1.5, 3.5  # wait_for knows of the factor
BACK_S = 3.0
REFUSED_DIALS = 5  # after pauses of 0.2, 0.4 ... 3.2 s; one of 6.4 s, or a quarter less, follows
RATE = "256kbit"
STEPS, A_SECOND, KEY_EVERY = 2000, 1000, 100


class Network(Harness):
    """A harness whose servers and agents are on hosts of their own."""

    HOSTS = {"hotdesk-server": "console", "hotdesk-agent": "target"}

    def __enter__(self):
        super().__enter__()
        self.hosts = {}
        try:
            self.build()
        except BaseException:
            self.close()
            raise
        return self

    def start(self, name, argv, env=None, **more):
        host = self.hosts.get(self.HOSTS.get(name)) if self.hosts else None
        return super().start(name, (["nsenter", f"--net=/proc/{host}/ns/net"] if host else []) + argv, env, **more)

    def add_host(self, name):
        own = os.readlink("/proc/self/ns/net")
        process = self.start(name, ["unshare", "--net", "sleep", "infinity"])
        wait_for(f"the namespace {name}", lambda: os.readlink(f"/proc/{process.pid}/ns/net") != own)
        self.hosts[name] = process.pid

    def on(self, host, *command):
        return self.run("nsenter", f"--net=/proc/{self.hosts[host]}/ns/net", *command)

    def build(self):
        for name in ("switch", "console", "target"):
            self.add_host(name)
        self.on("switch", "ip", "link", "add", "name", "bridge0", "type", "bridge", "forward_delay", "0")
        self.on("switch", "ip", "link", "set", "bridge0", "up")
        for name, address in (("console", CONSOLE), ("target", TARGET_HOST)):
            self.on("switch", "ip", "link", "add", "name", f"to-{name}", "type", "veth", "peer", "name", "eth0",
                    "netns", str(self.hosts[name]))
            self.on("switch", "ip", "link", "set", f"to-{name}", "master", "bridge0", "up")
            self.on(name, "ip", "link", "set", "lo", "up")
            self.on(name, "ip", "address", "add", f"{address}/24", "dev", "eth0")
            self.on(name, "ip", "link", "set", "eth0", "up")

    def pull(self, host):
        """The cable, at the switch: the host's own card says that there is no carrier."""
        self.on("switch", "ip", "link", "set", f"to-{host}", "down")

    def plug(self, host):
        self.on("switch", "ip", "link", "set", f"to-{host}", "up")

    def throttle(self, rate):
        """Towards both hosts; None: no more."""
        for host in ("console", "target"):
            if rate:
                self.on("switch", "tc", "qdisc", "add", "dev", f"to-{host}", "root", "tbf", "rate", rate,
                        "burst", "2kb", "latency", "400ms")
            else:
                self.on("switch", "tc", "qdisc", "del", "dev", f"to-{host}", "root")


def why_not():
    """None, or why there can be no namespaces here."""
    for command in (["ip", "-V"], ["tc", "-V"], ["nsenter", "--version"],
                    ["unshare", "--net", "ip", "link", "add", "bridge0", "type", "bridge"]):
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        except OSError as error:
            return f"{command[0]}: {error.strerror}"
        if done.returncode:
            return f"{' '.join(command)}: {done.stderr.decode().strip()}"
    return None


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
    """The target's own network is well all the time: it dials until somebody answers."""
    pulled_while_held(world, "console")
    comes_back(world, "console", 20)


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
    if os.geteuid() != 0 and subprocess.run(["unshare", "--user", "--map-root-user", "true"], check=False,
                                            stderr=subprocess.DEVNULL).returncode == 0:
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", sys.executable, *sys.argv])
    reason = why_not()
    if reason:
        tap.skip("cables and slow lines", reason)
    else:
        run_in_parallel(tap, [(name, run_group(checks)) for name, checks in GROUPS])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
