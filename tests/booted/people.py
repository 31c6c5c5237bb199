"""Who is in the container: desktops of its users as a display manager starts them, and connections to the control socket as
one of them."""

import os
import shutil
import subprocess
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "desktop")]
from harness import CODE, ControlSocket, Failed, KeyLog, wait_for  # noqa: E402

CONTROL_DIRECTORY = "/run/hotdesk"
SCRIPT = """#!/bin/sh
# X, what the user's services must know of it, and the target that they belong to.
DISPLAY=$1
export DISPLAY
Xvfb "$DISPLAY" -screen 0 800x600x24 -nolisten tcp -noreset &
until xdpyinfo >/dev/null 2>&1; do sleep 0.1; done
systemctl --user import-environment DISPLAY XDG_SESSION_TYPE
systemctl --user start desktop.target
wait
"""
TARGET = "[Unit]\nBindsTo=graphical-session.target\nAfter=graphical-session.target\n"


def prepare(container):
    container.write("opt/desktop", SCRIPT, 0o755)
    container.write("opt/ssh/ssh", SSH, 0o755)
    # Here, since the checkout may be in a home, which is not for everybody.
    for path in (os.path.join(TESTS, "booted/probe.py"), container.harness.tool("xkeylog")):
        shutil.copy(path, os.path.join(container.root, "opt"))
    # For probe.py: what file rights alone would let anybody do.
    os.mkdir(os.path.join(container.root, "opt/open"))
    os.chmod(os.path.join(container.root, "opt/open"), 0o777)
    os.chmod(os.path.join(container.root, "home/alice"), 0o755)
    container.write("home/alice/open", "")
    container.write("etc/systemd/user/desktop.target", TARGET)


# In the place of ssh: what hotdesk's own does between two computers, `ssh ... -- USER@HOST COMMAND` does here.
SSH = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
user=${2%@*}
export SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22"
[ "$user" = root ] || exec setpriv --reuid "$user" --regid "$user" --init-groups \\
    env --unset=XDG_RUNTIME_DIR HOME="/home/$user" sh -c "$3"
exec sh -c "$3"
"""


class Desktop:
    """A user's session on the seat, with an X server; the seat's active one from its start on."""

    def __init__(self, container, user, display):
        self.container, self.harness, self.user, self.display = container, container.harness, user, display
        self.session = None

    def start(self):
        self.container.run("systemd-run", "--quiet", f"--unit=desktop-{self.user}", "--property=PAMName=desktop",
                           f"--property=User={self.user}", "--setenv=XDG_SEAT=seat0", "--setenv=XDG_SESSION_TYPE=x11",
                           "--setenv=XDG_SESSION_CLASS=user", "/opt/desktop", self.display)
        self.session = wait_for(f"a session of {self.user}", self._find_session, 30)
        wait_for("the graphical session", lambda: self.state("graphical-session.target") == "active", 30)

    def _find_session(self):
        for line in self.container.run("loginctl", "list-sessions", "--no-legend").splitlines():
            fields = line.split()
            if fields[2] == self.user:
                return fields[0]
        return None

    def state(self, unit):
        """Of one of the user's own units; "" while there is no manager yet."""
        done = self.container.try_run("systemctl", "--user", "is-active", unit, user=self.user)
        return done.stdout.strip()

    def systemctl(self, *arguments):
        return self.container.run("systemctl", "--user", *arguments, user=self.user)

    def start_program(self, name, *argv, **more):
        return self.container.start(name, *argv, user=self.user, display=self.display, **more)

    def run(self, *argv):
        return self.container.run(*argv, user=self.user)

    def activate(self):
        self.container.run("loginctl", "activate", self.session)

    def lock(self, on=True):
        self.container.run("loginctl", "lock-session" if on else "unlock-session", self.session)

    def keylog(self):
        return KeyLog(Screen(self))


class Screen:
    """What KeyLog wants of a display."""

    def __init__(self, desktop):
        self.desktop, self.harness = desktop, self

    @staticmethod
    def tool(name):
        return "/opt/" + name

    def start(self, name, argv):
        return self.desktop.start_program(name, *argv)


class Person:
    """Somebody who asks hotdesk-server; root without a name."""

    def __init__(self, container, user=None):
        self.container, self.user = container, user
        self.uid = container.users[user] if user else 0

    def connect(self):
        """The kernel notes who connects, and looks for the socket from where we are."""
        before = os.getcwd()
        os.chdir(self.container.inside(CONTROL_DIRECTORY))
        os.seteuid(self.uid)
        try:
            return ControlSocket("control")
        finally:
            os.seteuid(0)
            os.chdir(before)

    def ask(self, verb, **fields):
        connection = self.connect()
        connection.send(verb, **fields)
        answer = connection.read_line()
        connection.close()
        return answer

    def is_allowed(self, verb, **fields):
        answer = self.ask(verb, **fields)
        return answer["ok"] or answer["code"] != "not-allowed"

    def active(self):
        return next((target["name"] for target in self.ask("list")["targets"] if target["active"]), "local")

    def wait_active(self, name, bound_s=10):
        wait_for(f"{name} to be active", lambda: self.active() == name, bound_s)

    def wait_ready(self, name, bound_s=20):
        def ready():
            return any(target["name"] == name and target["state"] == "ready" for target in self.ask("list")["targets"])
        wait_for(f"{name} to be ready", ready, bound_s)


def pair(container, desktop):
    """As people do: root asks for a code, the desktop's user types it."""
    asking = container.start("hotdesk-pair", "hotdesk", "pair", "--name", desktop.user)

    def code():
        if not asking.is_running():
            raise Failed("hotdesk pair: " + asking.text())
        return CODE.search(asking.text())
    found = wait_for("a code", code)
    taking = desktop.start_program("hotdesk-agent", "hotdesk-agent", "pair", "127.0.0.1", "--exit", stdin=subprocess.PIPE)
    taking.write(found[0] + "\n")
    if taking.wait(20) or asking.wait(20):
        raise Failed(taking.text() + asking.text())
