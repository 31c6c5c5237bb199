"""The program `hotdesk` against a server that speaks docs/control.md from a script: output and exit codes."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, Failed, Tap, wait_for  # noqa: E402

HOTDESK = sys.argv[1]
BOUND_S = 20 * FACTOR

KEY = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
LAB1 = {"number": 1, "name": "lab1", "state": "ready", "reason": None, "since_s": 185, "active": True}
LAB2 = {"number": 12, "name": "lab2-long-name", "state": "offline", "reason": "it said bye: shutting down",
        "since_s": 7300, "active": False}
LIST = {"ok": True, "active": 1, "targets": [LAB1, LAB2]}
EMPTY = {"ok": True, "active": 0, "targets": []}
SERVER = {"version": "0.1.0", "name": "desk", "fingerprint": KEY, "port": 24810, "listening": True, "pid": 77}
FULL = {**LAB1, "address": "192.0.2.7", "fingerprint": KEY, "injector": "xtest", "round_trip_us": 310,
        "latency_p50_us": 270, "latency_p99_us": 12345, "reports_sent": 4711, "width_px": 3200, "height_px": 1080,
        "monitors": [{"name": "DP-1", "x_px": 0, "y_px": 0, "width_px": 1920, "height_px": 1080},
                     {"name": "DP-2", "x_px": 1920, "y_px": 0, "width_px": 1280, "height_px": 1024}],
        "locks": 3, "unsendable_keys": 2, "held_too_long": 1}
BARE = {**LAB2, **{key: None for key in FULL if key not in LAB2}}
STATUS = {"ok": True, "active": 1, "targets": [FULL, BARE], "server": SERVER,
          "sources": [{"kind": "evdev", "grabbed": True, "devices_taken": 4}]}
DEVICES = {"ok": True, "source": True, "devices": [
    {"id": 1, "name": "AT Translated Set 2 keyboard", "path": "/dev/input/event3", "taken": True, "why": "keyboard"},
    {"id": 2, "name": "Lid Switch", "path": "/dev/input/event0", "taken": False, "why": "has a switch (EV_SW)"}]}
CODE = "7K3F-9QWE-AB12-XY34"
PAIR = {"ok": True, "code": CODE, "valid_s": 600, "port": 24810,
        "addresses": ["127.0.0.1", "fe80::1", "2001:db8::5", "192.0.2.1"]}
PAIRED = {"event": "paired", "time": 1.5, "number": 3, "name": "lab3", "address": "192.0.2.9", "fingerprint": KEY,
          "renewed": False}


def failure(code, error):
    return {"ok": False, "code": code, "error": error}


class FakeServer:
    """Answers each verb with what `answers` has: an object, a list of objects (lines), bytes (sent as they are),
    "hang" (no answer), "close", or a function that gives one of these."""

    def __init__(self, path, answers):
        self.path, self.answers = path, answers
        self.requests, self.connections, self.gone = [], [], 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(path)
        self.socket.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with contextlib.suppress(OSError):
            for line in connection.makefile("rb"):
                request = json.loads(line)
                self.requests.append(request)
                answer = self.answers.get(request["verb"], failure("bad-request", "no such verb"))
                answer = answer() if callable(answer) else answer
                if answer == "close":
                    break
                if answer == "hang":
                    continue
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                    continue
                for part in answer if isinstance(answer, list) else [answer]:
                    self.send(connection, part)
        self.gone += 1
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def send(connection, line):
        connection.sendall(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        os.unlink(self.path)


@contextlib.contextmanager
def served(answers):
    with tempfile.TemporaryDirectory(prefix="hotdesk-cli-") as directory:
        server = FakeServer(os.path.join(directory, "control"), answers)
        try:
            yield server
        finally:
            server.close()


def run(path, *words, env=None):
    done = subprocess.run([HOTDESK, "--socket", path, *words] if path else [HOTDESK, *words], capture_output=True,
                          timeout=BOUND_S, stdin=subprocess.DEVNULL, env=env, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def expect(answers, words, code, out=None, err=None, has=(), lacks=(), request=None):
    """Runs `hotdesk words` and compares: whole output (out), whole errors (err), parts of either (has, lacks)."""
    with served(answers) as server:
        got, stdout, stderr = run(server.path, *words)
        told = f"exit {got}\nstdout: {stdout}\nstderr: {stderr}"
        both = stdout + stderr
        if got != code:
            raise Failed(f"wanted exit {code}: {told}")
        if out is not None and stdout != out:
            raise Failed(f"wanted output {out!r}: {told}")
        if err is not None and stderr != err:
            raise Failed(f"wanted errors {err!r}: {told}")
        for part in has:
            if part not in both:
                raise Failed(f"wanted {part!r} in it: {told}")
        for part in lacks:
            if part in both:
                raise Failed(f"{part!r} should not be in it: {told}")
        if code == 0 and stderr:
            raise Failed(f"success says nothing on stderr: {told}")
        if request is not None and server.requests[:1] != [request]:
            raise Failed(f"asked {server.requests}, not {request}")


def check(tap, name, function, *arguments, **more):
    return tap.check(name, lambda: function(*arguments, **more))


def list_checks(tap):
    check(tap, "list", expect, {"list": LIST}, ["list"], 0, "\n".join([
        "  0  local",
        "  1  lab1            active   since 3 min",
        " 12  lab2-long-name  offline  since 2 h    it said bye: shutting down", ""]))
    sleepy = [{**LAB1, "state": "connecting", "active": False, "since_s": 0}, LAB2]
    check(tap, "list when none is ready says where to look", expect,
              {"list": {**LIST, "active": 0, "targets": sleepy}}, ["list"], 0,
              has=["  0  local           active\n", "connecting  just now", "hotdesk status"])
    check(tap, "list with no targets", expect, {"list": EMPTY}, ["list"], 0,
              "no targets yet: run 'hotdesk pair' and follow what it says\n")
    for seconds, words in ((59, "59 s"), (60, "1 min"), (3599, "59 min"), (172800, "2 days")):
        check(tap, f"since {words}", expect, {"list": {**LIST, "targets": [{**LAB1, "since_s": seconds}]}}, ["list"], 0,
                  has=[f"since {words}\n"])

    def raw(verb, answer):
        with served({verb: answer}) as server:
            code, out, _ = run(server.path, verb, "--json")
            return code == 0 and json.loads(out) == answer and "\n  " in out

    for verb, answer in (("list", LIST), ("status", STATUS), ("devices", DEVICES)):
        check(tap, f"{verb} --json is the raw answer", raw, verb, answer)


def status_checks(tap):
    check(tap, "status", expect, {"status": STATUS}, ["status"], 0, "\n".join([
        "console desk: hotdesk-server 0.1.0, process 77",
        "    listens      for agents on TCP port 24810",
        f"    fingerprint  {KEY}",
        "    input        4 devices of this computer, grabbed now",
        "",
        "1  lab1: active, ready since 3 min",
        "    address      192.0.2.7",
        f"    fingerprint  {KEY}",
        "    injector     xtest",
        "    round trip   0.31 ms",
        "    latency      p50 0.27 ms, p99 12.3 ms from event to injection, 4711 reports sent",
        "    screen       3200 x 1080: DP-1 1920 x 1080 at 0, 0, DP-2 1280 x 1024 at 1920, 0",
        "    locks        Num Lock, Caps Lock",
        "    keys         2 could not be sent: its display knows no such key",
        "    link         1 times keys were lifted there because the link was silent",
        "",
        "12  lab2-long-name: offline since 2 h: it said bye: shutting down", ""]))
    window = {**EMPTY, "server": {**SERVER, "listening": False},
              "sources": [{"kind": "window", "grabbed": False, "devices_taken": 0}]}
    check(tap, "status of a server with a window and no targets", expect, {"status": window}, ["status"], 0,
              has=["a window, not grabbed now", "not now: it does once", "no targets yet: run 'hotdesk pair'"])
    check(tap, "status of a server that cannot listen", expect,
          {"status": {**STATUS, "server": {**SERVER, "listening": False}}}, ["status"], 0, has=["no agent can connect"])
    check(tap, "status without any input", expect, {"status": {**window, "sources": []}}, ["status"], 0,
              has=["hotdesk-viewer --window"])


def sent_checks(tap):
    target = {**LAB1, "picture": {"state": "shown", "text": "", "how": "XDamage", "followers": 1, "updates": 7, "bytes": 5000000,
                                  "sent": {"tight_bytes": 1200000, "jpeg_bytes": 3900000, "raw_bytes": 0, "merged": 12}}}
    for limit, words in (("nobody", "nothing is sent: nobody looks"), ("still", "nothing changes there"),
                         ("link", "by the link: the picture waits for the network"),
                         ("agent", "by its agent: that computer's processor is busy with the picture"),
                         ("decoder", "by this computer: its decoder does not keep up"),
                         ("none", "by nothing: each change is sent at once")):
        status = {**STATUS, "targets": [{**target, "picture": {**target["picture"], "limit": limit}}]}
        check(tap, f"limited by {limit}", expect, {"status": status}, ["status"], 0,
              has=["    sent         Tight 1.2 MB, JPEG 3.9 MB, Raw 0.0 MB; 12 changes dropped: later ones were sent in their place\n",
                   f"    limited      {words}\n"])
    old = {**STATUS, "targets": [{**target, "picture": {**target["picture"], "sent": None, "limit": None}}]}
    check(tap, "nothing is told of an agent that tells nothing", expect, {"status": old}, ["status"], 0, lacks=["sent  ", "limited"])


def device_checks(tap):
    check(tap, "devices", expect, {"devices": DEVICES}, ["devices"], 0, "\n".join([
        "event3  taken  AT Translated Set 2 keyboard  keyboard",
        "event0  left   Lid Switch                    has a switch (EV_SW)", ""]))
    check(tap, "devices without hotdesk-input", expect, {"devices": {"ok": True, "source": False, "devices": []}},
              ["devices"], 0, has=["hotdesk-input is not running"])
    check(tap, "devices when there are none", expect, {"devices": {"ok": True, "source": True, "devices": []}},
              ["devices"], 0, has=["has found none"])


def action_checks(tap):
    for word in ("lab1", "12", "next", "prev", "local", "last"):
        check(tap, f"switch {word}", expect, {"switch": {"ok": True, "number": 1, "name": "lab1"}}, ["switch", word], 0,
                  "keyboard and mouse are at lab1 (target 1)\n", request={"verb": "switch", "target": word})
    check(tap, "switch home", expect, {"switch": {"ok": True, "number": 0, "name": "local"}}, ["switch", "local"], 0,
              "keyboard and mouse are at this computer\n")
    check(tap, "switch to one that is not ready tells why", expect,
              {"switch": failure("not-ready", "lab2 is offline: its computer sleeps")}, ["switch", "lab2"], 1, "",
              "hotdesk: lab2 is offline: its computer sleeps\n")
    nobody = failure("no-such-target", "there is no target 'lab9'")
    check(tap, "switch to a name that is not there lists the names", expect, {"switch": nobody, "list": LIST},
              ["switch", "lab9"], 1, "",
              "hotdesk: there is no target 'lab9'\nhotdesk: there is: lab1, lab2-long-name\n")
    check(tap, "switch when there are no targets says how to get one", expect, {"switch": nobody, "list": EMPTY},
              ["switch", "lab9"], 1, "", has=["run 'hotdesk pair'"])
    for number, name in ((1, "lab1"), (0, "this computer")):
        at = {"ok": True, "number": number, "name": "lab1" if number else "local"}
        check(tap, f"lock on at {name}", expect, {"lock": at}, ["lock", "on"], 0, f"keyboard and mouse stay at {name}\n",
              request={"verb": "lock", "on": True})
        check(tap, f"scan off at {name}", expect, {"scan": at}, ["scan", "off"], 0, f"keyboard and mouse stay at {name}\n",
              request={"verb": "scan", "seconds": 0})
    at = {"ok": True, "number": 1, "name": "lab1"}
    check(tap, "lock off", expect, {"lock": at}, ["lock", "off"], 0, "keyboard and mouse are free to be switched\n",
          request={"verb": "lock", "on": False})
    check(tap, "scan", expect, {"scan": at}, ["scan", "5"], 0,
          "every 5 s the next target, from lab1 on; a key ends it\n", request={"verb": "scan", "seconds": 5})
    for words, stats, said in (("on", True, "figures are shown over the picture\n"), ("off", False, "figures are not shown over the picture\n"),
                               ("toggle", "toggle", "figures are shown over the picture\n")):
        check(tap, f"osd stats {words}", expect, {"osd": {"ok": True, "stats": stats is not False, "viewers": 1}}, ["osd", "stats", words], 0,
              said, request={"verb": "osd", "stats": stats})
    check(tap, "figures that nobody shows", expect, {"osd": {"ok": True, "stats": True, "viewers": 0}}, ["osd", "stats", "on"], 0,
          has=["no viewer runs here"])
    locked = failure("locked", "the keyboard is locked to lab1")
    check(tap, "switch while locked tells why", expect, {"switch": locked}, ["switch", "lab2"], 1, "",
          "hotdesk: the keyboard is locked to lab1\n")
    check(tap, "scan while locked tells why", expect, {"scan": locked}, ["scan", "5"], 1, "",
          "hotdesk: the keyboard is locked to lab1\n")
    check(tap, "lock without the right", expect, {"lock": failure("not-allowed", "'lock' needs the right 'use'")},
          ["lock", "on"], 4, "", has=["needs the right 'use'"])
    check(tap, "forget", expect, {"forget": {"ok": True, "name": "lab1"}}, ["forget", "lab1"], 0,
              has=["lab1 is forgotten"], request={"verb": "forget", "target": "lab1"})
    check(tap, "rename", expect, {"rename": {"ok": True, "number": 1, "name": "attic", "from_name": "lab1"}},
          ["rename", "1", "attic"], 0, "lab1 is called attic now\n",
          request={"verb": "rename", "target": "1", "name": "attic"})
    check(tap, "rename to a name that is taken", expect, {"rename": failure("name-taken", "another target is called lab2")},
          ["rename", "lab1", "lab2"], 1, "", "hotdesk: another target is called lab2\n")
    check(tap, "order", expect, {"order": {"ok": True, "number": 2, "name": "lab1", "from": 1, "swapped": "lab2"}},
          ["order", "lab1", "2"], 0, "lab1 is target 2 now\nlab2 is target 1 now\n",
          request={"verb": "order", "target": "lab1", "number": 2})
    check(tap, "order to a free number", expect, {"order": {"ok": True, "number": 7, "name": "lab1", "from": 1}},
          ["order", "lab1", "7"], 0, "lab1 is target 7 now\n")
    files = [{"program": "hotdesk-server", "error": None, "changed": "name, pointer", "at_start": "port"},
             {"program": "hotdesk-input", "error": None, "changed": "", "at_start": ""}]
    check(tap, "reload", expect, {"reload": {"ok": True, "files": files}}, ["reload"], 0,
          "hotdesk-server: changed: name, pointer\nhotdesk-server: takes these when it is started again: port\n"
          "hotdesk-input: nothing has changed\n", request={"verb": "reload"})
    wrong = {**files[1], "error": "input.conf:7: leader: it is there twice, first in line 3"}
    check(tap, "reload with a file that is wrong", expect, {"reload": {"ok": True, "files": [files[0], wrong]}}, ["reload"], 1,
          has=["hotdesk-input keeps what it had: input.conf:7: leader: it is there twice", "changed: name"])
    check(tap, "view a name that is not there lists the names", expect, {"list": LIST}, ["view", "lab1", "lab9"], 1, "",
          "hotdesk: there is no target 'lab9'; there are: lab1, lab2-long-name\n")
    check(tap, "view when there are no targets", expect, {"list": EMPTY}, ["view", "lab1"], 1, "",
          "hotdesk: there is no target 'lab1'; there are: none yet\n")
    check(tap, "forget a name that is not there", expect, {"forget": nobody, "list": LIST}, ["forget", "lab9"], 1,
              has=["there is: lab1"])


@contextlib.contextmanager
def running(server, *words):
    process = subprocess.Popen([HOTDESK, "--socket", server.path, *words], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process, part):
    """What it printed up to and with the line that has `part`."""
    text = ""
    while part not in text:
        line = process.stdout.readline()
        if not line:
            raise Failed(f"{part!r} did not come: {text}{process.stderr.read()}")
        text += line
    return text


def pair_runs(answer, later, code, has, words=()):
    with served({"pair": answer}) as server, running(server, "pair", *words) as process:
        invitation = read_until(process, "Ctrl+C") if answer.get("ok") else ""
        for line in later:
            server.send(server.connections[0], line)
        out, err = process.communicate(timeout=BOUND_S)
        text = invitation + out + err
        for part in has:
            if part not in text:
                raise Failed(f"wanted {part!r} in {text}")
        if process.returncode != code:
            raise Failed(f"exit {process.returncode}: {text}")
        return server.requests[0]


def pair_checks(tap):
    check(tap, "pair shows code and command, then who came", lambda: pair_runs(
        PAIR, [{"event": "device"}, PAIRED], 0,
        ["\n    hotdesk-agent pair 192.0.2.1\n", f"\n    {CODE}\n", "good for 10 min", "2001:db8::5", "paired: lab3 (target 3)",
         "192.0.2.9", KEY, "hotdesk switch lab3"]) == {"verb": "pair"})
    check(tap, "pair --name sends the name", lambda: pair_runs(
        PAIR, [PAIRED], 0, [], ["--name", "lab3"]) == {"verb": "pair", "name": "lab3"})
    check(tap, "pair of a known key", pair_runs, PAIR, [{**PAIRED, "renewed": True}], 0, ["paired again: lab3"])
    check(tap, "pair with another port", pair_runs, {**PAIR, "port": 2000}, [PAIRED], 0,
              ["hotdesk-agent pair 192.0.2.1:2000\n", "[2001:db8::5]:2000"])
    check(tap, "pair where there is only IPv6", pair_runs, {**PAIR, "addresses": ["fe80::1", "2001:db8::5", "::1"]},
              [PAIRED], 0, ["hotdesk-agent pair 2001:db8::5\n"])
    check(tap, "pair without any address", pair_runs, {**PAIR, "addresses": []}, [PAIRED], 0, ["ADDRESS-OF-THIS-COMPUTER"])
    check(tap, "pair with a code that expires", pair_runs, PAIR, [{"event": "pairing-ended", "why": "expired"}], 1,
              ["not valid any more", "hotdesk pair"])
    check(tap, "pair that the server cancels", pair_runs, PAIR, [{"event": "pairing-ended", "why": "cancelled"}], 1,
              ["cancelled"])
    check(tap, "pair refused: three codes already", pair_runs, failure("busy", "three codes are waiting"), [], 1,
              ["three codes are waiting"])
    check(tap, "pair with a name that cannot be", expect, {"pair": PAIR}, ["pair", "--name", "Lab_3"], 2,
              has=["cannot be a target's name"])

    def interrupted(number):
        with served({"pair": PAIR}) as server, running(server, "pair") as process:
            read_until(process, "Ctrl+C")
            process.send_signal(number)
            _, err = process.communicate(timeout=BOUND_S)
            wait_for("the connection's end", lambda: server.gone == 1)
            return process.returncode == 1 and "taken back" in err

    check(tap, "pair: Ctrl+C takes the code back", interrupted, signal.SIGINT)
    check(tap, "pair: SIGTERM too", interrupted, signal.SIGTERM)

    def server_ends():
        with served({"pair": PAIR}) as server, running(server, "pair") as process:
            read_until(process, "Ctrl+C")
            server.connections[0].shutdown(socket.SHUT_RDWR)
            _, err = process.communicate(timeout=BOUND_S)
            return process.returncode == 3 and "closed the connection" in err

    check(tap, "pair: the server ends", server_ends)


def watch_checks(tap):
    def lines():
        first, second = {"event": "switched", "time": 1.25, "number": 1}, {"event": "target", "name": "a\u001b[2Jb"}
        with served({"watch": LIST}) as server, running(server, "watch") as process:
            wait_for("the request", lambda: server.requests)
            server.send(server.connections[0], first)
            seen = [json.loads(process.stdout.readline())]  # at once, though it is a pipe
            server.send(server.connections[0], second)
            seen.append(json.loads(process.stdout.readline()))
            server.connections[0].shutdown(socket.SHUT_RDWR)
            _, err = process.communicate(timeout=BOUND_S)
            return (seen == [first, {"event": "target", "name": "a?[2Jb"}] and process.returncode == 3
                    and "closed the connection" in err)

    check(tap, "watch prints one line an event, at once", lines)

    def counts():
        with served({"watch-devices": DEVICES}) as server, running(server, "devices", "--watch") as process:
            wait_for("the request", lambda: server.requests)
            table = [process.stdout.readline() for _ in DEVICES["devices"]]
            mouse = {"id": 9, "path": "/dev/input/event9", "name": "Some\u202emouse"}
            server.send(server.connections[0], {"event": "device", "taken": True, "why": "mouse", "gone": False, **mouse})
            server.send(server.connections[0], {"event": "counts", "keys": 7, "buttons": 0, "motion": 0, "wheel": 2,
                                                **mouse})
            server.send(server.connections[0], {"event": "device", "gone": True, **mouse})
            lines = [process.stdout.readline() for _ in range(3)]
            server.connections[0].shutdown(socket.SHUT_RDWR)
            _, err = process.communicate(timeout=BOUND_S)
            return (len(table) == 2 and process.returncode == 3 and "closed the connection" in err and
                    lines == ["event9  Some?mouse: taken (mouse)\n", "event9  Some?mouse:  keys 7  wheel 2\n",
                              "event9  Some?mouse: gone\n"])

    check(tap, "devices --watch counts", counts)


def error_checks(tap):
    def no_server(make):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "control")
            make(path)
            code, out, err = run(path, "list")
            return (code == 3 and out == "" and f"hotdesk-server is not running here (no answer at {path})" in err
                    and "start it with" in err)

    def leave_socket(path):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
            left.bind(path)

    check(tap, "no socket", no_server, lambda path: None)
    check(tap, "a socket that a killed server left", no_server, leave_socket)

    def own_directory():
        with tempfile.TemporaryDirectory() as directory:
            os.mkdir(os.path.join(directory, "hotdesk"), 0o700)
            server = FakeServer(os.path.join(directory, "hotdesk", "control"), {"list": EMPTY})
            try:
                env = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": directory,
                       "RUNTIME_DIRECTORY": os.path.join(directory, "hotdesk")}
                return run(None, "list", env=env)[0] == 0
            finally:
                server.close()

    check(tap, "without --socket the usual place is asked", own_directory)
    refusal = "'pair' needs the right 'own', which root and user hotdesk have"
    check(tap, "not allowed", expect, {"pair": failure("not-allowed", refusal)}, ["pair"], 4, "", has=[f"hotdesk: {refusal}\n"])
    check(tap, "an internal error of the server", expect, {"list": failure("internal", "out of memory")}, ["list"], 1,
              "", "hotdesk: out of memory\n")
    check(tap, "a server that closes", expect, {"list": "close"}, ["list"], 3, has=["closed the connection"])
    check(tap, "a server that sends no JSON", expect, {"list": b"HTTP/1.1 400 Bad Request\r\n"}, ["list"], 1,
              has=["is not hotdesk-server"])
    check(tap, "a server that sends something else", expect, {"list": b"[1, 2]\n"}, ["list"], 1,
              has=["is not hotdesk-server"])
    check(tap, "a line of four megabytes is read", expect, {"list": long_list(FOUR_MB)}, ["list"], 0, has=["lab1"])
    check(tap, "one that does not end there is not", expect, {"list": b"x" * FOUR_MB}, ["list"], 1,
          has=["is not hotdesk-server"])
    check(tap, "a server that is full says so before it is asked", full_server)

    def hang():
        start = time.monotonic()
        expect({"list": "hang"}, ["list"], 3, has=["does not answer"])
        return time.monotonic() - start > 4

    check(tap, "a server that hangs", hang)
    if os.geteuid() == 0:
        check(tap, "a socket that one may not open", forbidden_socket)
    else:
        tap.skip("a socket that one may not open", "needs root")


FOUR_MB = 4 << 20


def long_list(size_bytes):
    """An answer that is so long with the end of its line."""
    line = json.dumps(LIST).encode()
    return line[:-1] + b', "more": "' + b"x" * (size_bytes - len(line) - len(b', "more": ""}') ) + b'"}\n'


def full_server():
    """It answers and closes at accept, as hotdesk-server does at 64 clients."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "control")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen(1)

        def serve():
            connection = listener.accept()[0]
            connection.sendall(json.dumps(failure("busy", "too many clients are connected")).encode() + b"\n")
            connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        code, _, err = run(path, "list")
        thread.join()
        listener.close()
        return code == 1 and "too many clients" in err


