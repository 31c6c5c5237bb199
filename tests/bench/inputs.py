"""The contestants of `./dev bench input`: what stands between the console's keyboard and the target's X server."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import Failed, wait_for  # noqa: E402
from peers import free_port  # noqa: E402

WIDTH_PX, HEIGHT_PX = 1280, 800
NICE = -10  # what the units of hotdesk's services say; the others get the same


def thread_files(pid, name):
    """The paths of that file of /proc, of each of its threads."""
    return [f"/proc/{pid}/task/{task}/{name}" for task in os.listdir(f"/proc/{pid}/task")]


def set_nice(pid):
    """A program and its threads and children, as a unit would. Only root can: False otherwise."""
    try:
        # Without control groups the kernel shares the processor among sessions first, and each program has its own.
        if os.path.exists(f"/proc/{pid}/autogroup"):
            with open(f"/proc/{pid}/autogroup", "w", encoding="ascii") as file:
                file.write(str(NICE))
        with os.scandir(f"/proc/{pid}/task") as tasks:
            for task in tasks:
                os.setpriority(os.PRIO_PROCESS, int(task.name), NICE)
                with open(f"{task.path}/children", encoding="ascii") as file:
                    for child in file.read().split():
                        set_nice(int(child))
        return True
    except PermissionError:
        return False


def set_realtime(pid):
    """The typist, the reader and the X servers: what is not measured stands in nobody's way."""
    try:
        with os.scandir(f"/proc/{pid}/task") as tasks:
            for task in tasks:
                os.sched_setscheduler(int(task.name), os.SCHED_RR, os.sched_param(1))
        return True
    except PermissionError:
        return False


def start_load(desk, source, target, load, events, rate):
    """The typist and the reader, running."""
    process = desk.start("inputload", [os.path.join(desk.build_dir, "tests/bench/tools/inputload"), "--from", source,
                                       "--to", target, "--load", load, "--events", str(events), "--rate", str(rate)])
    set_realtime(process.pid)
    return process


def twice(do):
    """Once more if it must be: a program that does not begin must not end the whole benchmark."""
    try:
        return do()
    except Failed as failure:
        print(f"again, since {failure}", file=sys.stderr, flush=True)
        return do()


class Contestant:
    """Two displays and the programs between them, the target active. `keys_from` and `to` are what is looked at."""

    name = ""

    def __init__(self, desk):
        self.desk = desk
        self.console = desk.display(WIDTH_PX, HEIGHT_PX)
        self.target = desk.display(WIDTH_PX, HEIGHT_PX)
        self.programs = []  # what is measured
        self.connect()
        for process in (self.console.process, self.target.process):
            set_realtime(process.pid)
        for process in self.programs:
            set_nice(process.pid)

    def connect(self):
        raise NotImplementedError

    def enter(self):
        """The target is active again, should it not be: who is traced may have been silent for too long."""

    def start_load(self, load, events, rate):
        return start_load(self.desk, self.console.name, self.target.name, load, events, rate)

    def pids(self):
        """{what: pid} of its processes, for what they cost."""
        return {process.name: process.pid for process in self.programs}


class Relay(Contestant):
    """No logic at all: the limit."""

    name = "relay"
    PARTS = ("hub", "window", "injector")  # in the order in which they are started

    def connect(self):
        relay = self.console.start("relay", [os.path.join(self.desk.build_dir, "tests/bench/tools/relay"),
                                             self.console.name, self.target.name])
        self.programs = [relay]
        wait_for("the relay's three processes", lambda: relay.text().count("ready") == 3, 30)

    def pids(self):
        with open(f"/proc/{self.programs[0].pid}/task/{self.programs[0].pid}/children", encoding="ascii") as file:
            return dict(zip(self.PARTS, map(int, file.read().split())))


class Ours(Contestant):
    """A server, and an agent on the target: what all forms of hotdesk have, whatever the source."""

    def enter(self):
        self.server.command("switch", "lab")

    def join(self):
        self.machine = self.desk.machine("lab", display=self.target)
        self.desk.pair(self.server, self.machine, "lab")
        self.desk.wait_ready(self.server, "lab")


class Hotdesk(Ours):
    """hotdesk-viewer's window as the source, with the target's picture in it, as in ./dev demo."""

    name = "hotdesk"

    def connect(self):
        self.server = self.desk.console()
        self.join()
        self.window = self.server.window(self.console)
        self.console.run("xdotool", "search", "--onlyvisible", "--class", "hotdesk-viewer", "windowmove", "0", "0",
                         "windowsize", "--sync", str(WIDTH_PX), str(HEIGHT_PX))
        self.enter()
        self.programs = [self.window, self.server.process, self.machine.process]


