#!/usr/bin/python3
"""Nobody listens until somebody may come: the server's port is open while a target is paired or a code is valid, and an
agent has none at all. Seen in the kernel's table of sockets, and by dialling."""

import os
import re
import select
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import Failed, Harness, Tap, read_text, wait_for  # noqa: E402

RECORD = 'injector = record\nrecord-file = "/dev/null"\n'
LISTEN = "0A"
BACKLOG = 64


def listening_ports(pid):
    """TCP ports that this process listens on."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{name}")))
        except OSError:
            continue
    rows = [line.split() for table in ("tcp", "tcp6") for line in read_text(f"/proc/net/{table}").splitlines()[1:]]
    return [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == LISTEN and row[9] in inodes]


class World:
    def __init__(self, harness):
        self.harness = harness
        self.console = harness.console()
        self.machines = {}

    def pid(self):
        return self.console.process.pid

    def expect_closed(self):
        wait_for("the port to be closed", lambda: not listening_ports(self.pid()))
        if self.console.ask("status")["server"]["listening"]:
            raise Failed("status says that it listens")
        if self.console.known_port is None:
            return
        try:
            socket.create_connection(("127.0.0.1", self.console.known_port), 5).close()
        except OSError:
            return
        raise Failed("somebody answers on its port")

    def expect_open(self):
        wait_for("the port to be open", lambda: listening_ports(self.pid()) == [self.console.port])
        socket.create_connection(("127.0.0.1", self.console.port), 5).close()

    def fresh(self):
        self.expect_closed()

    def code_that_is_cancelled(self):
        pairing, _ = self.harness.start_console_pairing(self.console)
        self.expect_open()
        pairing.stop()
        self.expect_closed()

    def code_of_who_goes(self):
        """As `hotdesk add` asks for one; two at once, and the port is open until the last one is void."""
        first, second = self.console.connect(), self.console.connect()
        for client in (first, second):
            client.send("pair")
            if not client.read_line()["ok"]:
                raise Failed("no code")
        self.expect_open()
        first.close()
        wait_for("the end of the first code", lambda: "no longer valid" in self.console.log())
        self.expect_open()
        second.close()
        self.expect_closed()

    def paired(self):
        for name in ("lab", "attic"):
            self.machines[name] = self.harness.machine(name, conf=RECORD)
            self.harness.pair(self.console, self.machines[name])
        self.harness.wait_ready(self.console, "lab", "attic")
        self.expect_open()

    def stopped(self):
        """The kernel keeps so many for a server that does not accept; from more addresses than one may use."""
        strangers = []
        os.kill(self.pid(), signal.SIGSTOP)
        try:
            for number in range(2 * BACKLOG):
                strangers.append(socket.socket())
                strangers[-1].bind((f"127.0.7.{1 + number}", 0))
                strangers[-1].setblocking(False)
                strangers[-1].connect_ex(("127.0.0.1", self.console.port))
            connected = len(select.select([], strangers, [], 0.2)[1])
        finally:
            os.kill(self.pid(), signal.SIGCONT)
            for stranger in strangers:
                stranger.close()
        if not BACKLOG <= connected <= BACKLOG + 1:  # Linux keeps one more
            raise Failed(f"{connected} are connected")
        self.harness.wait_ready(self.console, "lab", "attic")

    def agents_do_not(self):
        """Connected, active, and while one looks for its server in vain."""
        self.console.ask("switch", target="lab")
        for machine in self.machines.values():
            if ports := listening_ports(machine.process.pid):
                raise Failed(f"{machine.name} listens on {ports}")
        self.console.ask("switch", target="local")

    def restarted(self):
        self.console.process.stop()
        self.console.start()
        self.expect_open()
        self.harness.wait_ready(self.console, "lab", "attic")

    def forgotten_one_by_one(self):
        self.console.ask("forget", target="attic")
        self.expect_open()
        self.harness.wait_ready(self.console, "lab")
        self.console.ask("forget", target="lab")
        self.expect_closed()

    def restarted_without_any(self):
        self.console.process.stop()
        self.console.start()
        self.expect_closed()


def main():
    tap = Tap()
    with Harness() as harness:
        world = World(harness)
        for name, check in (("a fresh server has no port", world.fresh),
                            ("a code opens it until it is cancelled", world.code_that_is_cancelled),
                            ("a code of a program that ends", world.code_of_who_goes),
                            ("it stays open while a target is paired", world.paired),
                            ("agents have no port", world.agents_do_not),
                            ("the kernel keeps few for it", world.stopped),
                            ("a server that is started again listens at once", world.restarted),
                            ("forgetting the last one closes it", world.forgotten_one_by_one),
                            ("started again with nobody paired it has none", world.restarted_without_any)):
            if not tap.check(name, check):
                print("# " + world.console.log()[-1500:].replace("\n", "\n# "))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
