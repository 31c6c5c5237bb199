"""`hotdesk add` against a server and an ssh that are scripts: what ssh is given, and each step that fails.

With a real sshd and real programs: tests/pair/test_add.py.
"""

import json
import os
import signal
import subprocess
import sys

import test_cli
from test_cli import BOUND_S, CODE, EMPTY, HOTDESK, KEY, LAB1, PAIR, PAIRED, SERVER, FakeServer, failure, tempfile
from harness import Failed, Tap, read_text, wait_for

OTHER_KEY = "SHA256:11DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
STATUS = {**EMPTY, "server": {**SERVER, "fingerprint": OTHER_KEY}, "sources": []}
GREETING = {"hotdesk-agent": "0.1.0", "versions": [1, 2], "user": "ann", "address": "192.0.2.1", "fingerprint": KEY,
            "server": None, "problem": None}
SAID = [GREETING, {"event": "paired", "name": "lab3"}, {"event": "kept"},
        {"event": "service", "runs": True, "text": "it is started"}]
READY = {**EMPTY, "targets": [{**LAB1, "number": 3, "name": "lab3", "active": False}]}
ENLISTED = {**STATUS, "targets": [{**LAB1, "number": 3, "name": "lab3", "fingerprint": KEY}]}
FIRST = ["-T", "-o", "RemoteCommand=none", "-o", "ClearAllForwardings=yes"]
COMMAND = "exec hotdesk-agent join"

# Says its lines; after who it is and after `paired` it waits for an order.
SSH = """#!/bin/sh
for word; do printf '%s\\n' "$word"; done >{0}/argv
[ ! -e {0}/errors ] || cat {0}/errors >&2
while read -r line <&3; do
    printf '%s\\n' "$line"
    case $line in *'"hotdesk-agent"'* | *'"paired"'*) read -r order && printf '%s\\n' "$order" >>{0}/orders ;; esac
done 3<{0}/said
exit {1}
"""


