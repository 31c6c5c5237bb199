"""Starts hotdesk's programs, X servers and test programs for a test or a demo, and takes all of them away again.

    with Harness() as desk:
        screen = desk.display()                        # an X server of its own (Xvfb)
        console = desk.console()                       # hotdesk-server on a free port
        lab = desk.machine("lab", display=screen)      # a target: keys, state and agent of its own
        desk.pair(console, lab)                        # as a user does: code on one side, typed on the other
        desk.wait_ready(console, "lab")
        console.ask("switch", target="lab")

Everything lives in one temporary directory and in processes that die with this one, whatever happens to it. Each
wait is for a condition and has a bound, which HOTDESK_TIME_FACTOR stretches. Standard library only.
"""

import ctypes
import json
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TESTS_DIR = os.path.dirname(os.path.abspath(__file__))
FACTOR = int(os.environ.get("HOTDESK_TIME_FACTOR", "1"))
IS_LONG = "HOTDESK_LONG" in os.environ  # ./dev test --all
PR_SET_PDEATHSIG = 1
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CODE = re.compile(r"\b(?:[0-9A-Za-z]{4}[- ]){3}[0-9A-Za-z]{4}\b")


class Failed(Exception):
    """Something did not come about; the text is for the person who reads the test's output."""


class Lost(Failed):
    """What all checks need is gone: no later one would tell anything."""


def monotonic_us():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def wait_for(what, condition, bound_s=10.0, pause_s=0.01):
    """Returns the first true value of condition(); raises Failed(what) when there is none in bound_s."""
    end = time.monotonic() + bound_s * FACTOR
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"not in {bound_s * FACTOR:g} s: {what}")
        time.sleep(pause_s)


