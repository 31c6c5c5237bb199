#!/usr/bin/python3
"""hotdesk-server as a program: options, state, the installed hotdesk-input's socket, windows, the verbs that wait."""

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "desktop")]
from harness import FACTOR, Failed, Harness, Side, Tap, monotonic_us, wait_for  # noqa: E402
import link  # noqa: E402

KEY_A = 30
NOBODY = 65534
CHOSEN = sys.argv[1:]  # words of checks
RECORD = 'injector = record\nrecord-file = "{}"\n'


class Input:
    """hotdesk-input's listening socket, and what the server says there."""

    def __init__(self, path):
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen()
        self.listener.settimeout(15 * FACTOR)
        self.link = None
        self.grab_number = 0

    def accept(self):
        self.link, _ = self.listener.accept()
        self.link.settimeout(10 * FACTOR)
        self.send(link.HELLO, struct.pack(">H", link.VERSION))

    def send(self, kind, fields=b""):
        self.link.send(link.encode(kind, self.grab_number, 0, fields))

    def send_device(self, number, name, taken):
        def text(value):
            return bytes([len(value)]) + value.encode()
        self.send(7, struct.pack(">IB", number, taken) + text(name) + text("/dev/input/event5") + text("keyboard"))

    def wait(self, kind):
        """Answers pings on the way."""
        while True:
            message = self.link.recv(link.MESSAGE_BYTES)
            if not message:
                raise Failed("the server closed the link")
            if message[0] == link.PING:
                self.send(link.PONG, message[9:13])
            if message[0] == kind:
                return message

    def key(self, code, down):
        self.send(link.REPORT, link.encode_report([(link.EV_KEY, code, down)], monotonic_us()))

    def close(self):
        if self.link:
            self.link.close()
        self.listener.close()
        os.unlink(self.path)


def expect_failure(harness, side, *options, pattern):
    done = subprocess.run([harness.program("hotdesk-server"), *options], env=harness.environment(side.environment),
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=20 * FACTOR, check=False)
    said = (done.stdout + done.stderr).decode()
    if done.returncode == 0 or not re.search(pattern, said):
        raise Failed(f"exit {done.returncode}: {said}")


def new_side(harness, name, conf="port = 0\ninput = none\n"):
    return Side(harness, name, "server.conf", conf)


def options_are_checked(harness):
    side = new_side(harness, "options")
    for option, pattern in (("port = 65536", r"server.conf:1: port"), ("prot = 1", r"server.conf:1"),
                            ('listen = "lab3"', "listen: .*no IP address"), ("input = keyboard", "input: ")):
        with open(side.config_file, "w", encoding="utf-8") as file:
            file.write(option + "\n")
        expect_failure(harness, side, "--check-config", pattern=pattern)
        expect_failure(harness, side, pattern=pattern)
    expect_failure(harness, side, "--port", "x", pattern="--port")
    expect_failure(harness, side, "--config", "/nonexistent", pattern="/nonexistent")
    expect_failure(harness, side, "surplus", pattern="usage")
    os.unlink(side.config_file)
    printed = harness.run(harness.program("hotdesk-server"), "--print-config", env=side.environment)
    with open(side.config_file, "w", encoding="utf-8") as file:
        file.write(printed)
    harness.run(harness.program("hotdesk-server"), "--check-config", env=side.environment)
    again = harness.run(harness.program("hotdesk-server"), "--print-config", "--config", side.config_file,
                        env=side.environment)
    if again != printed:
        raise Failed("what is printed does not read back")


