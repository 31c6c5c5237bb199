"""The real thing, for the random walk: hotdesk-server, hotdesk-input over emulated devices, agents behind proxies, and
readers that see what each target and the console's desktop are given."""

import mmap
import os
import re
import select
import signal
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
TESTS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[1:1] = [TESTS_DIR, os.path.join(TESTS_DIR, "pair")]
from Xlib import X, display as xlib_display  # noqa: E402
from Xlib.ext import xinput  # noqa: E402

from harness import FACTOR, Failed, read_text, wait_for  # noqa: E402
from model import LOCAL  # noqa: E402
from proxy import Proxy  # noqa: E402
from record import Record  # noqa: E402

EVDEV_OFFSET = 8
RAW_PRESS, RAW_RELEASE, RAW_BUTTON_DOWN, RAW_BUTTON_UP, RAW_MOTION = 13, 14, 15, 16, 17
IS_REPEAT = 1 << 16
BUTTON_CODES = {1: 0x110, 3: 0x111, 2: 0x112}
BUTTON_MASKS = {0x110: X.Button1Mask, 0x111: X.Button3Mask, 0x112: X.Button2Mask}


class XReader:
    """A client of a target's display that is told of all raw events. The agent waits for its X server (XSync) before it says
    that it has typed, so what read() gives after two rounds of our own is all that it typed until then."""

    def __init__(self, display):
        self.eye = xlib_display.Display(display.name)
        self.eye.xinput_query_version()
        mask = sum(1 << event for event in (RAW_PRESS, RAW_RELEASE, RAW_BUTTON_DOWN, RAW_BUTTON_UP, RAW_MOTION))
        self.eye.screen().root.xinput_select_events([(xinput.AllMasterDevices, mask)])
        self.eye.sync()
        self.moved = [0, 0]

    def read(self):
        self.eye.sync()
        self.eye.sync()
        events = []
        for _ in range(self.eye.pending_events()):
            event = self.eye.next_event()
            if event.type == 35:
                events += self._parse(event.evtype, event.data)
        return events

    def _parse(self, kind, data):
        detail, _, mask_words, flags = struct.unpack_from("<IHHI", data, 6)
        if kind in (RAW_PRESS, RAW_RELEASE):
            return [] if flags & IS_REPEAT else [(detail - EVDEV_OFFSET, int(kind == RAW_PRESS))]
        if kind in (RAW_BUTTON_DOWN, RAW_BUTTON_UP):
            return [(BUTTON_CODES[detail], int(kind == RAW_BUTTON_DOWN))]
        mask = int.from_bytes(data[22:22 + 4 * mask_words], "little")
        axes = [axis for axis in range(32 * mask_words) if mask >> axis & 1]
        raw = 22 + 4 * mask_words + 8 * len(axes)
        for place, axis in enumerate(axes):
            if axis < 2:
                self.moved[axis] += struct.unpack_from("<i", data, raw + 8 * place)[0]
        return []

    def down(self):
        bits = self.eye.query_keymap()
        pointer = self.eye.screen().root.query_pointer().mask
        return {code - EVDEV_OFFSET for code in range(256) if bits[code // 8] >> code % 8 & 1} | {
            code for code, mask in BUTTON_MASKS.items() if pointer & mask}


class RecordReader:
    """The same of an agent that writes down what it is given to type."""

    def __init__(self, record):
        self.file = None
        self.path = record.path
        self.rest = ""
        self.moved = [0, 0]
        self.held = set()

    def read(self):
        if not self.file:
            if not os.path.exists(self.path):
                return []
            self.file = open(self.path, encoding="ascii")
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        events = []
        for words in (line.split() for line in lines):
            if words[1] == "key":
                events.append((int(words[2]), int(words[3])))
                (self.held.add if events[-1][1] else self.held.discard)(events[-1][0])
            elif words[1] == "rel":
                self.moved = [self.moved[0] + int(words[2]), self.moved[1] + int(words[3])]
        return events

    def down(self):
        return set(self.held)


class Target:
    def __init__(self, rig, name, on_display):
        self.name = name
        desk = rig.desk
        display = desk.display(640, 480) if on_display else None
        record = None if on_display else Record(desk, name)
        self.reader = XReader(display) if on_display else RecordReader(record)
        self.machine = desk.machine(name, display=display, conf='screen = "none"\n', options=record.options if record else (),
                                    env=rig.jumping)
        pairing, code = desk.start_console_pairing(rig.console, name)
        self.proxy = Proxy("127.0.0.1", rig.console.port)
        self.machine.start_pairing(self.proxy.port, code)
        if pairing.wait(20) != 0:
            raise Failed(f"hotdesk pair: {pairing.text()}\n{self.machine.log()}")
        desk.wait_ready(rig.console, name)
        self.seen = []  # read, and not taken yet

    def read(self):
        events, self.seen = self.seen + self.reader.read(), []
        return events

    def pid(self):
        return self.machine.process.pid


class Hands:
    """The console's keyboard and mouse, and hotdesk-input under them."""

    def __init__(self, rig):
        tools = os.path.join(rig.desk.build_dir, "tests")
        self.process = rig.desk.start("keyboards", ["umockdev-wrapper", os.path.join(tools, "walk/keyboards"),
                                                    rig.desk.program("hotdesk-input"), rig.input_socket,
                                                    os.path.join(tools, "bench/tools/librawread.so")],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.buffer = b""
        self.desktop = []      # what the desktop was given since it was last looked at
        self.grabbed = [False, False]
        self.unseen = []       # what the desktop did not see, by now, since the list was last cleared
        self.watchdog = int(self._read_line().split()[1])
        wait_for("hotdesk-input's socket", lambda: os.path.exists(rig.input_socket))

    def _read_line(self):
        while b"\n" not in self.buffer:
            if not select.select([self.process.popen.stdout], [], [], 30 * FACTOR)[0]:
                raise Failed("the keyboards do not answer")
            some = os.read(self.process.popen.stdout.fileno(), 65536)
            if not some:
                raise Failed("the keyboards ended: " + self.process.text()[-500:])
            self.buffer += some
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def _do(self, line):
        self.process.write(line + "\n")
        return self._read_line()

    def type(self, events):
        """How many microseconds it took."""
        return int(self._do(" ".join(f"{code}:{value}" for code, value in events)).split()[1]) if events else 0

    def move(self, x_counts, y_counts):
        self._do(f"move {x_counts} {y_counts}")

    def look(self):
        """Whether both are grabbed now (None: one of them); `desktop` has what it got meanwhile."""
        for node, text in enumerate(self._do("log")[4:].split(";")):
            words = text.split()
            for word, value in zip(words, words[1:] + [""]):
                if word in ("grab", "ungrab"):
                    self.grabbed[node] = word == "grab"
                elif word in ("desktop", "us"):
                    code, value = map(int, value.split(":"))
                    if word == "desktop":
                        self.desktop.append((code, value))
                    else:
                        self.unseen.append((code, value))
        return self.grabbed[0] if self.grabbed[0] == self.grabbed[1] else None

    def take_desktop(self):
        self.look()
        desktop, self.desktop = self.desktop, []
        return desktop

    def host(self):
        """The process that has the devices' end."""
        return int(re.search(r"^PPid:\s+(\d+)", read_text(f"/proc/{self.watchdog}/status"), re.M)[1])

    def worker(self):
        """Its process that has the devices, behind its watchdog."""
        children = read_text(f"/proc/{self.watchdog}/task/{self.watchdog}/children").split()
        return int(children[-1]) if children else None


class Rig:
    def __init__(self, desk, names_on_display):
        """{name: whether it has an X server}"""
        self.desk = desk
        self.input_socket = os.path.join(desk.directory, "input.socket")
        jump_file = os.path.join(desk.directory, "jump")
        with open(jump_file, "w+b") as file:
            file.write(bytes(8))
            file.flush()
            self.jump_page = mmap.mmap(file.fileno(), 8)
        self.jumping = {"HOTDESK_JUMP_FILE": jump_file, "LD_PRELOAD": os.path.join(desk.build_dir, "tests/walk/libjump.so")}
        self.hands = Hands(self)
        self.console = desk.console(env=self.jumping)
        with open(self.console.config_file, encoding="utf-8") as file:
            conf = file.read()
        with open(self.console.config_file, "w", encoding="utf-8") as file:
            file.write(conf.replace('input = "none"', f'input = "{self.input_socket}"'))
        self.console.process.kill()
        self.start_server()
        self.targets = {name: Target(self, name, on_display) for name, on_display in names_on_display.items()}
        self.numbers = {LOCAL: 0, **{name: self.console.target(name)["number"] for name in self.targets}}

    def start_server(self):
        self.console.start()
        wait_for("both devices to be taken",
                 lambda: sum(one["taken"] for one in self.console.ask("devices")["devices"]) == 2, 20)
        self.watch = self.console.watch()
        self.control = self.console.connect()
        self.events = []

    def ask(self, verb, **fields):
        """The whole answer, also a refusal, over one connection that stays."""
        self.control.send(verb, **fields)
        return self.control.read_line()

    def read_events(self):
        """What the server told since the last look."""
        while b"\n" in self.watch.buffer or select.select([self.watch.socket], [], [], 0)[0]:
            self.events.append(self.watch.read_line())
        events, self.events = self.events, []
        return events

    def active(self):
        answer = self.ask("list")
        return next((target["name"] for target in answer["targets"] if target["active"]), LOCAL)

    def states(self):
        return {target["name"]: target["state"] for target in self.ask("list")["targets"]}

    def status(self, name):
        return next(target for target in self.ask("status")["targets"] if target["name"] == name)

    def _standing(self, name):
        """What has come to rest: who works for this target, asleep, and nothing on its way; None: it goes on."""
        ports = {self.console.port, self.targets[name].proxy.port}
        for connection in self.targets[name].proxy.connections:
            if any(flow.queue for flow in connection.flows.values()):
                return None
        for line in read_text("/proc/net/tcp").splitlines()[1:]:
            words = line.split()
            if ports & {int(words[1][-4:], 16), int(words[2][-4:], 16)} and words[4] != "00000000:00000000":
                return None
        pids = [self.console.process.pid, self.targets[name].pid(), self.hands.worker(), self.hands.host()]
        found = []
        for pid in pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                status = read_text(f"/proc/{pid}/task/{task}/status")
                if not re.search(r"^State:\s+S", status, re.M):
                    return None
                found.append((task, *re.findall(r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)", status, re.M)))
        return found

    def is_at_rest(self, name):
        """Nothing that was said to or by this target is still on its way."""
        try:
            return self._is_at_rest(name)
        except OSError:  # a thread ended while it was looked at
            return False

    def _is_at_rest(self, name):
        before = self._standing(name)
        if before is None:
            return False
        before_read = self.targets[name].reader.read()
        self.targets[name].seen += before_read
        return self._standing(name) == before and not before_read

    def jump(self, offset_s):
        self.jump_page[:8] = struct.pack("<q", offset_s)

    def pids(self):
        return {"server": self.console.process.pid, "input": self.hands.watchdog, "input worker": self.hands.worker(),
                **{f"agent {name}": target.pid() for name, target in self.targets.items()}}

    def stop(self, pid):
        os.kill(pid, signal.SIGSTOP)
        wait_for("it to be stopped", lambda: re.search(r"\) T", read_text(f"/proc/{pid}/stat")))

    def go(self, pid):
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def logs(self):
        sides = [self.console, *(target.machine for target in self.targets.values())]
        return "\n".join([f"--- {side.name}\n{side.log()[-2500:]}" for side in sides]
                         + [f"--- hotdesk-input\n{self.hands.process.text()[-1500:]}"])

    def close(self):
        """Ends the programs as their users do; what a sanitizer has to say of them: [line]."""
        for target in getattr(self, "targets", {}).values():
            target.machine.process.stop()
            target.proxy.close()
        self.hands.process.popen.stdin.close()
        self.hands.process.wait(30)
        self.console.process.stop()
        return [f"{process.name}: {line}" for process in self.desk.processes for line in process.text().splitlines()
                if re.search(r"ERROR: \w+Sanitizer|runtime error:", line)]


def size_of(pid):
    """(KiB resident, descriptors)"""
    found = re.search(r"^VmRSS:\s+(\d+)", read_text(f"/proc/{pid}/status"), re.M)
    return int(found[1]) if found else 0, len(os.listdir(f"/proc/{pid}/fd"))
