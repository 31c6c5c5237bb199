#!/usr/bin/python3
"""`hotdesk-agent join`, the far side of `hotdesk add`, with what a good console never sends: whatever ends it before it was
told to keep the pairing, and could say that it did, leaves nothing paired. With the real other side: tests/pair/test_add.py."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, Failed, Harness, Tap, read_text, wait_for  # noqa: E402

UID = 61007
KEY = "SHA256:11DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
CODE = "4HMA-SW9N-F6YY-093X"
NOT_UNDERSTOOD = "the console's order is not understood: is one of the two much older?"
# Orders that pair nothing: what is sent, and what it says of it (None: nothing, the console has gone).
ORDERS = [
    ("nothing", b"", None),
    ("a line without its end", b"pair " + KEY.encode() + b" 24810", None),
    ("an empty line", b"\n", NOT_UNDERSTOOD),
    ("another word", b"unpair a b c d\n", NOT_UNDERSTOOD),
    ("a word of a console to come", f"pair2 {KEY} 24810 - {CODE}\n".encode(), NOT_UNDERSTOOD),
    ("too few words", f"pair {KEY} 24810 {CODE}\n".encode(), NOT_UNDERSTOOD),
    ("keep, before anything is paired", b"keep\n", NOT_UNDERSTOOD),
    ("a key that is none", f"pair SHA256:x 24810 - {CODE}\n".encode(), NOT_UNDERSTOOD),
    ("port 0", f"pair {KEY} 0 - {CODE}\n".encode(), NOT_UNDERSTOOD),
    ("port 65536", f"pair {KEY} 65536 - {CODE}\n".encode(), NOT_UNDERSTOOD),
    ("a mistyped code", f"pair {KEY} 24810 - {CODE[:-1]}Y\n".encode(), NOT_UNDERSTOOD),
    ("no address of ssh", f"pair {KEY} 24810 - {CODE}\n".encode(), "ssh does not tell where it came from: give --address"),
    ("an address that is none", f"pair {KEY} 24810 a:b:c] {CODE}\n".encode(), "--address: that is no HOST[:PORT]"),
    ("bytes", bytes(range(1, 10)) + bytes(range(11, 256)) + b"\n", NOT_UNDERSTOOD),
    ("zeros", bytes(300) + b"\n", None),
    ("a line that is too long", f"pair {KEY} 24810 {'a' * 600} {CODE}\n".encode(), None),
    ("a megabyte", b"x" * (1 << 20), None),
    ("a code of letters that are none", f"pair {KEY} 24810 - {'é' * 8}\n".encode(), NOT_UNDERSTOOD),
]
SYSTEMCTL = "#!/bin/sh\ncase \"$*\" in *is-active*) exit 3 ;; esac\necho \"$*\" >>{}\n"


class Desk:
    """A server, and a computer whose user pairs with it."""

    def __init__(self, harness):
        self.harness = harness
        os.chmod(harness.directory, 0o755)
        self.console = harness.console()
        self.fingerprint = self.console.ask("status")["server"]["fingerprint"]
        self.bin, self.home = (os.path.join(harness.directory, name) for name in ("bin", "home"))
        for path in (self.bin, self.home):
            os.mkdir(path, 0o755)
            os.chmod(path, 0o755)
        self.program = shutil.copy(harness.program("hotdesk-agent"), self.bin)
        self.started = os.path.join(self.home, "systemctl")
        with open(os.path.join(self.bin, "systemctl"), "w", encoding="utf-8") as file:
            file.write(SYSTEMCTL.format(self.started))
        os.chmod(file.name, 0o755)
        self.before = []
        if os.geteuid() == 0:  # root's pairing is that of the system's agent
            os.chown(self.home, UID, UID)
            self.before = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]
        self.pin = os.path.join(self.home, ".local/state/hotdesk/agent/server.json")

    def start(self, stdout=subprocess.PIPE):
        environment = {**self.harness.environment(), "HOME": self.home, "PATH": self.bin + ":/usr/bin:/bin",
                       "LSAN_OPTIONS": ""}  # no file that this user may not read
        return subprocess.Popen([*self.before, self.program, "join"], stdin=subprocess.PIPE, stdout=stdout,
                                stderr=subprocess.PIPE, env=environment, cwd="/")

    def end(self, process, data=b""):
        """The rest that it said; its exit status must be one of its own."""
        try:
            out, errors = process.communicate(data, timeout=60 * FACTOR)
        except BrokenPipeError:
            process.wait()
            out, errors = process.stdout.read(), process.stderr.read()
        if process.returncode not in (0, 1) or re.search(b"Sanitizer|runtime error", errors):
            raise Failed(f"exit {process.returncode}: {errors[-3000:].decode()}")
        return [json.loads(line) for line in (out or b"").splitlines()]

    def code(self):
        """A valid one, and the connection that keeps it so."""
        control = self.console.connect()
        control.send("pair", name="lab")
        answer = control.read_line()
        if not answer["ok"]:
            raise Failed(answer)
        return control, answer["code"]

    def order(self, code, key=None):
        return f"pair {key or self.fingerprint} {self.console.port} 127.0.0.1 {code}\n".encode()

    def pair(self, process, control, code):
        """Until both sides have proved that they know the code."""
        greeting = json.loads(process.stdout.readline())
        process.stdin.write(self.order(code))
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
        if said != {"event": "paired", "name": "lab"} or greeting["problem"] is not None:
            raise Failed(f"{greeting} {said}")
        control.wait_event("paired", name="lab")
        control.close()

    def expect_nothing_kept(self):
        if os.path.exists(self.pin) or os.path.exists(self.started):
            raise Failed(read_text(self.pin) + read_text(self.started))

    def forget(self):
        if self.console.target("lab"):
            self.console.ask("forget", target="lab")


def wrong_order(desk, data, wanted):
    said = desk.end(desk.start(), data)
    if said[0]["problem"] is not None or said[0]["server"] is not None:
        raise Failed(said)
    if said[1:] != ([{"event": "failed", "error": wanted}] if wanted else []):
        raise Failed(said[1:])
    desk.expect_nothing_kept()


def nobody_listens(desk):
    """Its output is closed before it says who it is."""
    reader, writer = os.pipe()
    os.close(reader)
    process = desk.start(stdout=writer)
    os.close(writer)
    desk.end(process, f"pair {KEY} 24810 127.0.0.1 {CODE}\nkeep\n".encode())
    if process.returncode != 1:
        raise Failed("it went on")
    desk.expect_nothing_kept()


def not_told_to_keep(desk, data):
    """Both have proved the code; then comes something else than the word."""
    control, code = desk.code()
    process = desk.start()
    desk.pair(process, control, code)
    said = desk.end(process, data)
    if said or process.returncode != 1:
        raise Failed(f"exit {process.returncode}: {said}")
    desk.expect_nothing_kept()
    desk.forget()


def signalled(desk, number):
    """While it waits for the word."""
    control, code = desk.code()
    process = desk.start()
    desk.pair(process, control, code)
    process.send_signal(number)
    process.communicate(timeout=60 * FACTOR)
    desk.expect_nothing_kept()
    desk.forget()


def cannot_say_that_it_is_kept(desk):
    """Nobody reads any more when it has kept it: it takes it back, as the console does."""
    control, code = desk.code()
    process = desk.start()
    desk.pair(process, control, code)
    process.stdout.close()
    process.stdin.write(b"keep\n")
    process.stdin.close()
    wait_for("it to end", lambda: process.poll() is not None)
    errors = process.stderr.read()
    process.stderr.close()
    if process.returncode != 1 or b"Sanitizer" in errors:
        raise Failed(f"exit {process.returncode}: {errors.decode()}")
    desk.expect_nothing_kept()
    desk.forget()


def another_servers_key(desk):
    """Where the order leads another server answers than the one that ordered."""
    control, code = desk.code()
    said = desk.end(desk.start(), desk.order(code, KEY) + b"keep\n")
    if [line.get("event") for line in said[1:]] != ["failed"] or "its key is not the server's" not in said[1]["error"]:
        raise Failed(said)
    desk.expect_nothing_kept()
    if desk.console.target("lab"):
        raise Failed("the server has paired it")
    control.close()


def kept(desk):
    """After all that it can still be done well, and again."""
    for is_again in (False, True):
        control, code = desk.code()
        said = desk.end(desk.start(), desk.order(code) + b"keep\n")
        control.wait_event("paired", name="lab")
        control.close()
        if [line.get("event") for line in said[1:]] != ["paired", "kept", "service"] or bool(said[0]["server"]) != is_again:
            raise Failed(said)
        pin = json.loads(read_text(desk.pin))
        if pin["fingerprint"] != desk.fingerprint or os.stat(desk.pin).st_mode & 0o77:
            raise Failed(pin)


def a_failed_renewal_keeps_the_old(desk):
    before = read_text(desk.pin)
    for data in (b"", b"keep it\n"):
        control, code = desk.code()
        process = desk.start()
        greeting = json.loads(process.stdout.readline())
        process.stdin.write(desk.order(code))
        process.stdin.flush()
        process.stdout.readline()
        control.close()
        desk.end(process, data)
        if read_text(desk.pin) != before or not greeting["server"]:
            raise Failed(read_text(desk.pin))


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for name, data, wanted in ORDERS:
            tap.check(name, wrong_order, desk, data, wanted)
        tap.check("nobody listens", nobody_listens, desk)
        for data in (b"", b"keep", b"keep it\n", b"\0keep\n", b"x" * 5000 + b"\nkeep\n"):
            tap.check(f"{data[:12]!r} in place of the word to keep it", not_told_to_keep, desk, data)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            tap.check(f"{number.name} before it is kept", signalled, desk, number)
        tap.check("it cannot say that it is kept", cannot_say_that_it_is_kept, desk)
        tap.check("another server's key", another_servers_key, desk)
        tap.check("kept, and again", kept, desk)
        tap.check("a renewal that fails keeps the old one", a_failed_renewal_keeps_the_old, desk)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
