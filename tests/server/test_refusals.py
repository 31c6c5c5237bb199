#!/usr/bin/python3
"""Another user's programs, at the server's control socket and at an agent's files: what is refused, in which words, and
that nothing came of it. Processes of those users (setpriv), and verbs by the server's own table: a verb without a row fails.

What each user may do, and when that changes: test_rights.py.
"""

import json
import os
import shutil
import subprocess
import sys

from seat import (ALICE, BOB, MEMBER, NONE, OWN, OWNER, SEE, STRANGER, USE, named, try_all, uid_of, verbs_of_server)
from harness import FACTOR, Failed, read_text, wait_for
from link import Link

KEY_A = 30
A_MINUTE = 20  # refusals that are logged
# What would be seen if it were carried out.
VERBS = {"list": {}, "status": {}, "devices": {}, "watch": {}, "switch": {"target": "lab"}, "lock": {"on": True}, "switcher": {},
         "watch-devices": {}, "scan": {"seconds": 5}, "input": {}, "frames": {"target": "lab"},
         "figures": {"target": "lab"}, "osd": {"stats": True},
         "send": {"target": "lab", "keys": [30]}, "type": {"target": "lab", "text": "a"},
         "monitor": {"target": "lab", "monitor": "all"},
         "session": {"locked": True, "why": "x"}, "pair": {"name": "attic"}, "forget": {"target": "lab"},
         "rename": {"target": "lab", "name": "attic"}, "order": {"target": "lab", "number": 7}, "reload": {}}
NAMES = {SEE: "see", USE: "use", OWN: "own"}
WHO = {SEE: f"root, members of group {MEMBER} and users with a session here",
       USE: f"root, members of group {MEMBER} and the active session's user", OWN: f"root and members of group {OWNER}"}
# Of the program `hotdesk`: its words, and the verb that is refused first.
COMMANDS = {"list": ([], "list"), "switch": (["lab"], "switch"), "lock": (["on"], "lock"), "switcher": ([], "switcher"), "scan": (["5"], "scan"),
            "osd": (["stats", "on"], "osd"),
            "send": (["lab", "a"], "send"), "type": (["lab"], "type"), "wait": (["lab", "--still", "1"], "frames"),
            "status": ([], "status"), "screenshot": (["lab", "picture.png"], "frames"), "watch": ([], "watch"),
            "monitor": (["lab"], "monitor"),
            "add": (["lab3.invalid"], "status"), "pair": ([], "pair"), "forget": (["lab"], "forget"),
            "rename": (["lab", "attic"], "rename"), "order": (["lab", "7"], "order"), "reload": ([], "reload"),
            "devices": ([], "devices"), "vnc": ([], "status")}
NOT_OF_THE_SOCKET = {"view", "help"}  # the former starts hotdesk-viewer
FOR_OTHERS = {"LSAN_OPTIONS": ""}  # no file that they may not read
VOLATILE = ("since_s", "round_trip_us", "latency_p50_us", "latency_p99_us", "congested", "at_us", "key_waits_us")

# Asks all on one connection; says the answers, then, when told to, what else has come.
VISITOR = """
import json, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(30)
connection.connect(sys.argv[1])
lines = connection.makefile("r", encoding="utf-8", newline="\\n")
for request in json.loads(sys.stdin.readline()):
    connection.sendall(json.dumps(request).encode() + b"\\n")
    print(lines.readline(), end="", flush=True)
sys.stdin.readline()
connection.sendall(b'{"verb": "nonsense"}\\n')
print(lines.readline(), end="", flush=True)
"""


def as_user(uid, *argv):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *argv]