def a_broken_list_is_left_alone(harness):
    side = new_side(harness, "broken")
    path = os.path.join(side.state_dir, "server", "targets.json")
    os.mkdir(os.path.dirname(path), 0o700)
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"version": 1, "targets": [')
    expect_failure(harness, side, pattern=r"targets\.json: line 1: ")
    with open(path, encoding="utf-8") as file:
        if file.read() != '{"version": 1, "targets": [':
            raise Failed("it was overwritten")


def keys_of_others_are_refused(harness):
    side = new_side(harness, "rights")
    directory = os.path.join(side.state_dir, "server")
    os.mkdir(directory, 0o755)
    expect_failure(harness, side, pattern="chmod")


@contextlib.contextmanager
def running_as_nobody(harness):
    """hotdesk-server as a user who is not root: whom he may trace, his files in /proc belong to him, else to root."""
    directory = tempfile.mkdtemp(prefix="hotdesk-test-")
    program = shutil.copy(harness.program("hotdesk-server"), directory)
    places = {word: os.path.join(directory, word) for word in ("STATE", "RUNTIME", "CONFIGURATION")}
    command = [program, "--input", "none", "--port", "0"]
    for place in places.values():
        os.mkdir(place, 0o700)
    if os.getuid() == 0:
        command[:0] = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
        os.chmod(directory, 0o755)
        for place in places.values():
            os.chown(place, NOBODY, NOBODY)
    process = harness.start("hotdesk-server", command, env={f"{word}_DIRECTORY": place for word, place in places.items()})
    try:
        wait_for("its control socket", lambda: os.path.exists(os.path.join(places["RUNTIME"], "control")))
        yield process
    finally:
        process.stop()
        shutil.rmtree(directory)


def no_core_file(harness):
    with running_as_nobody(harness) as process, open(f"/proc/{process.pid}/limits", encoding="ascii") as limits:
        core = next(line for line in limits if line.startswith("Max core file size"))
    if core.split()[4:6] != ["0", "0"]:
        raise Failed(core)


def no_debugger(harness):
    with running_as_nobody(harness) as process:
        if os.stat(f"/proc/{process.pid}").st_uid == 0:
            raise Failed("it runs as root")
        if os.stat(f"/proc/{process.pid}/environ").st_uid != 0:
            raise Failed("it can be dumped: its files in /proc are its user's")


# Listens as that user until somebody comes, and says hello.
FALSE_INPUT = """
import os, socket, sys
os.setgid({uid}); os.setuid({uid})
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind({path!r})
listener.listen()
print("listening", flush=True)
link, _ = listener.accept()
try:
    link.send({hello!r})
    print("told", link.recv(1024)[:1], flush=True)
except OSError:
    pass
print("over", flush=True)
"""


def another_users_input_is_refused(harness):
    directory = tempfile.mkdtemp(prefix="hotdesk-test-")
    os.chmod(directory, 0o777)
    path = os.path.join(directory, "input")
    hello = link.encode(link.HELLO, 0, 0, struct.pack(">H", link.VERSION))
    script = FALSE_INPUT.format(uid=NOBODY, path=path, hello=hello)
    stranger = harness.start("stranger", [sys.executable, "-c", script])
    try:
        wait_for("the socket", lambda: "listening" in stranger.text())
        console = harness.console(name="distrusts", options=("--input", path))
        console.wait_log("cannot connect to hotdesk-input at .*: Operation not permitted")
        wait_for("its end", lambda: "over" in stranger.text())
        if console.ask("devices")["source"] or "told b'\\x" in stranger.text():
            raise Failed(f"it is trusted: {stranger.text()}")
        console.process.stop()
    finally:
        stranger.stop()
        shutil.rmtree(directory)


def there_is_only_one(harness, console):
    expect_failure(harness, console, pattern="another hotdesk-server is running")


def a_port_in_use_is_told(harness, console):
    side = new_side(harness, "second", f"port = {console.port}\ninput = none\n")
    # Somebody is paired with the second one too, so that it must listen.
    directory = os.path.join(side.state_dir, "server")
    os.mkdir(directory, 0o700)
    with open(os.path.join(console.state_dir, "server", "targets.json"), "rb") as file:
        text = file.read()
    with open(os.path.join(directory, "targets.json"), "wb") as file:
        file.write(text)
    expect_failure(harness, side, pattern=rf"cannot listen on TCP port {console.port}: Address already in use")


def switch_waits_for_the_target(console, lab):
    lab.process.send_signal(signal.SIGSTOP)
    try:
        connection = console.connect()
        connection.send("switch", target="lab")
        answer = connection.read_line()
        if answer["ok"] or answer["code"] != "not-ready" or "no answer" not in answer["error"]:
            raise Failed(answer)
    finally:
        lab.process.send_signal(signal.SIGCONT)
    harness_wait_ready(console)
    answer = console.ask("switch", target="1")
    if (answer["number"], answer["name"]) != (1, "lab"):
        raise Failed(answer)
    if console.ask("switch", target="local")["number"] != 0:
        raise Failed("local is 0")


def harness_wait_ready(console):
    wait_for("lab to be ready", lambda: console.target("lab")["state"] == "ready", 20)


def requests_are_checked(console):
    wanted = {"bad-request": [("lock", {}), ("lock", {"on": 1}), ("lock", {"on": "yes"}), ("osd", {}), ("osd", {"stats": "yes"}), ("figures", {}), ("scan", {}),
                              ("scan", {"seconds": -1}), ("scan", {"seconds": 3601}), ("scan", {"seconds": 1.5}),
                              ("scan", {"seconds": "5"}), ("switch", {}), ("switch", {"target": [1]}), ("switch", {"target": 1.5}),
                              ("pair", {"name": "Local"}), ("pair", {"name": 7}), ("forget", {}), ("nonsense", {})],
              "no-such-target": [("switch", {"target": "nobody"}), ("switch", {"target": 77}), ("figures", {"target": "nobody"}),
                                 ("switch", {"target": -1}), ("switch", {"target": 1 << 40}),
                                 ("forget", {"target": "77"})]}
    for code, requests in wanted.items():
        for verb, fields in requests:
            connection = console.connect()
            connection.send(verb, **fields)
            answer = connection.read_line()
            connection.close()
            if answer["ok"] or answer["code"] != code:
                raise Failed(f"{verb} {fields}: {answer}")


def expect_locked(console, verb, **fields):
    connection = console.connect()
    connection.send(verb, **fields)
    answer = connection.read_line()
    connection.close()
    if answer["ok"] or answer["code"] != "locked":
        raise Failed(f"{verb} {fields}: {answer}")


def modes(console):
    mode = console.ask("status")["mode"]
    return mode["locked"], mode["scanning"]


def figures_are_shown_or_not(console):
    watch = console.watch()
    for wanted, shown in ((True, True), ("toggle", False), ("toggle", True), (False, False)):
        if console.ask("osd", stats=wanted)["stats"] != shown or console.ask("status")["mode"]["stats"] != shown:
            raise Failed(f"stats: {wanted}")
        watch.wait_event("mode", stats=shown)
    figures = console.ask("figures", target="lab")
    if figures["number"] != 1 or figures["key_p50_us"] is not None or figures["bytes"] is not None or "key_waits_us" not in figures:
        raise Failed(figures)


def lock_stays_with_the_active_target(console):
    watch = console.watch()
    if console.ask("lock", on=True)["number"] != 0 or modes(console) != (True, False):
        raise Failed(f"not locked: {modes(console)}")
    watch.wait_event("mode", locked=True)
    expect_locked(console, "switch", target="lab")
    expect_locked(console, "scan", seconds=5)
    console.ask("lock", on=False)
    watch.wait_event("mode", locked=False)
    console.ask("switch", target="lab")
    if console.ask("lock", on=True)["name"] != "lab":
        raise Failed("not locked to lab")
    for other in ("next", "shelf"):
        expect_locked(console, "switch", target=other)
    if console.active_name() != "lab":
        raise Failed("it went away")
    console.ask("switch", target="local")  # home is always free, and there the lock is over
    if modes(console) != (False, False):
        raise Failed("still locked")
    watch.close()


def scan_goes_round_until_it_is_ended(console):
    watch = console.watch()
    console.ask("scan", seconds=1, watch=True)
    watch.wait_event("mode", scanning=True)
    for name in ("lab", "shelf", "lab"):
        watch.wait_event("switched", name=name)
    if modes(console) != (False, True):
        raise Failed(f"no scan: {modes(console)}")
    console.ask("scan", seconds=3600)  # takes the place of that one
    active = console.active_name()
    if console.ask("scan", seconds=0)["name"] != active or active == "local":
        raise Failed("it went away when the scan was ended")
    if modes(console) != (False, False):
        raise Failed(f"still there: {modes(console)}")
    console.ask("scan", seconds=3600)
    console.ask("lock", on=True)
    if modes(console) != (True, False):
        raise Failed("a lock does not end a scan")
    console.ask("switch", target="local")
    watch.close()


def a_refused_switch_is_an_event_of_the_log(console):
    console.ask("lock", on=True)
    expect_locked(console, "switch", target="lab")
    console.ask("lock", on=False)
    console.wait_log(r"event=refused target=lab: not switched to lab: the keyboard is locked to")


def one_window_at_a_time(console):
    first = link.Link(console)
    try:
        answer = None
        connection = console.connect()
        connection.send("input")
        answer = connection.read_line()
        if answer["ok"] or answer["code"] != "busy":
            raise Failed(answer)
    finally:
        first.close()
    wait_for("the window to be gone", lambda: not console.ask("status")["sources"])
    link.Link(console).close()


def pairing_ends_with_its_client(console):
    watch = console.watch()
    connection = console.connect()
    connection.send("pair", name="later")
    answer = connection.read_line()
    if not re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", answer["code"]) or answer["valid_s"] != 600 * FACTOR:
        raise Failed(answer)
    for _ in range(2):
        more = console.connect()
        more.send("pair")
        more.read_line()
        more.close()
        watch.wait_event("pairing-ended", why="cancelled")
    connection.close()
    watch.wait_event("pairing-ended", why="cancelled")
    watch.close()


def three_codes_at_most(console):
    clients = [console.connect() for _ in range(4)]
    answers = []
    for client in clients:
        client.send("pair")
        answers.append(client.read_line())
    for client in clients:
        client.close()
    if [answer["ok"] for answer in answers] != [True] * 3 + [False] or answers[3]["code"] != "busy":
        raise Failed(answers)


COUNTS, COUNT_DEVICES = 10, 27


def input_reads_its_configuration_too(harness):
    with tempfile.TemporaryDirectory() as directory:
        fake = Input(os.path.join(directory, "input.socket"))
        console = harness.console(name="reloads", options=["--input", fake.path])
        fake.accept()
        for told, wanted in (((b"input.conf:7: leader: what is that", b""), {"error": "input.conf:7: leader: what is that"}),
                             ((b"", b"leader, devices"), {"error": None, "changed": "leader, devices"})):
            asker = console.connect()
            asker.send("reload")
            fake.wait(link.RELOAD)
            busy = console.connect()
            busy.send("reload")
            if busy.read_line()["code"] != "busy":
                raise Failed("two at once")
            busy.close()
            fake.send(link.RELOADED, b"".join(bytes([len(text)]) + text for text in told))
            files = {file["program"]: file for file in asker.read_line()["files"]}
            asker.close()
            if any(files["hotdesk-input"][key] != value for key, value in wanted.items()) or files["hotdesk-server"]["error"]:
                raise Failed(files)
        asker = console.connect()
        asker.send("reload")
        answer = asker.read_line(8 * FACTOR)  # and one that says nothing, or has gone
        asker.close()
        if "does not answer" not in answer["files"][1]["error"]:
            raise Failed(answer)


def devices_are_watched(harness):
    """Counts come to all who ask and to nobody else, and the source counts no longer than somebody does."""
    path = os.path.join(harness.directory, "counts.sock")
    source = Input(path)
    console = harness.console(name="counting", conf="", options=("--input", path))
    counts = struct.pack(">IIIII", 9, 3, 2, 1, 4)
    try:
        source.accept()
        source.send_device(9, "Test keyboard", 1)
        wait_for("the device", lambda: console.ask("devices")["devices"])
        watchers, other = [console.connect(), console.connect()], console.connect()
        other.send("watch")
        other.read_line()
        for watcher in watchers:
            watcher.send("watch-devices")
            if watcher.read_line()["devices"][0]["id"] != 9:
                raise Failed("no devices")
        if source.wait(COUNT_DEVICES)[9] != 1:
            raise Failed("not counted")
        source.send(COUNTS, counts)
        source.send_device(10, "Test mouse", 1)
        for watcher in watchers:
            event = watcher.read_line()
            told = [event[key] for key in ("event", "id", "name", "keys", "buttons", "motion", "wheel")]
            if told != ["counts", 9, "Test keyboard", 3, 2, 1, 4]:
                raise Failed(event)
            if watcher.read_line()["event"] != "device":
                raise Failed("a new device is not told")
        if other.read_line()["event"] != "device":
            raise Failed("counts for who did not ask")
        watchers[0].close()
        source.send(COUNTS, counts)
        if watchers[1].read_line()["event"] != "counts":
            raise Failed("it ends with the first that goes")
        watchers[1].close()

        def ended():  # the server learns of the close in its own time
            source.send(COUNTS, counts)
            return select.select([source.link], [], [], 0.1)[0] and source.wait(COUNT_DEVICES)[9] == 0
        wait_for("the end of counting", ended)
        other.close()
    finally:
        source.close()
        console.process.stop()


def input_types_on_a_target(harness):
    path = os.path.join(harness.directory, "input.sock")
    record = os.path.join(harness.directory, "typed.txt")
    source = Input(path)
    console = harness.console(name="installed", conf="", options=("--input", path))
    lab = harness.machine("typed", conf=RECORD.format(record))
    try:
        source.accept()
        source.send_device(9, "Test keyboard", 1)
        wait_for("the device", lambda: console.ask("devices")["devices"])
        device = console.ask("devices")["devices"][0]
        if device["name"] != "Test keyboard" or not device["taken"]:
            raise Failed(device)
        harness.pair(console, lab, name="lab")
        harness_wait_ready(console)
        console.ask("switch", target="lab")
        source.wait(link.GRAB)
        source.grab_number = 1
        source.send(link.GRABBED)
        source.key(KEY_A, 1)
        source.key(KEY_A, 0)
        wait_for("the key to arrive", lambda: typed(record) == ["1", "0"])
        wait_for("its latency", lambda: console.target("lab")["latency_p50_us"])

        # Restarted: the keyboard is the console's, and the server comes back by itself.
        source.close()
        wait_for("local", lambda: console.active_name() == "local")
        source = Input(path)
        source.accept()
        source.wait(link.TARGETS)
        # Something that is no message ends the link.
        source.link.send(b"nonsense")
        wait_for("the end of the link", lambda: is_closed(source.link))
        source.accept()
        source.wait(link.TARGETS)
    finally:
        source.close()
        lab.process.stop()
        console.process.stop()


def is_closed(connection):
    try:
        return connection.recv(link.MESSAGE_BYTES) == b""
    except ConnectionError:
        return True


def typed(record):
    try:
        with open(record, encoding="utf-8") as file:
            return [found[1] for found in re.finditer(rf" key {KEY_A} ([01])", file.read())]
    except FileNotFoundError:
        return []


def forget_ends_an_open_connection(console, lab):
    console.ask("switch", target="lab")
    watch = console.watch()
    console.ask("forget", target="lab")
    watch.wait_event("switched", number=0)
    watch.wait_event("forgotten", name="lab")
    watch.close()
    lab.wait_log("forgotten", 5)
    console.ask("forget", target="shelf")
    if console.ask("list")["targets"] or console.ask("status")["server"]["listening"]:
        raise Failed("somebody is still welcome")


def it_ends_when_asked(harness):
    for number in (signal.SIGTERM, signal.SIGINT):
        console = harness.console(name=f"ends{number}")
        link.Link(console)
        console.process.send_signal(number)
        if console.process.wait(5) != 0:
            raise Failed(console.log())
        if os.path.exists(console.socket_path):
            raise Failed("its socket is still there")


def alone(harness):
    """[(name, check, its arguments)]: those that need no server, or have one of their own."""
    return [("options are checked", options_are_checked, harness),
            ("a broken list of targets is told and left alone", a_broken_list_is_left_alone, harness),
            ("state that others can read is refused", keys_of_others_are_refused, harness),
            ("no core file", no_core_file, harness),
            ("no debugger of the same user", no_debugger, harness),
            ("hotdesk-input's socket", input_types_on_a_target, harness),
            ("devices are watched", devices_are_watched, harness),
            ("input reads its configuration, too", input_reads_its_configuration_too, harness),
            ("it ends when asked", it_ends_when_asked, harness)]


def with_a_target(harness):
    console = harness.console()
    lab = harness.machine("lab", conf=RECORD.format("/dev/null"))
    harness.pair(console, lab)
    harness.pair(console, harness.machine("shelf", conf=RECORD.format("/dev/null")))
    harness.wait_ready(console, "lab", "shelf")
    return [("a second server ends", there_is_only_one, harness, console),
            ("a port that is in use is told", a_port_in_use_is_told, harness, console),
            ("requests are checked", requests_are_checked, console),
            ("switch answers when the target has", switch_waits_for_the_target, console, lab),
            ("figures are shown or not", figures_are_shown_or_not, console),
            ("lock stays with the active target", lock_stays_with_the_active_target, console),
            ("scan goes round until it is ended", scan_goes_round_until_it_is_ended, console),
            ("a refused switch is an event of the log", a_refused_switch_is_an_event_of_the_log, console),
            ("one window at a time", one_window_at_a_time, console),
            ("a code ends with its client", pairing_ends_with_its_client, console),
            ("three codes at most", three_codes_at_most, console),
            ("forget ends an open connection", forget_ends_an_open_connection, console, lab)]


def run(tap, checks):
    for name, check, *arguments in checks:
        if not CHOSEN or any(word in name for word in CHOSEN):
            tap.check(name, check, *arguments)


def main():
    tap = Tap()
    with Harness() as harness:
        run(tap, alone(harness))
        name = "an input of another user is refused"
        if os.getuid() == 0:
            run(tap, [(name, another_users_input_is_refused, harness)])
        else:
            tap.skip(name, "needs root")
        run(tap, with_a_target(harness))
    sys.exit(tap.end())


main()
