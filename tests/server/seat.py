"""A server whose seat's sessions a (fake) logind tells: who may do what, for test_rights.py, test_refusals.py and
test_second_uid.py."""

import contextlib
import os
import re
import socket
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "desktop")]
import frames  # noqa: E402
from bus import Bus  # noqa: E402
from harness import ControlSocket, Failed, Harness, Tap, read_text, wait_for  # noqa: E402

# Users and groups of these names are always there in Debian.
MEMBER, OWNER = "games", "backup"
ALICE, BOB, STRANGER = 12345, 12346, 12347
NONE, SEE, USE, OWN = range(4)
CLASSES = {"see": SEE, "use": USE, "own": OWN}
# One row for each verb: what changes nothing where it is allowed.
REQUESTS = {"list": {}, "status": {}, "devices": {}, "watch": {}, "switch": {"target": "local"}, "lock": {"on": False},
            "watch-devices": {}, "scan": {"seconds": 0}, "input": {}, "frames": {"target": "active"},
            "session": {"locked": False}, "figures": {}, "osd": {}, "send": {}, "type": {}, "switcher": {}, "monitor": {},
            "pair": {}, "forget": {"target": "nobody"}, "rename": {}, "order": {}, "reload": {}}


def uid_of(user):
    with open("/etc/passwd", encoding="utf-8") as file:
        return int(re.search(rf"^{user}:[^:]*:(\d+):", file.read(), re.MULTILINE).group(1))


def verbs_of_server():
    """[(name, class)] as its table has them; docs/control.md has the same (test_verbs.c)."""
    text = read_text(os.path.join(TESTS, "../server/net/verbs.c"))
    return [(name, CLASSES[word.lower()]) for name, word in re.findall(r'\{"([a-z-]+)", CONTROL_(SEE|USE|OWN),', text)]


class World:
    def __init__(self, harness):
        os.chmod(harness.directory, 0o755)
        self.bus = Bus(harness)
        self.logind = self.bus.start("fake_logind.py")
        self.record = os.path.join(harness.directory, "typed.txt")
        self.console = harness.console(env={"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address},
                                       conf=f"use-group = {MEMBER}\nown-group = {OWNER}\n")
        # The directories of a test are the test's alone; those of a system's server are open.
        path = os.path.dirname(self.console.socket_path)
        while path != harness.directory:
            os.chmod(path, 0o755)
            path = os.path.dirname(path)
        self.console.wait_log("logind tells of seat0")
        self.lab = harness.machine("lab", conf=f'injector = record\nrecord-file = "{self.record}"\nscreen = pattern\n')
        harness.pair(self.console, self.lab)
        harness.wait_ready(self.console, "lab")

    def connect(self, uid):
        """A connection of that user: the kernel notes who connects."""
        os.seteuid(uid)
        try:
            return ControlSocket(self.console.socket_path)
        finally:
            os.seteuid(0)

    def is_allowed(self, uid, verb):
        connection = self.connect(uid)
        connection.send(verb, **REQUESTS[verb])
        answer = connection.read_line()
        connection.close()
        return answer["ok"] or answer["code"] != "not-allowed"

    def right(self, uid):
        """The highest class that this user has."""
        return max([NONE] + [right for right, verb in ((SEE, "list"), (USE, "switch"), (OWN, "forget"))
                             if self.is_allowed(uid, verb)])

    def wait_right(self, uid, right):
        wait_for(f"uid {uid} to have right {right}", lambda: self.right(uid) == right)

    def seat_people(self):
        """Alice sits there and types; Bob's session is in the background."""
        self.logind.do(f"switch 2 {ALICE}")
        self.logind.do(f"login 3 {BOB}")
        for uid, right in ((ALICE, USE), (BOB, SEE)):
            self.wait_right(uid, right)

    def write_configuration(self, text):
        with open(self.console.config_file, "w", encoding="utf-8") as file:
            file.write(text)

    @contextlib.contextmanager
    def configured(self, change):
        """`change`: the file's text to another. It is the former again afterwards; the server is told neither time."""
        before = read_text(self.console.config_file)
        self.write_configuration(change(before))
        try:
            yield
        finally:
            self.write_configuration(before)

    @contextlib.contextmanager
    def without(self, line):
        """The server has read a configuration without this line; afterwards with it."""
        try:
            with self.configured(lambda text: text.replace(line + "\n", "")):
                self.console.ask("reload")
                yield
        finally:
            self.console.ask("reload")

    def typed(self):
        with open(self.record, encoding="utf-8") as file:
            return re.findall(r" key (\d+) ([01])", file.read())


class Follower:
    """Of lab's picture: which file it was given last."""

    def __init__(self, control):
        self.control = control
        control.send("frames", target="lab")
        if not control.read_line()["ok"]:
            raise Failed("it may not look")
        self.buffer, self.files, self.is_closed = control.buffer, [], False
        control.socket.settimeout(0)

    def take(self):
        """What has come; the number of files that it was given."""
        try:
            some, fds, _, _ = socket.recv_fds(self.control.socket, frames.MESSAGE_BYTES, 1)
        except BlockingIOError:
            return len(self.files)
        self.is_closed = not some
        for fd in fds:
            self.files.append(os.fstat(fd).st_ino)
            os.close(fd)
        return len(self.files)

    def closed(self):
        self.take()
        return self.is_closed


def try_all(what, checks):
    """A test's main: rows of name, check and its further arguments; each is given a world that has Alice and Bob."""
    tap = Tap()
    if os.geteuid() != 0:
        tap.skip(what, "only root can be several users")
        return tap.end()
    with Harness() as harness:
        world = World(harness)
        world.seat_people()
        for name, check, *more in checks:
            if not tap.check(name, check, world, *more):
                print("# " + world.console.log()[-2500:].replace("\n", "\n# "), flush=True)
    return tap.end()


def named(*checks):
    """Rows of try_all, by the functions' names."""
    return [(check.__name__.replace("_", " "), check) for check in checks]
