"""A console and a target that `hotdesk add` is tried on: hosts of a network of their own, each with its own users, an
sshd on one of them.

Both are namespaces of this machine. What ssh and sshd know of users (/etc/passwd) and keep in home directories is in the
test's directory. Where the target's systemctl would start the agent, a script does.
"""

import contextlib
import glob
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time

from world import TESTS_DIR  # noqa: F401  (its place first in the path)
from harness import FACTOR, Failed, Tap, read_text, wait_for
from network import Network

CONSOLE, TARGET, CONSOLE_6, TARGET_6 = "10.78.0.1", "10.78.0.2", "fd78::1", "fd78::2"
PORT, BARE_PORT, OLD_PORT = 22, 2222, 2223  # OLD_PORT: where scripts stand in for hotdesk-agent
UIDS = {"ann": 61001, "bob": 61002, "hotdesk-agent": 61003}
ASKED, PASSWORD = "pat", "correct horse"  # a user who has no key
A = 30

SYSTEMCTL = """#!/bin/sh
echo "$(id -un): $*" >>{log}
case "$*" in
*is-active*) exit 3 ;;
esac
[ -e {directory}/systemd-is-away ] && {{ echo "Failed to connect to bus" >&2; exit 1; }}
case "$*" in
*--user*--now*) setsid hotdesk-agent </dev/null >{directory}/agent.log 2>&1 & ;;
*--now*) HOME=$(getent passwd hotdesk-agent | cut -d: -f6) setsid setpriv --reuid=hotdesk-agent --regid={gid} \\
    --clear-groups hotdesk-agent </dev/null >{directory}/agent.log 2>&1 & ;;
esac
exit 0
"""

SSHD = """AddressFamily any
Port {port}
Port {bare}
Port {old}
HostKey {directory}/host_key
PidFile none
UsePAM no
KexAlgorithms curve25519-sha256
StrictModes no
Banner {directory}/banner
PasswordAuthentication no
LogLevel VERBOSE
SetEnv HOTDESK_HARNESS={token} HOTDESK_TIME_FACTOR={factor} {options} PATH={bin}:/usr/bin:/bin
Match User {asked}
    PasswordAuthentication yes
Match LocalPort {bare}
    SetEnv HOTDESK_HARNESS={token} PATH=/usr/bin:/bin
Match LocalPort {old}
    SetEnv HOTDESK_HARNESS={token} HOTDESK_TIME_FACTOR={factor} {options} PATH={stand_ins}:{bin}:/usr/bin:/bin
"""


