"""A server whose seat's sessions a (fake) logind tells: who may do what, for test_rights.py and test_refusals.py."""

import os
import re
import socket
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "desktop")]
import frames  # noqa: E402
from bus import Bus  # noqa: E402
from harness import ControlSocket, Failed, read_text, wait_for  # noqa: E402

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
