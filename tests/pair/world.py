"""A console and a target for the pair tests: hotdesk-server, a source in Python, hotdesk-agent with the injector
`record`, and between them, when asked for, a proxy that makes the link bad."""

import ctypes
import os
import signal
import sys
import tempfile

sys.dont_write_bytecode = True
TESTS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[1:1] = [TESTS_DIR, os.path.join(TESTS_DIR, "desktop")]
from harness import PR_SET_PDEATHSIG, Failed, difference, wait_for  # noqa: E402
from link import Link  # noqa: E402
from proxy import Proxy  # noqa: E402
from record import Record  # noqa: E402

TARGET = "lab"


class World:
    """`machine` and `record` are those of the target `lab`; add() makes more."""

    def __init__(self, desk, with_proxy=False, address="127.0.0.1", display=None):
        self.desk = desk
        self.address = address  # of the console, as its targets see it
        self.console = desk.console()
        self.connect_source()
        self.proxy = None
        self.machine, self.record = self.add(TARGET, with_proxy, display=display)

    def connect_source(self):
        self.link = Link(self.console)

    def add(self, name, with_proxy=False, directory=None, display=None):
        """Pairs a machine under that name; (it, what it is given to type). With a display it types there instead."""
        record = Record(self.desk, directory or name)
        machine = self.desk.machine(directory or name, display=display, options=() if display else record.options)
        pairing, code = self.desk.start_console_pairing(self.console, name)
        if with_proxy:
            self.proxy = Proxy(self.address, self.console.port)
        machine.start_pairing(self.proxy.port if with_proxy else self.console.port, code, self.address)
        if pairing.wait(20) != 0:
            raise Failed(f"hotdesk pair: {pairing.text()}\n{machine.log()}")
        machine.known_as = machine.wait_log(r"This computer is (.*)\.")[1]
        self.desk.wait_ready(self.console, machine.known_as)
        return machine, record

    def count_descriptors(self):
        """Of the server."""
        return len(os.listdir(f"/proc/{self.console.process.pid}/fd"))

    def is_active(self):
        return self.console.active_name() == TARGET

    def is_local(self):
        return self.console.active_name() == "local"

    def wait_local(self, bound_s):
        wait_for("local to be active", self.is_local, bound_s, 0.02)

    def switch(self, name=TARGET):
        """To a target. Again if a slow link or a busy machine is too slow for it: not what is tried here."""
        for tries_left in reversed(range(5)):
            try:
                self.console.ask("switch", target=name)
                break
            except Failed:
                if not tries_left:
                    raise
        self.link.wait_grabbed()

    def go_home(self):
        """To local, until the source has given back."""
        self.console.ask("switch", target="local")
        wait_for("the source to give back", lambda: not self.link.grabbed)

    def press(self, code):
        self.link.key(code, True)
        wait_for(f"{code} to be down at the target", lambda: code in self.record.held())

    def wait_typed(self, codes, bound_s=10.0):
        """Since the record's mark these were tapped, once each, in this order, and nothing else."""
        wanted = [f"key {code} {value}" for code in codes for value in (1, 0)]
        try:
            wait_for("the keys", lambda: len(self.record.keys()) >= len(wanted), bound_s)
        except Failed as failure:
            raise Failed(f"{failure}: {difference(wanted, self.record.keys())}") from None
        if self.record.keys() != wanted:
            raise Failed(difference(wanted, self.record.keys()))

    def type(self, codes):
        self.record.mark()
        self.link.tap(*codes)
        self.wait_typed(codes)

    def close(self):
        self.link.close()
        if self.proxy:
            self.proxy.close()

    def logs(self):
        return f"--- server\n{self.console.log()[-1500:]}\n--- agent\n{self.machine.log()[-1000:]}"


def run_in_parallel(tap, jobs, at_once=4):
    """`jobs`: [(name, function(tap))]. Each runs in a process of its own; what it says is counted in `tap`, under its
    name."""
    waiting, running = list(jobs), {}
    while waiting or running:
        while waiting and len(running) < at_once:
            name, function = waiting.pop(0)
            pid, output = start(function, type(tap)())
            running[pid] = name, output
        pid, status = os.wait()
        count(tap, *running.pop(pid), status)


def start(function, tap):
    output = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid, output
    status = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        os.dup2(output.fileno(), 1)
        function(tap)
        status = tap.end()
    except BaseException as error:  # pylint: disable=broad-except
        print(f"# {type(error).__name__}: {error}".replace("\n", "\n# "))
    finally:
        sys.stdout.flush()
        os._exit(status)


def count(tap, name, output, status):
    failed_before = tap.failed
    with output:
        output.seek(0)
        for line in output:
            word, _, rest = line.rstrip("\n").partition(" - ")
            if word.startswith(("ok ", "not ok ")):
                tap.ok(word.startswith("ok "), f"{name}: {rest}")
            elif line.startswith("#"):
                print(line, end="", flush=True)
    if status and tap.failed == failed_before:
        tap.ok(False, f"{name}: ends well", f"its status is {status}")