def percentile(values, percent):
    """Of a sorted or unsorted list, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def read_text(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def find_build_dir():
    """The build directory: argument of the environment HOTDESK_BUILD (Meson's tests set it), else ./build."""
    return os.environ.get("HOTDESK_BUILD") or os.path.join(os.path.dirname(TESTS_DIR), "build")


class Process:
    """A running program. Its output is in the file `log`; standard input is a pipe when asked for."""

    def __init__(self, harness, name, argv, env, stdin=subprocess.DEVNULL, stdout=None, pass_fds=()):
        self.name = name
        self.log = os.path.join(harness.directory, f"{name}.{len(harness.processes)}.log")
        self.environment = env
        libc = ctypes.CDLL(None)

        # Ctrl+C waits until the process is in the list, else nobody would end it.
        def prepare():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

        with open(self.log, "wb") as log:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
            try:
                self.popen = subprocess.Popen(argv, env=env, stdin=stdin, stdout=stdout or log, stderr=log,
                                              start_new_session=True, preexec_fn=prepare, pass_fds=pass_fds)
                self.pid = self.popen.pid
                harness.processes.append(self)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def text(self):
        return read_text(self.log)

    def is_running(self):
        return self.popen.poll() is None

    def write(self, text):
        self.popen.stdin.write(text.encode())
        self.popen.stdin.flush()

    def send_signal(self, number):
        self.popen.send_signal(number)

    def wait(self, bound_s=10.0):
        """The exit status."""
        wait_for(f"the end of {self.name}", lambda: not self.is_running(), bound_s)
        return self.popen.returncode

    def kill(self, number=signal.SIGKILL):
        """Ends it, at once unless another signal is given, and waits."""
        if self.is_running():
            self.popen.send_signal(number)
        self.wait()

    def stop(self, bound_s=5.0):
        """Asks it to end, then ends it and whatever it left in its session."""
        if self.popen.stdin:
            try:
                self.popen.stdin.close()
            except OSError:
                pass
        if self.is_running():
            self.popen.terminate()
            try:
                self.popen.wait(bound_s * FACTOR)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.popen.wait()


class Display:
    """An X server with nothing on it. `name` is what DISPLAY is set to."""

    def __init__(self, harness, width_px, height_px, kind, options):
        self.harness = harness
        argv = {"xvfb": ["Xvfb", "-screen", "0", f"{width_px}x{height_px}x24", "-noreset"],
                "tigervnc": ["Xtigervnc", "-geometry", f"{width_px}x{height_px}", "-depth", "24",
                             "-SecurityTypes", "None", "-rfbport", "-1", "-noreset"],
                "dummy": ["Xorg", "-noreset", "-novtswitch", "-sharevts", "-logfile", "/dev/null"]}[kind]
        if kind == "dummy":
            argv += ["-config", self._dummy_conf(harness, width_px, height_px)]
        self.width_px, self.height_px = width_px, height_px
        reader, writer = os.pipe()
        try:
            # A number of its own choice: two tests at once never meet.
            self.process = harness.start(kind, argv + ["-displayfd", str(writer), "-nolisten", "tcp", *options],
                                         pass_fds=(writer,))
            os.close(writer)
            writer = -1
            self.name = ":" + self._read_number(reader)
        finally:
            os.close(reader)
            if writer >= 0:
                os.close(writer)

    @staticmethod
    def _dummy_conf(harness, width_px, height_px):
        """Xorg with no hardware: RandR as a real desktop has it. Its first size is the largest."""
        path = os.path.join(harness.directory, f"xorg.{len(harness.processes)}.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"""
                Section "ServerFlags"\n Option "AutoAddDevices" "false"\n EndSection
                Section "Device"\n Identifier "d"\n Driver "dummy"\n VideoRam 64000\n EndSection
                Section "Monitor"\n Identifier "m"\n HorizSync 5-1000\n VertRefresh 5-200\n EndSection
                Section "Screen"\n Identifier "s"\n Device "d"\n Monitor "m"\n DefaultDepth 24
                SubSection "Display"\n Depth 24\n Virtual {width_px} {height_px}\n EndSubSection\n EndSection
                """)
        return path

    def _read_number(self, reader):
        text = b""
        while not text.endswith(b"\n"):
            if not select.select([reader], [], [], 20 * FACTOR)[0]:
                raise Failed("the X server did not start in time")
            some = os.read(reader, 16)
            if not some:
                raise Failed("the X server did not start: " + self.process.text()[-500:])
            text += some
        return text.decode().strip()

    def environment(self):
        return {"DISPLAY": self.name}

    def start(self, name, argv, **more):
        return self.harness.start(name, argv, env=self.environment(), **more)

    def run(self, *argv):
        """Runs a short program to its end; its output."""
        return self.harness.run(*argv, env=self.environment())

    def keylog(self, *options):
        return KeyLog(self, options)

    def typist(self, *options):
        return Typist(self, options)

    def terminal(self, font="fixed", options=(), before=""):
        return Terminal(self, font, options, before)

    def pointer(self):
        """(x, y) of the pointer, as xdotool sees it."""
        found = re.search(r"x:(-?\d+) y:(-?\d+)", self.run("xdotool", "getmouselocation"))
        return int(found[1]), int(found[2])

    def pointer_is_near(self, x_px, y_px, slack_px=1):
        x, y = self.pointer()
        return abs(x - x_px) <= slack_px and abs(y - y_px) <= slack_px


class KeyLog:
    """tests/desktop/tools/xkeylog on a display: what a program there gets."""

    def __init__(self, display, options=()):
        self.process = display.start("xkeylog", [display.harness.tool("xkeylog"), *options])
        self.size_bytes = 0
        wait_for("xkeylog on its display", lambda: "ready" in self.process.text() or self._ended())
        self.mark()

    def _ended(self):
        if not self.process.is_running():
            raise Failed("xkeylog ended: " + self.process.text())
        return False

    def mark(self):
        """events() and the like tell what comes after this."""
        self.size_bytes = os.path.getsize(self.process.log)

    def events(self):
        """[[word, ...]] of whole lines; the last word is the time."""
        with open(self.process.log, "rb") as file:
            file.seek(self.size_bytes)
            text = file.read()
        return [line.split() for line in text[: text.rfind(b"\n") + 1].decode().splitlines()]

    def keys(self):
        """[("press" | "repeat" | "release", keycode)]"""
        return [(event[0], int(event[1])) for event in self.events()
                if event[0] in ("press", "repeat", "release")]

    def wait_keys(self, keys, bound_s=10.0):
        """Until exactly these have come, in this order (repeats are left out)."""
        def seen():
            return [key for key in self.keys() if key[0] != "repeat"]
        try:
            wait_for(f"{len(keys)} key events", lambda: len(seen()) >= len(keys), bound_s)
        except Failed as failure:
            raise Failed(f"{failure}: {difference(keys, seen())}") from None
        if seen() != keys:
            raise Failed(difference(keys, seen()))

    def stop(self):
        self.process.stop()


class Typist:
    """tests/desktop/tools/xtype on a display: a hand at its keyboard and mouse."""

    def __init__(self, display, options=()):
        self.process = display.start("xtype", [display.harness.tool("xtype"), *options],
                                     stdin=subprocess.PIPE)

    def send(self, *commands):
        """Commands of xtype; returns at once."""
        self.process.write("".join(command + "\n" for command in commands))

    def do(self, *commands, bound_s=10.0):
        """Commands of xtype; returns when the X server has them."""
        before = self.process.text().count("synced")
        self.send(*commands, "sync")
        wait_for("xtype's commands", lambda: self.process.text().count("synced") > before, bound_s, 0.002)

    def tap(self, *keycodes):
        self.do(*(f"key {keycode}" for keycode in keycodes))

    def type(self, text):
        """Text on a US keyboard."""
        self.do(*text_commands(text))

    def stop(self):
        self.process.stop()


class Terminal:
    """An xterm, as large as its display; what is typed in it is in text(), byte by byte, and unless `options` are
    given nothing of it is seen. `before` is shown first."""

    def __init__(self, display, font, options=(), before=""):
        self.file = os.path.join(display.harness.directory, f"typed.{len(display.harness.processes)}")
        script = ('stty raw -echo; exec 3>"$1"; printf %s "$2"; echo started >&3; exec '
                  + ('tee -a "$1"' if options else "cat >&3"))
        self.process = display.start("xterm", ["xterm", "-fn", font,
                                               *(options or ("-geometry", "300x100+0+0", "-b", "0", "-bw", "0")),
                                               "-e", "sh", "-c", script, "sh", self.file, before])
        wait_for("xterm's program", lambda: read_text(self.file) == "started\n", 20)
        self.display = display
        self.focus()
        self.mark()

    def focus(self):
        """Keys of its display go to it; there is no window manager that would see to that."""
        wait_for("xterm's window", self._takes_focus, 20, 0.05)

    def _takes_focus(self):
        try:
            self.display.run("xdotool", "search", "--onlyvisible", "--class", "xterm", "windowfocus", "--sync")
            return True
        except Failed:
            return False

    def text(self):
        with open(self.file, "rb") as file:
            file.seek(self.seen_bytes)
            return file.read().decode("utf-8", "replace")

    def wait_text(self, text, bound_s=10.0):
        try:
            wait_for("the text", lambda: len(self.text()) >= len(text), bound_s)
        except Failed as failure:
            raise Failed(f"{failure}: {difference(text, self.text())}") from None
        if self.text() != text:
            raise Failed(difference(text, self.text()))

    def mark(self):
        """text() tells what is typed after this."""
        self.seen_bytes = os.path.getsize(self.file)

    def stop(self):
        self.process.stop()


# US keyboard: X key codes (evdev + 8).
KEYCODES = dict(zip("1234567890-=", range(10, 22)))
KEYCODES.update(zip("qwertyuiop[]", range(24, 36)))
KEYCODES.update(zip("asdfghjkl;'`", range(38, 50)))
KEYCODES.update(zip("\\zxcvbnm,./", range(51, 62)))
KEYCODES.update({" ": 65, "\n": 36, "\r": 36, "\t": 23, "\x1b": 9, "\x7f": 22})
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./"))
SHIFT, CTRL, ALT, ALTGR = 50, 37, 64, 108
SCROLL_LOCK, CAPS_LOCK, NUM_LOCK, ESCAPE, BACKSPACE, ENTER = 78, 66, 77, 9, 22, 36


def text_commands(text):
    """xtype's commands that type this text on a US keyboard."""
    commands = []
    for letter in text:
        plain = SHIFTED.get(letter, letter.lower())
        keycode = KEYCODES[plain]
        if plain != letter:
            commands += [f"press {SHIFT}", f"key {keycode}", f"release {SHIFT}"]
        else:
            commands.append(f"key {keycode}")
    return commands


def difference(wanted, got):
    """Where two sequences part, in a sentence."""
    for place, (a, b) in enumerate(zip(wanted, got)):
        if a != b:
            return (f"differs at {place} of {len(wanted)}: wanted {wanted[place:place + 6]!r}, "
                    f"got {got[place:place + 6]!r}")
    if len(wanted) == len(got):
        return "no difference"
    longer = wanted if len(wanted) > len(got) else got
    place = min(len(wanted), len(got))
    return f"{'missing' if longer is wanted else 'too much'} from {place} on: {longer[place:place + 6]!r}"


class ControlSocket:
    """A connection to hotdesk-server's control socket: JSON lines (docs/control.md)."""

    def __init__(self, path, bound_s=10.0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(bound_s * FACTOR)
        self.socket.connect(path)
        self.buffer = b""

    def send(self, verb, **fields):
        self.socket.sendall(json.dumps({"verb": verb, **fields}).encode() + b"\n")

    def read_line(self, bound_s=10.0):
        """The next line as an object; Failed when none comes in time or the server hangs up."""
        end = time.monotonic() + bound_s * FACTOR
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise Failed(f"no line from the control socket in {bound_s * FACTOR:g} s")
            some = self.socket.recv(65536)
            if not some:
                raise Failed("hotdesk-server closed the control connection")
            self.buffer += some
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def wait_event(self, event, bound_s=10.0, **fields):
        """After `watch`: the next such event; the others are passed over."""
        end = time.monotonic() + bound_s * FACTOR
        while True:
            line = self.read_line(max(0.001, (end - time.monotonic()) / FACTOR))
            if line.get("event") == event and all(line.get(key) == value for key, value in fields.items()):
                return line

    def close(self):
        self.socket.close()


class Side:
    """One machine's directories and environment: console and target share nothing, as in life."""

    def __init__(self, harness, name, conf_name, conf):
        self.harness = harness
        self.name = name
        self.directory = os.path.join(harness.directory, name)
        self.process = None
        paths = {kind: os.path.join(self.directory, kind) for kind in ("home", "config", "state", "run")}
        for path in paths.values():
            os.makedirs(path, mode=0o700)
        self.runtime_dir = os.path.join(paths["run"], "hotdesk")
        self.state_dir = os.path.join(paths["state"], "hotdesk")
        self.config_file = os.path.join(paths["config"], "hotdesk", conf_name)
        for path in (self.runtime_dir, self.state_dir, os.path.dirname(self.config_file)):
            os.mkdir(path, 0o700)
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write(conf)
        # Both kinds of variable: root would otherwise use the system's places.
        self.environment = {
            "HOME": paths["home"], "XDG_CONFIG_HOME": paths["config"], "XDG_STATE_HOME": paths["state"],
            "XDG_RUNTIME_DIR": paths["run"], "CONFIGURATION_DIRECTORY": os.path.dirname(self.config_file),
            "STATE_DIRECTORY": self.state_dir, "RUNTIME_DIRECTORY": self.runtime_dir}

    def log(self):
        return self.process.text() if self.process else ""

    def wait_log(self, pattern, bound_s=10.0):
        return wait_for(f"{self.name}'s log to say {pattern!r}", lambda: re.search(pattern, self.log()), bound_s)


class Console(Side):
    """hotdesk-server, on a port of its own, without devices: a window or a link client is its source."""

    def __init__(self, harness, name="console", conf="", options=(), env=None, viewer_conf="osd = off\n"):
        # Never the devices of the machine that runs the tests.
        super().__init__(harness, name, "server.conf", 'port = 0\ninput = "none"\n' + conf)
        # Pictures are compared; what is written over them has tests of its own.
        with open(os.path.join(os.path.dirname(self.config_file), "viewer.conf"), "w", encoding="utf-8") as file:
            file.write(viewer_conf)
        self.known_port = None
        self.socket_path = os.path.join(self.runtime_dir, "control")
        self.options = options
        self.environment.update(env or {})
        self.start()

    def start(self):
        self.process = self.harness.start("hotdesk-server", [self.harness.program("hotdesk-server"), *self.options],
                                          env=self.environment)
        wait_for("hotdesk-server's control socket", self._answers)

    def _answers(self):
        if not self.process.is_running():
            raise Failed("hotdesk-server ended: " + self.log()[-2000:])
        try:
            ControlSocket(self.socket_path).close()
            return True
        except OSError:
            return False

    @property
    def port(self):
        """The server listens only while somebody may come: ask after `pair`. A restart keeps the port."""
        if self.known_port is None:
            self.known_port = wait_for("hotdesk-server to listen", self._listens)
            with open(self.config_file, encoding="utf-8") as file:
                conf = file.read()
            with open(self.config_file, "w", encoding="utf-8") as file:
                file.write(conf.replace("port = 0\n", f"port = {self.known_port}\n", 1))
        return self.known_port

    def _listens(self):
        server = self.ask("status")["server"]
        return server["listening"] and server["port"]

    def connect(self):
        return ControlSocket(self.socket_path)

    def ask(self, verb, **fields):
        """One verb, its answer; Failed when the server says no."""
        connection = self.connect()
        try:
            connection.send(verb, **fields)
            answer = connection.read_line()
        finally:
            connection.close()
        if not answer.get("ok"):
            raise Failed(f"{verb}: {answer.get('code')}: {answer.get('error')}")
        return answer

    def watch(self):
        connection = self.connect()
        connection.send("watch")
        connection.read_line()
        return connection

    def target(self, name):
        return next((target for target in self.ask("status")["targets"] if target["name"] == name), None)

    def children(self, name=None, with_dead=False):
        """Processes that it started, of that name if there is one; those that ended too, while it has not seen it."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                own, state, parent = re.match(r"\d+ \((.*)\) (.) (\d+)", read_text(f"/proc/{pid}/stat")).groups()
            except (OSError, AttributeError):
                continue
            if int(parent) == self.process.pid and name in (None, own) and (with_dead or state != "Z"):
                found.append(int(pid))
        return found

    def active_name(self):
        answer = self.ask("list")
        return next((target["name"] for target in answer["targets"] if target["active"]), "local")

    def command(self, *arguments):
        """The CLI `hotdesk`, as its user runs it; its output."""
        return self.harness.run(self.harness.program("hotdesk"), *arguments, env=self.environment)

    def window(self, display, *options):
        """hotdesk-viewer --window, focused on that display: the source of this console."""
        process = self.harness.start("hotdesk-viewer",
                                     [self.harness.program("hotdesk-viewer"), "--window", *options],
                                     env={**self.environment, **display.environment(), "SDL_VIDEODRIVER": "x11"})
        wait_for("the window to be the server's source",
                 lambda: any(source["kind"] == "window" for source in self.ask("status")["sources"]), 20)
        wait_for("the window's focus", lambda: self._focus_window(display), 20, 0.05)
        return process

    @staticmethod
    def _focus_window(display):
        try:
            display.run("xdotool", "search", "--onlyvisible", "--class", "hotdesk-viewer", "windowfocus", "--sync")
            return True
        except Failed:
            return False


class Machine(Side):
    """A target: hotdesk-agent with a key of its own, on a display or with the injector `record`."""

    # desk.pair() starts the agent the first time; start() does so again after process.kill().

    def __init__(self, harness, name, display=None, conf="", options=(), env=None):
        super().__init__(harness, name, "agent.conf", conf)
        self.display = display
        self.options = options
        self.environment.update({"XDG_SESSION_TYPE": "x11", **(display.environment() if display else {}),
                                 **(env or {})})

    def start(self):
        self.process = self.harness.start("hotdesk-agent", [self.harness.program("hotdesk-agent"), *self.options],
                                          env=self.environment)

    def start_pairing(self, port, code, address="127.0.0.1"):
        """`hotdesk-agent pair`, the code on standard input: pairs, then runs on as the agent."""
        self.process = self.harness.start("hotdesk-agent",
                                          [self.harness.program("hotdesk-agent"), *self.options, "pair",
                                           f"{address}:{port}"],
                                          env=self.environment, stdin=subprocess.PIPE)
        self.process.write(code + "\n")
        self.process.popen.stdin.close()
        self.process.popen.stdin = None


class Harness:
    """Owner of all that a test starts. Leaving it ends and removes everything, and tells what did not want to go."""

    def __init__(self, build_dir=None, keep=False):
        self.build_dir = os.path.abspath(build_dir or find_build_dir())
        self.keep = keep
        self.token = secrets.token_hex(8)
        self.processes = []
        self.directory = None

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="hotdesk-test-")
        # A plain kill of the test, and a closed terminal, must clean up as Ctrl+C does.
        self.old_handlers = {number: signal.signal(number, lambda got, _: sys.exit(128 + got))
                             for number in (signal.SIGTERM, signal.SIGHUP)}
        return self

    def __exit__(self, kind, error, trace):
        left = self.close()
        for number, handler in self.old_handlers.items():
            signal.signal(number, handler)
        if left and kind is None:
            raise Failed("left behind: " + ", ".join(left))

    def close(self):
        """Ends what still runs, newest first. The names of processes that had to be hunted for."""
        old_handlers = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING_SIGNALS}
        for process in reversed(self.processes):
            process.stop()
        left = self._hunt()
        for number, handler in old_handlers.items():
            signal.signal(number, handler)
        if self.keep:
            print(f"# kept: {self.directory}", file=sys.stderr)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)
        return left

    def _hunt(self):
        """Whoever inherited our token from the environment is ours, wherever it went."""
        mark = f"HOTDESK_HARNESS={self.token}".encode()
        names = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if mark not in file.read().split(b"\0"):
                        continue
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    stat = file.read()
                if stat.rsplit(")", 1)[1].split()[0] == "Z":
                    continue
                names.append(stat[stat.index("(") + 1:stat.rindex(")")])
                os.kill(int(pid), signal.SIGKILL)
            except (OSError, ValueError):
                continue
        return names

    def program(self, name):
        """A built program, wherever its folder is."""
        folders = {"hotdesk-server": "server/net", "hotdesk-input": "server/input", "hotdesk": "server/cli",
                   "hotdesk-viewer": "server/viewer", "hotdesk-agent": "agent"}
        return os.path.join(self.build_dir, folders[name], name)

    def tool(self, name):
        return os.path.join(self.build_dir, "tests/desktop/tools", name)

    def environment(self, more=None):
        """What every process gets: nothing of the user's session, so that no test meets the real desktop."""
        kept = {key: os.environ[key] for key in os.environ
                if key in ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "HOTDESK_TIME_FACTOR", "TMPDIR")
                or key.endswith("SAN_OPTIONS")}
        # Without an address libdbus would start a bus of its own for each X server (dbus-x11) and leave it.
        # Nor its logind: locking the developer's screen must not end a test.
        kept["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={self.directory}/no-bus"
        return {**kept, "LC_ALL": "C.UTF-8", "HOME": self.directory, "HOTDESK_HARNESS": self.token,
                "DBUS_SESSION_BUS_ADDRESS": "disabled:", **(more or {})}

    def start(self, name, argv, env=None, **more):
        return Process(self, name, argv, self.environment(env), **more)

    def run(self, *argv, env=None, bound_s=30):
        try:
            done = subprocess.run(argv, env=self.environment(env), stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=bound_s * FACTOR, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"{os.path.basename(argv[0])} did not end in {bound_s * FACTOR} s") from None
        if done.returncode != 0:
            raise Failed(f"{' '.join(map(str, argv))}: exit {done.returncode}: "
                         + done.stderr.decode("utf-8", "replace").strip())
        return done.stdout.decode("utf-8", "replace")

    def display(self, width_px=1280, height_px=800, kind="xvfb", options=()):
        return Display(self, width_px, height_px, kind, options)

    def console(self, **more):
        return Console(self, **more)

    def machine(self, name, **more):
        return Machine(self, name, **more)

    def start_console_pairing(self, console, name=None):
        """`hotdesk pair`, waiting for a target; (its process, the code that it shows)."""
        process = self.start("hotdesk-pair", [self.program("hotdesk"), "pair", *(["--name", name] if name else [])],
                             env=console.environment)

        def code():
            found = CODE.search(process.text())
            if not found and not process.is_running():
                raise Failed("hotdesk pair: " + process.text())
            return found
        return process, wait_for("a code from hotdesk pair", code)[0]

    def pair(self, console, machine, name=None, via=None):
        """As a user pairs: `hotdesk pair` shows a code, `hotdesk-agent pair` takes it and runs on as the agent.
        What both said. `via` makes of the server's port the one that the agent dials."""
        pairing, code = self.start_console_pairing(console, name or machine.name)
        machine.start_pairing(via(console.port) if via else console.port, code)

        def ended():
            if pairing.is_running() and not machine.process.is_running():
                raise Failed("hotdesk-agent pair: " + machine.log())
            return not pairing.is_running()
        wait_for("the pairing to end", ended, 20)
        if pairing.popen.returncode != 0:
            raise Failed("hotdesk pair: " + pairing.text())
        return pairing.text(), machine.log()

    @staticmethod
    def wait_ready(console, *names, bound_s=15.0):
        for name in names:
            try:
                wait_for(f"{name} to be ready", lambda: (console.target(name) or {}).get("state") == "ready", bound_s)
            except Failed as failure:
                raise Failed(f"{failure}; it is {console.target(name)}") from None


class Tap:
    """TAP for a Python test: tap.check("name", function) a line, then sys.exit(tap.end())."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, passed, name, why=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}", flush=True)
        for line in str(why).splitlines():
            print(f"# {line}", flush=True)
        return bool(passed)

    def check(self, name, function, *arguments):
        """Passes unless the function raises or returns False. Lost ends the test."""
        try:
            return self.ok(function(*arguments) is not False, name)
        except Lost as error:
            self.ok(False, name, f"lost, the other checks are not tried: {error}")
            self.end()
            raise SystemExit(1) from None
        except Exception as error:  # each check stands alone; the next one still tells something
            return self.ok(False, name, f"{type(error).__name__}: {error}")

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def end(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0