def forbidden_socket():
    with served({"list": EMPTY}) as server:
        os.chmod(os.path.dirname(server.path), 0o755)
        os.chmod(server.path, 0o600)
        done = subprocess.run([HOTDESK, "--socket", server.path, "list"], user=65534, group=65534, extra_groups=[],
                              capture_output=True, timeout=BOUND_S, check=False)
        return done.returncode == 4 and b"root may (try it with sudo)\n" in done.stderr


def hostile_checks(tap):
    """Texts of a target or a device must not reach the terminal as they are."""
    evil = "a\u001b]0;x\u0007\u009b2J\u202eb\u2028c\u007f\n"
    bad = ("\u001b", "\u0007", "\u009b", "\u202e", "\u2028", "\u007f")
    target = {**FULL, "name": evil, "reason": evil, "address": evil, "fingerprint": evil, "injector": evil,
              "monitors": [{**FULL["monitors"][0], "name": evil}]}
    check(tap, "list of a target with control characters", expect, {"list": {**LIST, "targets": [target]}}, ["list"], 0,
              has=["a?]0;x??2J?b?c??"], lacks=bad)
    check(tap, "status of it", expect, {"status": {**STATUS, "targets": [target]}}, ["status"], 0, lacks=bad)
    check(tap, "status --json of it", expect, {"status": {**STATUS, "targets": [target]}}, ["status", "--json"], 0, lacks=bad)
    check(tap, "devices", expect, {"devices": {**DEVICES, "devices": [{**DEVICES["devices"][0], "name": evil}]}},
              ["devices"], 0, lacks=bad)
    check(tap, "a refusal", expect, {"switch": failure("not-ready", evil)}, ["switch", "x"], 1, lacks=bad)
    check(tap, "who paired", pair_runs, PAIR, [{**PAIRED, "address": evil}], 0, ["a?]0;x??2J?b"])
    check(tap, "letters of other languages stay, and columns hold", expect,
              {"devices": {**DEVICES, "devices": [{**DEVICES["devices"][0], "name": "Tästatur ⌨"}, DEVICES["devices"][1]]}},
              ["devices"], 0, has=["Tästatur ⌨  keyboard", "Lid Switch  has a"])