class Visitor:
    def __init__(self, world, uid, requests):
        self.process = subprocess.Popen(as_user(uid, "/usr/bin/python3", "-I", "-c", VISITOR, world.console.socket_path),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
        self.process.stdin.write(json.dumps(requests) + "\n")
        self.process.stdin.flush()
        self.answers = [json.loads(self.process.stdout.readline()) for _ in requests]

    def what_else_came(self):
        """Before the answer to one more, and wrong, request."""
        left = self.process.communicate("\n", timeout=30 * FACTOR)[0]
        return [line for line in map(json.loads, left.splitlines()) if line.get("code") != "bad-request"]


def without(told, keys):
    if isinstance(told, dict):
        return {key: without(value, keys) for key, value in told.items() if key not in keys}
    return [without(value, keys) for value in told] if isinstance(told, list) else told


def files_below(directory):
    return {os.path.join(folder, name): read_text(os.path.join(folder, name))
            for folder, _, names in os.walk(directory) for name in names}


def state(world):
    """All that a verb could have changed."""
    return {"status": without(world.console.ask("status"), VOLATILE), "kept": files_below(world.console.state_dir),
            "typed": read_text(world.record), "children": world.console.children(),
            "log": [line for line in world.console.log().splitlines() if "event=" in line and "event=refused" not in line]}


def expect_same(before, after):
    for key, was in before.items():
        if after[key] != was:
            raise Failed(f"{key} was {was}, is {after[key]}")


def refused_words(verb, needed):
    return f"'{verb}' needs the right '{NAMES[needed]}', which {WHO[needed]} have"


def every_verb_has_a_row(_):
    verbs = {verb for verb, _ in verbs_of_server()}
    if set(VERBS) != verbs or len(verbs) < 16:
        raise Failed(f"without a row, or without a verb: {set(VERBS) ^ verbs}")


def nothing_comes_of_a_refusal(world, uid, right):
    """All verbs above this right, each so that it would be seen; nor is anything heard on that connection later."""
    verbs = [(verb, needed) for verb, needed in verbs_of_server() if needed > right]
    with world.configured(lambda text: text + 'name = "changed"\n'):
        before, watch = state(world), world.console.watch()
        visitor = Visitor(world, uid, [{"verb": verb, **VERBS[verb]} for verb, _ in verbs])
        expect_same(before, state(world))
    for (verb, needed), answer in zip(verbs, visitor.answers):
        if answer != {"ok": False, "code": "not-allowed", "error": refused_words(verb, needed)}:
            raise Failed(f"{verb}: {answer}")
    # Something that every watcher hears of, and nothing before it.
    for name, old in (("attic", "lab"), ("lab", "attic")):
        world.console.ask("rename", target=old, name=name)
    first = watch.read_line()
    watch.close()
    if first.get("event") != "renamed":
        raise Failed(f"an event came of it: {first}")
    if left := visitor.what_else_came():
        raise Failed(f"it heard {left}")
    if world.console.children("hotdesk-decode"):
        raise Failed("somebody looks")


def a_refusal_tells_of_no_target(world):
    """Whether one exists, and whether a request is right, is not told to who may not ask."""
    fields = ({"target": "lab"}, {"target": "nobody"}, {"target": 1}, {"target": [1]}, {})
    verbs = ("switch", "frames", "monitor", "forget", "rename", "order")
    visitor = Visitor(world, STRANGER, [{"verb": verb, **more} for verb in verbs for more in fields])
    visitor.what_else_came()
    for verb, told in zip(verbs, zip(*[iter(visitor.answers)] * len(fields))):
        if any(answer != told[0] for answer in told) or told[0]["code"] != "not-allowed":
            raise Failed(f"{verb}: {told}")


def the_program_says_why(world):
    """`hotdesk COMMAND` of a stranger: exit code 4, the words, and nothing on standard output."""
    folder = os.path.join(world.console.harness.directory, "bin")
    os.mkdir(folder, 0o755)
    os.chmod(folder, 0o755)
    program = shutil.copy(world.console.harness.program("hotdesk"), folder)
    commands = {line.split()[0] for line in world.console.command("--help").split("Commands:")[1].splitlines()
                if line.startswith("  ") and line[2].isalpha()}
    if commands - NOT_OF_THE_SOCKET != set(COMMANDS):
        raise Failed(f"without a row, or without a command: {commands ^ set(COMMANDS)}")
    needed, before = dict(verbs_of_server()), state(world)
    for command, (words, verb) in COMMANDS.items():
        done = subprocess.run(as_user(STRANGER, program, "--socket", world.console.socket_path, command, *words),
                              capture_output=True, text=True, cwd="/", check=False, timeout=30 * FACTOR,
                              input="a", env=world.console.harness.environment(FOR_OTHERS))
        if done.returncode != 4 or done.stdout or refused_words(verb, needed[verb]) not in done.stderr:
            raise Failed(f"{command}: exit {done.returncode}: {done.stdout!r} {done.stderr!r}")
    expect_same(before, state(world))


def who_leaves_the_group_is_cut(world):
    """The configuration is read again, without the group: what its member does ends, his key goes up."""
    uid = uid_of(MEMBER)
    window, watcher = Link(world.console, world.connect(uid)), world.connect(uid)
    watcher.send("watch")
    watcher.read_line()
    world.console.ask("switch", target="lab")
    window.wait_grabbed()
    window.key(KEY_A, True)
    wait_for("the key on the target", lambda: (str(KEY_A), "1") in world.typed())
    with world.without(f"use-group = {MEMBER}"):
        wait_for("the window's connection to end", window.is_closed)
        wait_for("the key to be lifted", lambda: world.typed()[-1] == (str(KEY_A), "0"))
        wait_for("the watcher's connection to end", lambda: watcher.socket.recv(65536) == b"")
        watcher.close()
        if world.console.active_name() != "local" or world.right(uid) != NONE:
            raise Failed("he still has it")
    world.wait_right(uid, USE)


def refusals_fill_no_log(world):
    """A server that has refused nobody yet; each refusal is another one than that before."""
    world.console.process.stop()
    world.console.start()
    world.console.harness.wait_ready(world.console, "lab")
    visitor = Visitor(world, STRANGER, [{"verb": verb} for _ in range(A_MINUTE) for verb in ("list", "reload")])
    visitor.what_else_came()
    if any(answer["code"] != "not-allowed" for answer in visitor.answers):
        raise Failed(f"not all are refused: {visitor.answers}")
    lines = world.console.log().count("event=refused")
    if lines != A_MINUTE:
        raise Failed(f"{lines} lines of {len(visitor.answers)} refusals")


def an_agents_files_are_its_users(world):
    """Its commands by another uid, told where the agent's files are: nothing is read, and it goes on."""
    agent = shutil.copy(world.console.harness.program("hotdesk-agent"), os.path.join(world.console.harness.directory, "bin"))
    state_dir = os.path.join(world.lab.state_dir, "agent")
    before = files_below(state_dir)
    # Whatever the directories above are, the agent's own is closed.
    path = world.lab.state_dir
    while path != world.console.harness.directory:
        os.chmod(path, 0o755)
        path = os.path.dirname(path)
    environment = world.console.harness.environment({**world.lab.environment, **FOR_OTHERS, "CONFIGURATION_DIRECTORY": "/nonexistent"})
    for words in (["status"], ["forget"], ["pair", "--exit", "127.0.0.1:9"], []):
        done = subprocess.run(as_user(STRANGER, agent, *words), capture_output=True, text=True, cwd="/", check=False,
                              timeout=30 * FACTOR, input="4HMA-SW9N-F6YY-093X\n", env=environment)
        if done.returncode != 1 or done.stdout or "Permission denied" not in done.stderr:
            raise Failed(f"{words}: exit {done.returncode}: {done.stdout!r} {done.stderr!r}")
    if files_below(state_dir) != before or world.console.target("lab")["state"] != "ready":
        raise Failed("something changed")


def main():
    people = (("a stranger", STRANGER, NONE), ("who is in the background", BOB, SEE), ("who sits there", ALICE, USE),
              ("a member of use-group", uid_of(MEMBER), USE))
    checks = named(every_verb_has_a_row)
    checks += [(f"{name}: nothing comes of a refusal (Deskflow CVE-2026-41477)", nothing_comes_of_a_refusal, uid, right)
               for name, uid, right in people]
    checks += named(a_refusal_tells_of_no_target, the_program_says_why, who_leaves_the_group_is_cut,
                    an_agents_files_are_its_users, refusals_fill_no_log)
    return try_all("verbs of other users", checks)


if __name__ == "__main__":
    sys.exit(main())
