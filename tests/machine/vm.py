"""A console that is a real kernel: QEMU in software emulation, keys pressed through QMP, a shell and the
event log of the "local desktop" through virtio serial ports."""

import base64
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time

import harness
import initramfs

# QMP's names (QKeyCode) for evdev key codes that tests press.
QCODES = {1: "esc", 14: "backspace", 15: "tab", 28: "ret", 29: "ctrl", 42: "shift", 54: "shift_r",
          56: "alt", 57: "spc", 58: "caps_lock", 69: "num_lock", 70: "scroll_lock", 97: "ctrl_r",
          100: "alt_r", 102: "home", 103: "up", 105: "left", 106: "right", 107: "end", 108: "down",
          111: "delete", 12: "minus", 13: "equal", 26: "bracket_left", 27: "bracket_right",
          39: "semicolon", 40: "apostrophe", 51: "comma", 52: "dot", 53: "slash", 99: "sysrq"}
QCODES.update({2 + i: str((i + 1) % 10) for i in range(10)})
QCODES.update({code: key for row, first in (("qwertyuiop", 16), ("asdfghjkl", 30), ("zxcvbnm", 44))
               for code, key in enumerate(row, first)})
QCODES.update({59 + i: f"f{i + 1}" for i in range(10)})
KEY_OF = {name: code for code, name in QCODES.items()}


USB = {"keyboard": "usb-kbd", "mouse": "usb-mouse"}  # by id
BOOTS = 2  # at most
RESYNC_S = 60  # for a command that did not end in its time


class MachineError(Exception):
    pass