def usage_checks(tap):
    def usage(words, code, has, on_stderr):
        got, out, err = run(None, *words)
        told, quiet = (err, out) if on_stderr else (out, err)
        if got != code or quiet or any(part not in told for part in has):
            raise Failed(f"exit {got}\n{out}{err}")

    everything = ["list", "switch TARGET", "lock on|off", "scan SECONDS|off", "status", "watch", "pair [--name NAME]",
                  "add [OPTIONS] [USER@]HOST", "forget TARGET", "rename TARGET NAME", "order TARGET NUMBER", "reload",
                  "devices", "view [--wall] [NAME...]", "--socket",
                  "0 done, 1 refused or failed, 2 wrong usage, 3 no server, 4 not allowed"]
    check(tap, "--help", usage, ["--help"], 0, everything, False)
    check(tap, "-h", usage, ["-h"], 0, everything, False)
    check(tap, "help", usage, ["help"], 0, everything, False)
    check(tap, "no command", usage, [], 2, everything, True)
    check(tap, "--version", usage, ["--version"], 0, ["hotdesk "], False)
    for command in ("list", "switch", "lock", "scan", "osd", "status", "watch", "pair", "add", "forget", "rename", "order", "reload", "devices",
                    "view"):
        check(tap, f"help {command}", usage, ["help", command], 0, [f"usage: hotdesk {command}"], False)
        check(tap, f"{command} --help", usage, [command, "--help"], 0, [f"usage: hotdesk {command}"], False)
    for words in (["nonsense"], ["help", "nonsense"], ["--nonsense"], ["list", "--nonsense"], ["switch"],
                  ["switch", "a", "b"], ["list", "a"], ["watch", "--json"], ["list", "--watch"], ["devices", "--json", "--watch"],
                  ["list", "--name", "x"], ["pair", "x"],
                  ["pair", "-p", "22"], ["list", "--dry-run"], ["add"], ["add", "a", "b"], ["view"], ["view", "--wall", "a", "b"], ["list", "--wall"], ["view", "--json", "a"], ["pair", "--name"], ["forget"], ["rename"], ["rename", "a"],
                  ["rename", "a", "b", "c"], ["order", "a"], ["order", "a", "0"], ["order", "a", "1000"], ["order", "a", "b"], ["order", "a", ""], ["lock"], ["lock", "yes"], ["lock", "on", "off"], ["scan"], ["scan", "0"],
                  ["osd"], ["osd", "stats"], ["osd", "stats", "yes"], ["osd", "switch", "on"],
                  ["scan", "3601"], ["scan", "5s"], ["scan", "-1"], ["scan", ""], ["--socket"]):
        check(tap, "wrong usage: " + " ".join(words), usage, words, 2, ["hotdesk"], True)


def main():
    tap = Tap()
    for checks in (list_checks, status_checks, sent_checks, device_checks, action_checks, pair_checks, watch_checks, error_checks,
                   hostile_checks, usage_checks):
        checks(tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
