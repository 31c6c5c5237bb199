"""A harness whose console and target are two machines of a network: three network namespaces, the console's, the
target's and a switch between them, in processes of the test, which go with them. Cables are pulled and plugged; lines
are slow (`tc tbf`) and long.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Failed, Harness, read_text, wait_for  # noqa: E402

CONSOLE, TARGET_HOST = "10.77.0.1", "10.77.0.2"
ADDRESSES = (("console", CONSOLE), ("target", TARGET_HOST))


class Network(Harness):
    """A harness whose servers and agents are on hosts of their own."""

    HOSTS = {"hotdesk-server": "console", "hotdesk-agent": "target"}

    def __init__(self, *arguments, trip_ms=0, **more):
        """`trip_ms`: of a round trip, by tests/bench/tools/slowlink in the switch's place."""
        super().__init__(*arguments, **more)
        self.trip_ms = trip_ms

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
        host = self.HOSTS.get(name)
        return super().start(name, (self.inside(host) if host in self.hosts else []) + argv, env, **more)

    def inside(self, host):
        """What runs a command there."""
        return ["nsenter", f"--net=/proc/{self.hosts[host]}/ns/net"]

    def add_host(self, name, command=("unshare", "--net")):
        others = {os.readlink(f"/proc/{pid}/ns/net") for pid in ("self", *self.hosts.values())}
        process = self.start(f"host-{name}", [*command, "sleep", "infinity"])
        wait_for(f"the namespace {name}", lambda: os.readlink(f"/proc/{process.pid}/ns/net") not in others)
        wait_for(f"the host {name}", lambda: read_text(f"/proc/{process.pid}/comm") == "sleep\n")
        self.hosts[name] = process.pid

    def set_congestion(self, host):
        """As most kernels have it, whatever this one has chosen."""
        at = "/proc/sys/net/ipv4/tcp_congestion_control"
        try:
            self.on(host, "sh", "-c", f"echo cubic >{at}")
        except Failed:
            pass  # not in this kernel, or not ours to choose

    def on(self, host, *command):
        return self.run(*self.inside(host), *command)

    def build(self):
        for name in ("switch", "console", "target"):
            self.add_host(name)
            self.set_congestion(name)
        if not self.trip_ms:
            self.on("switch", "ip", "link", "add", "name", "bridge0", "type", "bridge", "forward_delay", "0")
            self.on("switch", "ip", "link", "set", "bridge0", "up")
        for name, address in ADDRESSES:
            self.on("switch", "ip", "link", "add", "name", f"to-{name}", "type", "veth", "peer", "name", "eth0",
                    "netns", str(self.hosts[name]))
            master = () if self.trip_ms else ("master", "bridge0")
            self.on("switch", "ip", "link", "set", f"to-{name}", *master, "up")
            self.on(name, "ip", "link", "set", "lo", "up")
            self.on(name, "ip", "address", "add", f"{address}/24", "dev", "eth0")
            self.on(name, "ip", "link", "set", "eth0", "up")
        if self.trip_ms:
            self.lengthen()

    def lengthen(self):
        tool = os.path.join(self.build_dir, "tests/bench/tools/slowlink")
        relay = self.start("slowlink", [*self.inside("switch"), tool, *(f"to-{name}" for name, _ in ADDRESSES),
                                        str(round(self.trip_ms * 500))])
        wait_for("the long line", lambda: "ready" in relay.text() or not relay.is_running())
        if not relay.is_running():
            raise Failed("slowlink: " + relay.text())

    def pull(self, host):
        """The cable, at the switch: the host's own card says that there is no carrier."""
        self.on("switch", "ip", "link", "set", f"to-{host}", "down")

    def plug(self, host):
        self.on("switch", "ip", "link", "set", f"to-{host}", "up")

    def throttle(self, rate, latency="400ms", burst="2kb"):
        """Towards both hosts; None: no more. `latency`: how long a packet waits at most before it is lost."""
        for host, _ in ADDRESSES:
            if rate:
                self.on("switch", "tc", "qdisc", "add", "dev", f"to-{host}", "root", "tbf", "rate", rate,
                        "burst", burst, "latency", latency)
            else:
                self.on("switch", "tc", "qdisc", "del", "dev", f"to-{host}", "root")

    def passed(self, host):
        """(packets, bytes) that have gone to that host so far."""
        at = f"/proc/{self.hosts['switch']}/net/dev"
        for line in read_text(at).splitlines():
            name, _, numbers = line.partition(":")
            if name.strip() == f"to-{host}":
                fields = numbers.split()
                return int(fields[9]), int(fields[8])
        raise Failed(f"no line to {host}")


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


def become_root():
    """Namespaces are root's; who is not becomes it in a namespace of users, where that is allowed."""
    if os.geteuid() != 0 and subprocess.run(["unshare", "--user", "--map-root-user", "true"], check=False,
                                            stderr=subprocess.DEVNULL).returncode == 0:
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", sys.executable, *sys.argv])
