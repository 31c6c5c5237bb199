"""A whole desk whose console is a real kernel in QEMU: hotdesk-server and hotdesk-input run in it, its keyboard is
pressed through QMP, evlog stands for its local desktop; the agents are on virtual desktops of the host."""

import json
import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import harness  # noqa: E402
import vm  # noqa: E402

LEADER = ("scroll_lock", "scroll_lock")


def kernel_dir():
    """Debian's kernel, unpacked (kernel.sh downloads it once)."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kernel.sh")
    result = subprocess.run([script], capture_output=True, text=True)
    if result.returncode:
        raise harness.Failed(result.stderr)
    return result.stdout.strip()


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class KernelConsole:
    """Use with `with`. `desk` is a harness.Harness."""

    def __init__(self, desk, keyboard="ps2", factor=4, options=(), more_programs=()):
        self.desk = desk
        self.paired = []  # names
        self.port = free_port()
        programs = [desk.program(name) for name in ("hotdesk-server", "hotdesk-input", "hotdesk")]
        programs += [os.path.join(desk.build_dir, "tests/machine/evlog"), *more_programs]
        self.machine = vm.Machine(kernel_dir(), programs, self.port, keyboard, factor, options)

    def __enter__(self):
        self.machine.__enter__()
        try:
            self.start_server()
        except BaseException:
            self.machine.close()
            raise
        return self

    def __exit__(self, *unused):
        self.machine.close()

    def start_server(self):
        """Starts hotdesk-server, as systemd would, and waits until it has its devices."""
        self.machine.run("hotdesk-server >> /tmp/server.log 2>&1 &")
        self.machine.wait("hotdesk devices --json | grep -q '\"taken\": true'")

    def check(self, tap, name, function, *arguments):
        """tap.check(); after one that failed all is as the next one wants it, or the test ends."""
        if tap.check(name, function, *arguments):
            return True
        tap.check("all works again", self.recover)
        return False

    def recover(self):
        """Nothing is pressed, the programs run anew, local is active and gets keys, the targets are ready."""
        try:
            self.machine.resync()
            print("# " + self.server_log()[-3000:].replace("\n", "\n# "))
            self.machine.lift_all()
            self.tidy()
            self.restart()
            for name in self.paired:
                self.wait_state(name, "ready", 90)
            self.wait_active("local")
            self.wait_free(20)
            start = self.machine.desktop_mark()
            self.machine.tap("l")
            if not self.machine.wait_desktop(lambda keys: (vm.KEY_OF["l"], 0) in keys, start):
                raise harness.Failed("the desktop gets no key")
        except (harness.Failed, vm.MachineError) as error:
            raise harness.Lost(f"after a failed check: {error}") from None

    def tidy(self):
        """Takes away what checks may have left."""

    def server_log(self):
        return self.machine.run("cat /tmp/server.log")[1]

    def pair(self, target):
        """Pairs a harness.Machine as a user does; its agent runs on."""
        self.machine.run(f"hotdesk pair --name {target.name} > /tmp/pair.{target.name} 2>&1 &")
        shown = self.machine.wait(f"grep -E '([0-9A-Z]{{4}}-){{3}}' /tmp/pair.{target.name}")
        target.start_pairing(self.port, harness.CODE.search(shown)[0])
        self.wait_state(target.name, "ready")
        self.paired.append(target.name)

    def wait_state(self, name, state, timeout_s=30):
        self.machine.wait(f"hotdesk list | grep {name} | grep -q {state}", timeout_s)

    def active(self):
        """The name of the active target."""
        answer = json.loads(self.machine.run("hotdesk list --json", check=True)[1])
        return next((target["name"] for target in answer["targets"] if target["active"]), "local")

    def wait_active(self, name, timeout_s=20):
        deadline = time.monotonic() + timeout_s
        while self.active() != name:
            if time.monotonic() > deadline:
                raise harness.Failed(f"{self.active()} is active, not {name}, after {timeout_s} s")
            time.sleep(0.05)

    def hotkey(self, *keys):
        """The leader and what follows it, with pauses around the LEDs that change on it: while a PS/2 keyboard is
        told of them the kernel drops its key codes (libps2.c, ps2_handle_ack); QEMU's sends them all the same."""
        self.machine.tap(*LEADER)
        time.sleep(0.15)
        self.machine.run("true")  # on a busy host it has not run meanwhile
        self.machine.tap(*keys)
        time.sleep(0.3)

    def is_grabbed(self):
        """A device is grabbed by somebody, as another process sees it."""
        return self.machine.run("evlog --grab-test")[0] == 3

    def wait_free(self, timeout_s):
        """The seconds until no device is grabbed."""
        start = time.monotonic()
        while self.is_grabbed():
            if time.monotonic() - start > timeout_s:
                raise harness.Failed(f"still grabbed after {timeout_s} s")
        return time.monotonic() - start

    def processes(self, who):
        """Process ids of "server", "worker" (hotdesk-input's, which holds the devices) and "watchdog"."""
        comm = {"server": "hotdesk-server", "worker": "hotdesk-input", "watchdog": "hotdesk-watch"}
        wanted = {comm[name] for name in who}
        ids = []
        for line in self.machine.run("grep -H . /proc/[0-9]*/comm 2>/dev/null")[1].splitlines():
            found = re.match(r"/proc/(\d+)/comm:(.*)", line)
            if found and found[2] in wanted:
                ids.append(int(found[1]))
        return ids

    def restart(self):
        """Ends what is left of the server and starts it anew."""
        ids = self.processes(["server", "worker", "watchdog"])
        if ids:
            self.machine.run("kill -KILL " + " ".join(map(str, ids)))
        self.machine.wait("! pidof hotdesk-server && ! pidof hotdesk-input")
        self.start_server()