class Office(Network):
    """Two hosts, their users, an sshd on one of them and hotdesk-server on the other."""

    HOSTS = {"hotdesk-server": "console", "hotdesk": "console", "sshd": "target"}
    USERS = UIDS
    SHELLS = {"hotdesk-agent": "/usr/sbin/nologin"}
    NAMES = {}  # of the target, for /etc/hosts

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def inside(self, host):
        pid = self.hosts[host]
        return ["nsenter", f"--net=/proc/{pid}/ns/net", f"--mount=/proc/{pid}/ns/mnt", f"--wdns={self.directory}"]

    # --- set-up ---

    def build(self):
        os.chmod(self.directory, 0o755)  # other users live below it
        for name in ("bin", "stand-ins", "homes", "etc"):
            os.mkdir(self.path(name), 0o755)
            os.chmod(self.path(name), 0o755)
        self.make_users()
        self.add_host("target", ["unshare", "--net", "--mount"])
        self.on_target_mount()
        self.add_host("console", self.inside("target") + ["unshare", "--net"])
        self.connect_hosts()
        shutil.copy(self.program("hotdesk-agent"), self.path("bin"))
        self.script("bin", "systemctl", SYSTEMCTL.format(log=self.path("homes", "systemctl.log"), gid=61003,
                                                         directory=self.path("homes")))
        self.start_sshd()
        self.console_side = self.console()

    def make_users(self):
        """Private copies of the user database; /etc/passwd of the machine is not touched."""
        lines = {name: read_text(f"/etc/{name}") for name in ("passwd", "group", "shadow")}
        home = self.path("homes", "root")
        lines["passwd"] = re.sub(r"(?m)^root:.*$", f"root:x:0:0:root:{home}:/bin/sh", lines["passwd"])
        lines["passwd"] = re.sub(rf"(?m)^({'|'.join(map(re.escape, self.USERS))}):.*\n", "", lines["passwd"])
        for user, uid in self.USERS.items():
            shell = self.SHELLS.get(user, "/bin/sh")
            secret = self.run("openssl", "passwd", "-6", PASSWORD).strip() if user == ASKED else "*"
            lines["passwd"] += f"{user}:x:{uid}:{uid}::{self.path('homes', user)}:{shell}\n"
            lines["group"] += f"{user}:x:{uid}:\n"
            lines["shadow"] += f"{user}:{secret}:19000:0:99999:7:::\n"
        lines["shadow"] = re.sub(r"(?m)^root:.*$", "root:*:19000:0:99999:7:::", lines["shadow"])
        lines["hosts"] = "127.0.0.1 localhost\n" + "".join(f"{at} {name}\n" for name, at in self.NAMES.items())
        lines["resolv.conf"] = ""  # the names of nobody else
        for name, text in lines.items():
            with open(self.path("etc", name), "w", encoding="utf-8") as file:
                file.write(text)
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path("host_key"))
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path("user_key"))
        for user, uid in {"root": 0, **self.USERS}.items():
            self.make_home(user, uid)

    def make_home(self, user, uid):
        home = self.path("homes", user)
        files = {".ssh/authorized_keys": read_text(self.path("user_key.pub")), ".ssh/id_ed25519":
                 read_text(self.path("user_key")), ".ssh/known_hosts": self.known_hosts(),
                 ".config/hotdesk/agent.conf": 'injector = "record"\nscreen = "none"\n'
                 f'record-file = "{home}/record"\n'}
        if user == ASKED:
            del files[".ssh/authorized_keys"]
        if user == "bob":
            files[".ssh/config"] = (f"Host desk-of-ann\n  HostName {TARGET}\n  Port {BARE_PORT}\n  User ann\n"
                                    f"  RequestTTY force\n  RemoteCommand sleep 99\n  LocalForward 1 {TARGET}:1\n"
                                    f"  ControlMaster auto\n  ControlPath {home}/shared-%p\n  ControlPersist 1\n")
        for name, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(home, name)), mode=0o700, exist_ok=True)
            with open(os.path.join(home, name), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(os.path.join(home, name), 0o600)
        for folder, _, names in os.walk(home):
            for name in [".", *names]:
                os.chown(os.path.join(folder, name), uid, uid)

    def known_hosts(self, key="host_key.pub"):
        kind, text = read_text(self.path(key)).split()[:2]
        hosts = [TARGET, TARGET_6, "fe80::2%eth0", *(name.lower() for name in self.NAMES)]
        hosts += [f"[{host}]:{port}" for host in hosts for port in (BARE_PORT, OLD_PORT)]
        return "".join(f"{host} {kind} {text}\n" for host in hosts)

    def on_target_mount(self):
        for name in ("passwd", "group", "shadow", "hosts", "resolv.conf"):
            self.on("target", "mount", "--bind", self.path("etc", name), f"/etc/{name}")
        self.on("target", "mount", "-t", "tmpfs", "tmpfs", "/run")  # no systemd, no bus, no sshd of the machine
        self.on("target", "mkdir", "-m", "755", "/run/sshd")

    def connect_hosts(self):
        self.on("console", "ip", "link", "add", "name", "eth0", "address", "02:00:00:00:00:01", "type", "veth",
                "peer", "name", "eth0", "address", "02:00:00:00:00:02", "netns", str(self.hosts["target"]))
        for host, number in (("console", 1), ("target", 2)):
            for command in ("link set lo up", "link set eth0 addrgenmode none", f"address add 10.78.0.{number}/24 dev eth0",
                            f"address add fd78::{number}/64 dev eth0 nodad",
                            f"address add fe80::{number}/64 dev eth0 nodad", "link set eth0 up"):
                self.on(host, "ip", *command.split())

    def start_sshd(self):
        options = " ".join(f"{key}={value}" for key, value in os.environ.items() if key.endswith("SAN_OPTIONS"))
        with open(self.path("sshd_config"), "w", encoding="utf-8") as file:
            file.write(SSHD.format(port=PORT, bare=BARE_PORT, old=OLD_PORT, directory=self.directory, token=self.token,
                                   factor=FACTOR, asked=ASKED, bin=self.path("bin"), stand_ins=self.path("stand-ins"),
                                   options=options))
        self.sshd = self.start("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", self.path("sshd_config")])

        def listens():
            if not self.sshd.is_running():
                raise Failed("sshd: " + self.sshd.text())
            return f"listening on :: port {OLD_PORT}" in self.sshd.text()
        wait_for("sshd to listen", listens)

    def script(self, folder, name, text):
        path = self.path(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def stand_in(self, text):
        """A script in the place of hotdesk-agent, behind OLD_PORT; `$agent` is the real one."""
        self.script("stand-ins", "hotdesk-agent", f"#!/bin/bash\nagent={self.path('bin', 'hotdesk-agent')}\n{text}\n")

    # --- use ---

    def start_add(self, *words, env=None, stdin=subprocess.DEVNULL, before=()):
        # Its own bounds are tried elsewhere; here a slow machine must not meet them.
        environment = {**self.console_side.environment, "HOTDESK_TIME_FACTOR": "8", **(env or {})}
        return self.start("hotdesk", [*before, self.program("hotdesk"), "add", *words], env=environment, stdin=stdin)

    def add(self, *words, env=None, code=0):
        """Runs it to its end; what it said."""
        process = self.start_add(*words, env=env)
        got = process.wait(90)
        if got != code:
            raise Failed(f"hotdesk add {words}: exit {got}, wanted {code}: {process.text()}\nsshd: "
                         f"{self.sshd.text()[-1500:]}\nagent: {read_text(self.path('homes', 'agent.log'))[-800:]}")
        return process.text()

    def targets(self):
        return {target["name"]: target for target in self.console_side.ask("status")["targets"]}

    def pin(self, user):
        """Whose the agent of this user is; None: nobody's."""
        text = read_text(self.path("homes", user, ".local/state/hotdesk/agent/server.json"))
        return json.loads(text) if text else None

    def systemctl(self):
        """What was asked of systemctl since the last call, but for questions."""
        path = self.path("homes", "systemctl.log")
        lines = [line for line in read_text(path).splitlines() if "is-active" not in line]
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return lines

    def forget_all(self):
        """Both sides as at the beginning: no target, no agent, no pairing, no key."""
        for name in self.targets():
            self.console_side.ask("forget", target=name)
        self.end_agents()
        for user in self.USERS:
            shutil.rmtree(self.path("homes", user, ".local"), ignore_errors=True)
        for name in ["systemd-is-away", "agent.log", "record", *glob.glob(self.path("homes", "*", "record"))]:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path("homes", name))
        os.chmod(self.path("homes"), 0o777)  # the scripts of both users write there
        self.systemctl()

    def end_agents(self):
        """Those that the script in systemctl's place, or the agent itself, left running."""
        for _ in range(500):
            found = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if self.is_agent(pid)]
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            if not found:
                return
            time.sleep(0.01)
        raise Failed("an agent does not end")

    def is_agent(self, pid):
        """Also one whose process is no child of ours; those that have ended are no more."""
        try:
            mine = os.readlink(f"/proc/{pid}/exe") == self.path("bin", "hotdesk-agent")
            return mine and read_text(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False


class Terminal:
    """One of its own for a `hotdesk add`, with somebody in front of it."""

    def __init__(self, office, *words, **more):
        # Without anybody on its other side the terminal gives an error to who reads: it stays open.
        self.master, self.slave = pty.openpty()
        self.process = office.start_add(*words, stdin=self.slave, before=["setsid", "--ctty", "--wait"], **more)
        self.said = ""

    def look(self):
        """What ssh has asked meanwhile, and hotdesk has said."""
        if select.select([self.master], [], [], 0)[0]:
            self.said += os.read(self.master, 4096).decode()
        return self.said + self.process.text()

    def wait_until(self, what, condition):
        try:
            wait_for(what, condition, 20)
        except Failed as failure:
            raise Failed(f"{failure}: {self.look()}") from None

    def wait(self, text):
        """For a question of ssh's, or words of hotdesk's; the questions until there are passed over."""
        self.wait_until(f"the words {text!r}", lambda: text in self.look())
        self.said = self.said.partition(text)[2]

    def type(self, text):
        os.write(self.master, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def end(self, code=0):
        """What hotdesk said."""
        got = self.process.wait(60)
        os.close(self.master)
        os.close(self.slave)
        if got != code:
            raise Failed(f"exit {got}, wanted {code}: {self.said} {self.process.text()}")
        return self.process.text()


def expect(text, *parts):
    for part in parts:
        if not re.search(part, text):
            raise Failed(f"wanted {part!r} in: {text}")


def expect_nothing_paired(office, said, user="ann"):
    expect(said, "nothing is paired")
    server = office.console_side.ask("status")
    assert server["targets"] == [] and not server["server"]["listening"], server
    assert office.pin(user) is None, office.pin(user)
    assert office.systemctl() == []


def why_not():
    if os.geteuid() != 0:
        return "needs root: for other users and network namespaces"
    if not os.path.exists("/usr/sbin/sshd"):
        return "needs openssh-server"
    if subprocess.run(["unshare", "--net", "--mount", "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        return "needs namespaces"
    return None


def check_alone(office, function):
    office.forget_all()
    function(office)
    for process in office.processes:
        found = re.search(r".*(Sanitizer|runtime error).*", process.text())
        assert not found, process.text()[found.start():][:4000]


def run_checks(title, checks, office_of=Office):
    """Each by itself, from nothing paired; words of the command line choose among them. The exit status."""
    tap = Tap()
    reason = why_not()
    if reason:
        tap.skip(title, reason)
        return tap.end()
    with office_of() as office:
        for name, function in checks:
            if len(sys.argv) < 2 or any(word in name for word in sys.argv[1:]):
                started = time.monotonic()
                tap.check(name, check_alone, office, function)
                print(f"# {time.monotonic() - started:.1f} s")
        office.end_agents()
    return tap.end()