class Evdev:
    """hotdesk-input over an emulated keyboard and mouse; its reports come from named pipes. `desk`: a harness."""

    def __init__(self, desk, server):
        socket_path = os.path.join(desk.directory, "input.socket")
        tools = os.path.join(desk.build_dir, "tests/bench/tools")
        self.host = desk.start("evdevhost", ["umockdev-wrapper", os.path.join(tools, "evdevhost"),
                                             desk.program("hotdesk-input"), socket_path,
                                             os.path.join(tools, "librawread.so")])
        self.nodes = {}
        for what in ("keyboard", "mouse"):
            self.nodes[what] = wait_for(f"the node of the {what}", lambda what=what: re.search(
                rf"^{what} (\S+)$", self.host.text(), re.M))[1]
        wait_for("hotdesk-input's socket", lambda: os.path.exists(socket_path))
        server.process.kill()
        with open(server.config_file, encoding="utf-8") as file:
            conf = file.read()
        with open(server.config_file, "w", encoding="utf-8") as file:
            file.write(conf.replace('input = "none"', f'input = "{socket_path}"'))
        server.start()
        wait_for("both devices to be taken",
                 lambda: sum(one["taken"] for one in server.ask("devices")["devices"]) == 2, 20)

    def pid(self):
        """Of hotdesk-input's worker: what is behind its watchdog."""
        pid = self.host.pid
        while True:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                children = file.read().split()
            if not children:
                return pid
            pid = int(children[-1])


class HotdeskEvdev(Ours):
    """hotdesk-input's devices as the source, no picture: as with a keyboard and a mouse of the console."""

    name = "hotdesk, evdev"

    def connect(self):
        self.server = self.desk.console()
        self.evdev = Evdev(self.desk, self.server)
        self.join()
        self.enter()
        self.programs = [self.evdev.host, self.server.process, self.machine.process]

    def start_load(self, load, events, rate):
        return start_load(self.desk, self.evdev.nodes["keyboard" if load in ("keys", "switch") else "mouse"],
                          self.target.name, load, events, rate)

    def pids(self):
        return {"hotdesk-input": self.evdev.pid(), "hotdesk-server": self.server.process.pid,
                "hotdesk-agent": self.machine.process.pid}


class Barrier(Contestant):
    """Debian's package, TLS on as is its default, both fingerprints trusted, set up as its documentation says."""

    name = "barrier"

    def side(self, name):
        """A profile with a certificate of its own, made as Barrier's window makes it; (directory, fingerprint)."""
        directory = os.path.join(self.desk.directory, f"barrier-{name}")
        os.makedirs(os.path.join(directory, "SSL", "Fingerprints"))
        pem = os.path.join(directory, "SSL", "Barrier.pem")
        self.desk.run("openssl", "req", "-x509", "-nodes", "-days", "365", "-subj", "/CN=Barrier", "-newkey", "rsa:2048",
                      "-keyout", pem, "-out", pem)
        text = self.desk.run("openssl", "x509", "-fingerprint", "-sha256", "-noout", "-in", pem)
        return directory, "v2:sha256:" + text.split("=", 1)[1].strip().replace(":", "").lower()

    @staticmethod
    def trust(directory, file_name, fingerprint):
        with open(os.path.join(directory, "SSL", "Fingerprints", file_name), "w", encoding="ascii") as file:
            file.write(fingerprint + "\n")

    def connect(self):
        port = free_port()
        server_dir, server_print = self.side("server")
        client_dir, client_print = self.side("client")
        self.trust(server_dir, "TrustedClients.txt", client_print)
        self.trust(client_dir, "TrustedServers.txt", server_print)
        conf = os.path.join(server_dir, "barrier.conf")
        with open(conf, "w", encoding="ascii") as file:
            file.write("section: screens\n\tconsole:\n\ttarget:\nend\n"
                       "section: links\n\tconsole:\n\t\tright = target\n\ttarget:\n\t\tleft = console\nend\n")
        server = self.console.start("barriers", ["barriers", "--no-daemon", "--no-restart", "--no-tray", "--debug", "INFO",
                                                 "--name", "console", "--display", self.console.name, "--profile-dir",
                                                 server_dir, "--config", conf, "--address", f"127.0.0.1:{port}"])
        wait_for("Barrier's server", lambda: "started server" in server.text(), 20)
        client = self.target.start("barrierc", ["barrierc", "--no-daemon", "--no-restart", "--no-tray", "--debug", "INFO",
                                                "--name", "target", "--display", self.target.name, "--profile-dir",
                                                client_dir, f"127.0.0.1:{port}"])
        self.programs = [server, client]
        wait_for("Barrier's client", lambda: re.search(r'client "target" has connected', server.text()), 20)
        hand = self.console.typist()
        hand.do(f"move {WIDTH_PX // 2} {HEIGHT_PX // 2}")

        def entered():
            hand.do("rel 200 0")
            return 'switch from "console" to "target"' in server.text()
        try:
            wait_for("Barrier to switch to its client", entered, 10, 0.1)
        except Failed as failure:
            raise Failed(f"{failure}: {server.text()[-500:]}") from None
        hand.do("rel 200 0")  # away from the edge that leads back
        hand.stop()


ALL = {one.name: one for one in (Hotdesk, HotdeskEvdev, Relay, Barrier)}