class Machine:
    """`programs`: paths of programs for its /usr/bin. `port`: the host's port that reaches TCP 24810. `options`: of
    QEMU, besides."""

    def __init__(self, kernel_dir, programs, port, keyboard="ps2", factor=4, options=()):
        self.dir = tempfile.mkdtemp(prefix="hotdesk-machine-")
        self.port = port
        self.events = []  # (device, KEY|REL|ABS|LED, code, value), of the local desktop's reader
        self.log_lines = []  # what is written to /dev/virtio-ports/log
        self._lock = threading.Lock()
        self._buffer = b""
        self._number = 0  # of the command
        self._is_behind = False  # an answer may still come that nobody waits for
        self._unplugged = set()
        self._pressed = []  # [(function, name)], in order
        image = os.path.join(self.dir, "initramfs")
        initramfs.build(kernel_dir, programs, image, factor)
        devices = []
        if keyboard == "usb":
            devices = ["-device", "qemu-xhci"]
            devices += [word for name, driver in USB.items() for word in ("-device", f"{driver},id={name}")]
        self.log_path = os.path.join(self.dir, "console.log")
        self.trace_path = os.path.join(self.dir, "trace")
        self.command = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "pc", "-cpu", "max",
            "-smp", "2", "-m", "512",
            "-kernel", os.path.join(kernel_dir, "vmlinuz"), "-initrd", image,
            "-append", "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on "
            "no_timer_check",  # which on a busy host finds none, and ends there
            "-display", "none", "-no-reboot", "-serial", "file:" + self.log_path,
            "-qmp", f"unix:{self.dir}/qmp,server=on,wait=off",
            "-nic", f"user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:{port}-:24810",
            "-device", "virtio-serial-pci",
            "-chardev", f"socket,path={self.dir}/commands,server=on,wait=off,id=c",
            "-device", "virtserialport,chardev=c,name=commands",
            "-chardev", f"socket,path={self.dir}/events,server=on,wait=off,id=e",
            "-device", "virtserialport,chardev=e,name=events",
            "-chardev", f"socket,path={self.dir}/log,server=on,wait=off,id=l",
            "-device", "virtserialport,chardev=l,name=log", "-D", self.trace_path,
            *devices, *options]
        self._start()

    def _start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __enter__(self):
        try:
            for _ in range(BOOTS - 1):
                try:
                    self.wait_ready()
                    return self
                except (MachineError, harness.Lost, OSError, ValueError) as error:
                    print(f"# the machine is started anew: {error}".replace("\n", "\n# ")[:2000], flush=True)
                    self._end()
                    self._start()
            self.wait_ready()
            return self
        except BaseException:
            self.close()
            raise

    def __exit__(self, *unused):
        self.close()

    def _connect(self, name):
        deadline = time.monotonic() + 20
        while True:
            try:
                sock = socket.socket(socket.AF_UNIX)
                sock.connect(os.path.join(self.dir, name))
                return sock
            except OSError:
                sock.close()
                if self.process.poll() is not None:
                    raise MachineError("qemu ended: " + self.process.stderr.read().decode())
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def wait_ready(self, timeout_s=180):
        self._buffer = b""
        self._qmp = self._connect("qmp").makefile("rw")
        json.loads(self._qmp.readline())
        self.qmp("qmp_capabilities")
        self._commands = self._connect("commands")
        for name, reader in (("events", self._read_events), ("log", self._read_log)):
            threading.Thread(target=reader, args=(self._connect(name),), daemon=True).start()
        self._until(rb"\x01ready\n", timeout_s)
        self.run("evlog > /dev/virtio-ports/events 2> /tmp/evlog.err &")
        self.run("n=0; while [ $n -lt 50 ] && ! ls /dev/input/event* ; do sleep 0.1; n=$((n+1)); done")

    def _read_events(self, sock):
        with sock.makefile("r", errors="replace") as lines:
            for line in lines:
                fields = line.split()
                if len(fields) == 5 and fields[0].startswith("event"):
                    with self._lock:
                        self.events.append((fields[0], fields[1], int(fields[2]), int(fields[3])))

    def _read_log(self, sock):
        with sock.makefile("r", errors="replace") as lines:
            for line in lines:
                self.log_lines.append(line.rstrip("\n"))

    def trace(self):
        """The lines of what QEMU was told to trace (its option -trace)."""
        try:
            with open(self.trace_path, errors="replace", encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def _until(self, pattern, timeout_s):
        """What came before `pattern`, and the match; MachineError when it does not come in time."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = re.search(pattern, self._buffer)
            if found:
                before = self._buffer[:found.start()]
                self._buffer = self._buffer[found.end():]
                return before, found
            left = deadline - time.monotonic()
            if left <= 0:
                raise MachineError(f"no answer in {timeout_s} s; its console: " + self.console_log())
            self._commands.settimeout(left)
            try:
                data = self._commands.recv(65536)
            except TimeoutError:
                continue
            except OSError as error:
                raise self._lost(error) from None
            if not data:
                raise self._lost("its shell is gone")
            self._buffer += data

    def console_log(self):
        with open(self.log_path, errors="replace", encoding="utf-8") as file:
            return file.read()[-3000:]

    def _lost(self, why):
        status = self.process.poll()
        ended = "" if status is None else f"; qemu ended with {status}: {self.process.stderr.read().decode()[-300:]}"
        return harness.Lost(f"{why}{ended}; its console: {self.console_log()}")

    def _ask(self, command, timeout_s):
        """(status, output) of one line of shell. Its number tells its answer from that of a command that was late."""
        self._number += 1
        try:
            self._commands.settimeout(timeout_s)
            self._commands.sendall(f"{self._number} {command}\n".encode())
        except OSError as error:
            raise self._lost(error) from None
        output, found = self._until(rb"\n\x01%d (\d+)\n" % self._number, timeout_s)
        return int(found[1]), re.split(rb"\n\x01\d+ \d+\n", output)[-1].decode(errors="replace")

    def resync(self):
        """After a command that did not end in time: waits for it; Lost when its shell does not come back."""
        try:
            self._ask("true", RESYNC_S)
        except MachineError as error:
            raise self._lost(f"its shell does not come back: {error}") from None
        self._is_behind = False

    def run(self, command, timeout_s=60, check=False):
        """Runs a line of shell in the machine: (status, output)."""
        if self._is_behind:
            self.resync()
        try:
            status, text = self._ask(command, timeout_s)
        except MachineError as error:
            self._is_behind = True
            raise MachineError(f"{command!r}: {error}") from None
        if check and status:
            raise MachineError(f"{command!r} gave {status}: {text}")
        return status, text

    def wait(self, command, timeout_s=30):
        """Runs `command` until it gives 0; its output."""
        deadline = time.monotonic() + timeout_s
        while True:
            status, text = self.run(command)
            if status == 0:
                return text
            if time.monotonic() > deadline:
                raise MachineError(f"{command!r} still gives {status} after {timeout_s} s: {text}")
            time.sleep(0.1)

    def put(self, text, path):
        """Writes a small file."""
        self.run(f"echo {base64.b64encode(text.encode()).decode()} | base64 -d > {path}", check=True)

    def qmp(self, command, **arguments):
        try:
            self._qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self._qmp.flush()
        except OSError as error:
            raise self._lost(error) from None
        while True:
            line = self._qmp.readline()
            if not line:
                raise self._lost("its QMP is gone")
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise MachineError(f"{command}: {answer['error']}")

    def key(self, key, down):
        """Presses or releases a key (evdev code or QMP name)."""
        name = QCODES[key] if isinstance(key, int) else key
        self._note((self.key, name), down)
        self.qmp("input-send-event", events=[
            {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": name}}}])

    def unplug(self, name):
        """The USB device of this id; udev and programs hear of it later."""
        self.qmp("device_del", id=name)
        self._unplugged.add(name)

    def plug(self, name):
        self.qmp("device_add", driver=USB[name], id=name)
        self._unplugged.discard(name)

    def plug_all(self):
        for name in sorted(self._unplugged):
            self.plug(name)

    def _note(self, what, down):
        if what in self._pressed:
            self._pressed.remove(what)
        if down:
            self._pressed.append(what)

    def lift_all(self):
        """What is down of keys and buttons goes up."""
        for press, name in list(self._pressed):
            press(name, False)

    def tap(self, *keys, pause_s=0.02):
        for key in keys:
            self.key(key, True)
            time.sleep(pause_s)
            self.key(key, False)
            time.sleep(pause_s)

    def chord(self, *keys, pause_s=0.02):
        for key in keys:
            self.key(key, True)
            time.sleep(pause_s)
        for key in reversed(keys):
            self.key(key, False)
            time.sleep(pause_s)

    def button(self, button, down):
        self._note((self.button, button), down)
        self.qmp("input-send-event", events=[
            {"type": "btn", "data": {"down": down, "button": button}}])

    def move(self, x_counts, y_counts):
        self.qmp("input-send-event", events=[
            {"type": "rel", "data": {"axis": "x", "value": x_counts}},
            {"type": "rel", "data": {"axis": "y", "value": y_counts}}])

    def desktop_keys(self, start=0):
        """[(code, value)] of the key events that the local desktop saw, from the start-th event on."""
        with self._lock:
            return [(code, value) for _, kind, code, value in self.events[start:] if kind == "KEY"]

    def desktop_mark(self):
        with self._lock:
            return len(self.events)

    def wait_desktop(self, condition, start=0, timeout_s=20):
        """Waits until condition(desktop_keys(start)) holds; tells whether it did."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if condition(self.desktop_keys(start)):
                return True
            time.sleep(0.02)
        return bool(condition(self.desktop_keys(start)))

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def close(self):
        self._end()
        subprocess.run(["rm", "-rf", self.dir], check=False)
