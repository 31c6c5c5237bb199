"""A kernel console as packaging/ installs it: hotdesk-input and hotdesk-server are two services, each as its own user,
started again when they end; a user of the desktop has a window, the session's viewer and a CLI connected.
"""

import os
import re
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]

import harness  # noqa: E402
import kernel_console  # noqa: E402
import vm  # noqa: E402

SERVER, INPUT, PERSON, INPUT_GROUP = 901, 902, 1000, 104
SOCKET = "/run/hotdesk-input.socket"
# What is looked for in /proc/*/comm.
NAMES = {"server": "hotdesk-server", "worker": "hotdesk-input", "watchdog": "hotdesk-watch"}
LIMITS = "ulimit -r 11; ulimit -l 65536"  # of hotdesk-input.service
NEIGHBOURS = ("hotdesk-viewer", "hotdesk-viewer", "hotdesk")
MAY_OPEN_DEVICES = ("hotdesk-input", "evlog")  # the latter is the local desktop


class InstalledConsole(kernel_console.KernelConsole):
    def __init__(self, desk, keyboard="usb", factor=4):
        built = os.path.join(desk.build_dir, "tests/machine")
        super().__init__(desk, keyboard, factor, (), [
            desk.program("hotdesk-viewer"), os.path.join(desk.build_dir, "server/decode/hotdesk-decode"),
            os.path.join(desk.build_dir, "tests/input/spin.so"),
            *(os.path.join(built, name) for name in ("gadget", "unit"))])

        self.held = None  # eventN that a program of the test has grabbed

    def is_grabbed(self):
        lines = self.machine.run("evlog --grab-test")[1].splitlines()
        return any(line.split()[1] == "grabbed" and line.split()[0] != self.held for line in lines)

    def start_server(self):
        machine = self.machine
        for name, number, home in (("hotdesk", SERVER, "/var/lib/hotdesk"), ("hotdesk-input", INPUT, "/nonexistent"),
                                   ("person", PERSON, "/home/person")):
            machine.run(f"echo {name}:x:{number}:{number}::{home}:/bin/sh >> /etc/passwd; "
                        f"echo {name}:x:{number}:{'person' if name == 'hotdesk' else ''} >> /etc/group", check=True)
        machine.run("mkdir -p /etc/hotdesk /var/lib/hotdesk /run/hotdesk "
                    f"/home/person; chown {SERVER}:{SERVER} /var/lib/hotdesk /run/hotdesk; chmod 700 /var/lib/hotdesk; "
                    f"chown {PERSON} /home/person; chmod 755 / /run /etc /etc/hotdesk /home; chmod 1777 /tmp; "
                    "chmod 644 /etc/passwd /etc/group", check=True)
        machine.put("use-group = hotdesk\n", "/etc/hotdesk/server.conf")
        machine.run("ulimit -c unlimited; echo 2 > /proc/sys/fs/suid_dumpable", check=True)  # as bad as it gets
        for words in ("hotdesk-viewer --window", "hotdesk-viewer --session", "hotdesk watch"):
            self.start_unit("person", PERSON, f"{PERSON},{SERVER}", words, "HOME=/home/person SDL_VIDEODRIVER=dummy")
        # They find it when it comes.
        machine.wait("[ $(grep -c 'hotdesk-viewer.*hotdesk-server is not running' /tmp/person.log) = 2 ]")
        ours = "LD_PRELOAD=/usr/bin/spin.so CONFIGURATION_DIRECTORY=/etc/hotdesk"
        self.start_unit("input", INPUT, f"{INPUT},{INPUT_GROUP}", "hotdesk-input --server-user hotdesk", ours,
                        f"{SOCKET} {SERVER}", LIMITS)
        self.start_unit("server", SERVER, SERVER, f"hotdesk-server --input {SOCKET}",
                        ours + " STATE_DIRECTORY=/var/lib/hotdesk RUNTIME_DIRECTORY=/run/hotdesk")
        self.wait_running()

    def start_unit(self, log, user, groups, words, environment, socket="", limits="true"):
        self.machine.run(f"({limits}; {environment} unit {user} {groups} {socket} -- {words} >> /tmp/{log}.log 2>&1) &")

    def wait_running(self, timeout_s=40):
        """All run, and have what they need: devices, a window that is a source of keys."""
        deadline = time.monotonic() + timeout_s
        wanted = sorted([*NAMES.values(), *NEIGHBOURS])
        while sorted(name for _, name in self.processes_named() if name in wanted) != wanted:
            if time.monotonic() > deadline:
                raise harness.Failed(f"not all run: {self.processes_named()}\n{self.server_log()}")
            time.sleep(0.1)
        try:
            self.machine.wait("hotdesk devices --json | grep -q '\"taken\": true'", timeout_s)
            self.machine.wait("hotdesk status | grep -q window", timeout_s)
        except vm.MachineError as error:
            raise harness.Failed(f"{error}\n{self.server_log()}") from None

    def processes_named(self):
        """[(pid, name)] of all in the machine."""
        lines = self.machine.run("grep -H . /proc/[0-9]*/comm 2>/dev/null")[1].splitlines()
        found = [re.match(r"/proc/(\d+)/comm:(.*)", line) for line in lines]
        return [(int(match[1]), match[2]) for match in found if match]

    def wait_decoder(self):
        """The window shows the active target: hotdesk-server has a child."""
        harness.wait_for("one decoder", lambda: [name for _, name in self.processes_named()].count("hotdesk-decode") == 1)

    def holders(self):
        """Names of the processes that have a node of /dev/input open."""
        lists = self.machine.run("ls -l /proc/[0-9]*/fd 2>/dev/null")[1].split("/proc/")[1:]
        names = dict(self.processes_named())
        return {names.get(int(text.split("/")[0]), "?") for text in lists if "-> /dev/input/event" in text}

    def restart(self):
        """Anew, by their units."""
        ids = self.processes(["server", "worker", "watchdog"])
        if ids:
            self.machine.run("kill -KILL " + " ".join(map(str, ids)))
        self.wait_running()

    def tidy(self):
        self.held = None
        self.machine.run("rm -f /tmp/spin; kill -KILL $(cat /tmp/holder /tmp/bluetooth.pid); exec 7>&-; chvt 1; "
                         "rm -f /tmp/holder /tmp/bluetooth.pid")
        self.machine.plug_all()

    def server_log(self):
        return self.machine.run("tail -n 25 /tmp/input.log; tail -n 25 /tmp/server.log; tail -n 5 /tmp/person.log")[1]