class Desk:
    """A server, an ssh, and `hotdesk add` between them."""

    def __init__(self, said, answers, code):
        self.folder = tempfile.TemporaryDirectory(prefix="hotdesk-add-")
        self.directory = self.folder.name
        self.write("said", "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in said))
        self.write("ssh", SSH.format(self.directory, code))
        os.chmod(self.path("ssh"), 0o755)
        looks = iter([STATUS])
        base = {"status": lambda: next(looks, ENLISTED), "pair": [PAIR, PAIRED], "list": READY,
                "forget": {"ok": True, "name": "lab3"}}
        self.server = FakeServer(self.path("control"), {**base, **answers})

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, *words, search=None):
        environment = {**os.environ, "PATH": search or self.directory + ":/usr/bin:/bin"}
        environment.pop("SUDO_UID", None)
        return subprocess.Popen([HOTDESK, "--socket", self.path("control"), "add", *words], env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def verbs(self):
        return [request["verb"] for request in self.server.requests]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.server.close()
        self.folder.cleanup()


def add(words=("ann@lab3",), code=0, has=(), argv=None, orders=None, verbs=None, said=SAID, ssh_code=0, search=None,
        errors=None, **answers):
    with Desk(said, answers, ssh_code) as desk:
        if errors:
            desk.write("errors", errors)
        process = desk.start(*words, search=search)
        text = process.communicate(timeout=BOUND_S)[0]
        told = f"exit {process.returncode}: {text}"
        if process.returncode != code:
            raise Failed(f"wanted exit {code}: {told}")
        for part in has:
            if part not in text:
                raise Failed(f"wanted {part!r} in {told}")
        for name, wanted in (("argv", argv), ("orders", orders)):
            got = read_text(desk.path(name)).splitlines()
            if wanted is not None and got != wanted:
                raise Failed(f"{name}: wanted {wanted}, got {got}: {told}")
        if verbs is not None and desk.verbs() != verbs:
            raise Failed(f"wanted {verbs}, got {desk.verbs()}: {told}")
        if "\x1b" in text or CODE in text:
            raise Failed(told)


def check(tap, name, **more):
    tap.check(name, lambda: add(**more))


def way_checks(tap):
    """What ssh and the agent are told."""
    check(tap, "it goes well", has=["lab3: hotdesk-agent 0.1.0, user ann\n", f"paired: lab3 (target 3), key {KEY}\n",
                                    "lab3: it is started\n", "lab3 is connected and ready\n", "press Scroll Lock twice", "then 3 to"],
          argv=[*FIRST, "--", "ann@lab3", COMMAND], orders=[f"pair {OTHER_KEY} 24810 - {CODE}", "keep"],
          verbs=["status", "pair", "list"])
    check(tap, "-p and --name", words=["-p", "2222", "--name", "lab3", "[2001:db8::7]"],
          argv=[*FIRST, "-p", "2222", "--", "2001:db8::7", COMMAND])
    check(tap, "--address", words=["--address", "desk.example:99", "lab3"],
          orders=[f"pair {OTHER_KEY} 24810 desk.example:99 {CODE}", "keep"])
    check(tap, "--dry-run", words=["--dry-run", "lab3"], orders=[], verbs=["status"],
          has=["would pair it, told to connect to 192.0.2.1 port 24810\nnothing was changed\n"])
    check(tap, "what a login says first is passed over", said=["Welcome!", "{not json", "[1]", '{"a": 1}', *SAID])
    check(tap, "also without a line's end", said=["\x1b]0;{lab3}\x07" + json.dumps(GREETING), *SAID[1:]],
          has=["paired: lab3 (target 3)"])
    check(tap, "connected, and not ready", list={**READY, "targets": [{**READY["targets"][0], "state": "connecting",
                                                                       "reason": "no right"}]},
          has=["lab3 is connected, and not ready: no right"])
    check(tap, "known already", status=ENLISTED, has=["paired already, as lab3: it is paired anew", "paired again: lab3"])


ODD = ("", "-oProxyCommand=touch x", "-l", "ann@-x", "a b", "lab3;id", "$(id)", "`id`@lab3", "a'b@c", 'a"b@c', "a\nb",
       "ann@", "@lab3", "lab3:22", "ssh://lab3", "lab\\3", "a|b", "\x1b[31m", "lab\x80;x")


def refused_checks(tap):
    """What never starts an ssh."""
    for word in ODD:
        check(tap, f"refused: {word!r}".replace("#", "-"), words=["--", word], code=2, argv=[], verbs=[])
    for words in (["-p", "0", "lab3"], ["-p", "-1", "lab3"], ["-p", "22 -x", "lab3"], ["--address", "-x", "lab3"],
                  ["--address", "a b", "lab3"], ["--address", "", "lab3"], ["--name", "Lab_3", "lab3"]):
        check(tap, "refused: " + " ".join(words), words=words, code=2, argv=[], verbs=[])
    check(tap, "no right to pair", pair=failure("not-allowed", "'pair' needs the right 'own'"), code=4, argv=[],
          has=["needs the right 'own'"])
    check(tap, "three codes already", pair=failure("busy", "3 codes are valid already"), code=1, argv=[])
    check(tap, "no server", words=["--socket", "/nonexistent/control", "lab3"], code=3, argv=[], verbs=[])
    check(tap, "no ssh", search="/nonexistent", code=1, has=["there is no ssh here: install openssh-client",
                                                             "nothing is paired"])


def failure_checks(tap):
    """Each step; whom the server has let in by then is forgotten again."""
    undone = ["status", "pair", "status", "forget"]
    check(tap, "ssh fails", said=[], ssh_code=255, code=1, verbs=["status", "pair"],
          has=["ssh could not do it", "try 'ssh ann@lab3' by hand", "nothing is paired"])
    for number, words in ((127, "there is no hotdesk-agent"), (126, "there is no hotdesk-agent"), (2, "is too old"),
                          (1, "did not answer as hotdesk-agent does (exit status 1)")):
        check(tap, f"exit status {number}", said=[], ssh_code=number, code=1, has=[words, "nothing is paired"])
    check(tap, "ssh is killed", said=[], ssh_code="$(kill -9 $$)", code=1, has=["the ssh to lab3 was killed", "nothing is paired"])
    check(tap, "another protocol", said=[{**GREETING, "versions": [7, 8]}], code=1, has=["have no protocol in common"])
    check(tap, "no versions", said=[{**GREETING, "versions": None}], code=1, has=["have no protocol in common"])
    check(tap, "a problem there", said=[{**GREETING, "problem": "cannot\x1b"}], code=1, has=["lab3: cannot?"], orders=[])
    check(tap, "the agent does not reach the server", code=1, has=["no answer", "told to connect to 192.0.2.1 port 24810",
                                                                   "2001:db8::5", "--address", "nothing is paired"],
          said=[GREETING, {"event": "failed", "error": "no answer"}], verbs=undone)
    stranger = {**ENLISTED, "targets": [{**ENLISTED["targets"][0], "fingerprint": OTHER_KEY}]}
    looks = iter([STATUS])
    check(tap, "another computer came", status=lambda: next(looks, stranger), pair=[PAIR, {**PAIRED, "fingerprint": OTHER_KEY}], code=1,
          has=["another computer came with the code"], orders=[f"pair {OTHER_KEY} 24810 - {CODE}"], verbs=undone)
    check(tap, "the code has expired", pair=[PAIR, *[{"event": "pairing-ended", "why": "expired"}] * 16], code=1,
          has=["nothing is paired"], verbs=undone)
    check(tap, "the agent cannot keep it", said=[*SAID[:2], {"event": "failed", "error": "disk full"}], code=1,
          has=["lab3: disk full", "nothing is paired"], verbs=undone)
    check(tap, "it ends before it has kept it", said=SAID[:2], code=1, has=["ended in the middle", "nothing is paired"],
          verbs=undone)
    check(tap, "a known target is not forgotten", said=SAID[:2], status=ENLISTED, code=1, verbs=["status", "pair"],
          has=["stays as it was"])
    check(tap, "it ends after it has kept it", said=SAID[:3], code=1, has=["lab3 stays paired", "'hotdesk forget lab3'"],
          verbs=["status", "pair"])
    check(tap, "no service", said=[*SAID[:3], {"event": "service", "runs": False, "text": "start it"}], code=1,
          has=["lab3: start it", "stays paired"])
    check(tap, "errors of the other side are shown, and clean", code=1, said=[], ssh_code=1,
          errors="red \x1b[31m\r\nC1 \u009b2J\nno end \u202e", has=["red ?[31m\nC1 ?2J\nno end ?\n"])
    check(tap, "a long line of errors", code=1, said=[], ssh_code=1, errors="x" * 9000, has=["x" * 4000 + "x"])
    check(tap, "by hand at its port", words=["-p", "2222", "ann@lab3"], said=[], ssh_code=255, code=1,
          has=["try 'ssh -p 2222 ann@lab3' by hand"])
    check(tap, "the last that a login said, clean", said=["first", "not\x1b available\r", " "], ssh_code=1, code=1,
          has=["the last that lab3 said: not? available\n", "(exit status 1)", "nothing is paired"])
    for name, line in (("words", "x" * 3000), ("objects", json.dumps({"x": "y" * 3000}))):
        check(tap, f"endless noise of {name}", said=[line] * 40, code=1, has=["is not hotdesk-agent", "nothing is paired"])


def interrupted(number):
    """While ssh waits, for a password say: the code is given back, and ssh does not stay."""
    with Desk([], {}, 0) as desk:
        desk.write("ssh", f"#!/bin/sh\necho $$ >{desk.directory}/pid\nexec sleep 60\n")
        process = desk.start("lab3")
        wait_for("ssh", lambda: read_text(desk.path("pid")).endswith("\n"))
        process.send_signal(number)
        text = process.communicate(timeout=BOUND_S)[0]
        wait_for("the connections' end", lambda: desk.server.gone == 2)
        if process.returncode != 1 or "interrupted" not in text or desk.verbs() != ["status", "pair"]:
            raise Failed(f"exit {process.returncode}: {text} {desk.verbs()}")
        if os.path.exists("/proc/" + read_text(desk.path("pid")).strip()):
            raise Failed("its ssh is still there")


def main():
    tap = Tap()
    way_checks(tap)
    refused_checks(tap)
    failure_checks(tap)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        tap.check(f"{number.name} takes it back", interrupted, number)
    return tap.end()


if __name__ == "__main__":
    assert test_cli.HOTDESK
    sys.exit(main())
