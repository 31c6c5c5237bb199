"""The systemd units as they are installed: what systemd itself says of them, who runs as whom, and that the programs
tell it what their units promise (sd_notify(3))."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import Failed, Harness, Tap, find_build_dir, wait_for  # noqa: E402

BUILD = os.path.abspath(find_build_dir())
TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
CHOSEN = sys.argv[1:]  # words of checks
SYSTEM = {"hotdesk-server": "hotdesk", "hotdesk-input": "hotdesk-input", "hotdesk-agent-system": "hotdesk-agent"}
USER = ("hotdesk-agent", "hotdesk-viewer")
EXPOSURE_TENTHS = 25

# What each system unit must say: systemd's sum alone would let one be given up for another.
WALLS = {"CapabilityBoundingSet": "", "AmbientCapabilities": "", "NoNewPrivileges": "yes", "ProtectSystem": "strict",
         "ProtectHome": "yes", "PrivateTmp": "yes", "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes",
         "ProtectKernelLogs": "yes", "ProtectControlGroups": "yes", "ProtectClock": "yes", "ProtectProc": "invisible",
         "RestrictNamespaces": "yes", "MemoryDenyWriteExecute": "yes", "LockPersonality": "yes",
         "SystemCallArchitectures": "native", "DevicePolicy": "closed", "UMask": "0077", "LimitCORE": "0",
         "Type": "notify", "WatchdogSignal": "SIGKILL", "Restart": "on-failure"}
USER_WALLS = {"NoNewPrivileges": "yes", "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes",
              "RestrictNamespaces": "yes", "SystemCallArchitectures": "native", "LimitCORE": "0", "UMask": "0077"}
# These and nothing else.
DEVICES = {"hotdesk-server": [], "hotdesk-input": ["char-input rw"], "hotdesk-agent-system": ["/dev/uinput rw"]}
GROUPS = {"hotdesk-server": [], "hotdesk-input": ["input"], "hotdesk-agent-system": ["hotdesk-uinput"]}
# The decoder shuts itself in; the rest is as systemd has it for services.
MORE_CALLS = {"hotdesk-server": ["seccomp"], "hotdesk-input": ["sched_setscheduler"]}
FAMILIES = {"hotdesk-server": "AF_UNIX AF_INET AF_INET6 AF_NETLINK", "hotdesk-input": "AF_UNIX AF_NETLINK",
            "hotdesk-agent-system": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
            "hotdesk-agent": "AF_UNIX AF_INET AF_INET6 AF_NETLINK", "hotdesk-viewer": "AF_UNIX"}


def unit_path(name):
    return os.path.join(BUILD, "packaging", name + ".service")


def read_unit(name):
    """{option: [value, ...]} of a unit's file."""
    options = {}
    with open(unit_path(name), encoding="utf-8") as file:
        for line in file:
            found = re.match(r"([A-Za-z]+)=(.*)", line)
            if found:
                options.setdefault(found[1], []).append(found[2])
    return options


def expect(name, option, values):
    got = read_unit(name).get(option, [])
    if got != values:
        raise Failed(f"{name}.service: {option}={got}, wanted {values}")


# --- the files ---

def exposure_is_small(name):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_TENTHS}",
                           "--no-pager", unit_path(name)], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode or "Overall exposure level" not in done.stdout:
        raise Failed("\n".join(line for line in (done.stdout + done.stderr).splitlines() if line[:1] != "✓"))


def walls_stand(name, walls):
    for option, value in walls.items():
        expect(name, option, [value])
    expect(name, "RestrictAddressFamilies", [FAMILIES[name]])
    filters = read_unit(name)["SystemCallFilter"]
    wanted = ["@system-service", "~@privileged @resources", *MORE_CALLS.get(name, [])]
    if filters != wanted:
        raise Failed(f"{name}.service: {filters}")


def runs_as_its_user(name, user):
    expect(name, "User", [user])
    expect(name, "Group", [user])
    expect(name, "SupplementaryGroups", GROUPS[name])
    expect(name, "DeviceAllow", DEVICES[name])


def input_has_no_network(name):
    expect(name, "IPAddressDeny", ["any"])
    expect(name, "PrivateNetwork", [])  # udev's news of plugged devices would not come in


def keys_come_first(name):
    expect(name, "CPUWeight", ["1000"])


def only_input_is_realtime():
    """No more than it takes (server/input/priority.h)."""
    for name in (*SYSTEM, *USER):
        ours = name == "hotdesk-input"
        expect(name, "RestrictRealtime", ["yes", "no"] if ours else ["yes"])
        expect(name, "LimitRTPRIO", ["11"] if ours else [])
        expect(name, "LimitMEMLOCK", ["64M"] if ours else [])
    expect("hotdesk-input", "Nice", ["-10"])


def systemd_understands(name, scope):
    """As far as it can without the programs in their places."""
    others = [os.path.join(TOP, "packaging/hotdesk-input.socket")] * (scope == "--system")
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(["systemd-analyze", "verify", scope, "--man=no", unit_path(name), *others], capture_output=True,
                              text=True, timeout=60, check=False, env={**os.environ, "XDG_RUNTIME_DIR": directory})
    faults = [line for line in done.stderr.splitlines() if f"{name}.service:" in line]
    missing = [line for line in faults if re.search(r"Command \S+ is not executable", line)]
    if faults != missing or (done.returncode and not missing):
        raise Failed(done.stderr)


def nobody_joins_input():
    """Who is in that group can read every key of everybody: a service's user is, no person is told to."""
    files = subprocess.run(["git", "-C", TOP, "ls-files", "README.md", "docs", "packaging", "config", "dev"],
                           capture_output=True, text=True, check=False).stdout.split()
    with open(os.path.join(TOP, "packaging/sysusers.conf"), encoding="utf-8") as file:
        members = re.findall(r"^m\s+(\S+)\s+input\b", file.read(), re.MULTILINE)
    if members != ["hotdesk-input"]:
        raise Failed(f"in group input: {members}")
    for name in files:
        with open(os.path.join(TOP, name), encoding="utf-8", errors="replace") as file:  # pictures too
            found = re.search(r"(usermod|gpasswd|adduser|addgroup)\b.*\binput$", file.read(), re.MULTILINE)
        if found:
            raise Failed(f"{name}: {found[0]}")


# --- what the programs tell ---

class Notified:
    """systemd's end of NOTIFY_SOCKET, for a program whose WatchdogSec= is 1 s."""

    def __init__(self, harness, name):
        self.path = os.path.join(harness.directory, name + ".notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(self.path)
        self.environment = {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "1000000"}

    def read(self):
        """Words that have come since."""
        words = []
        while True:
            try:
                words.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return words

    def wait(self, word):
        wait_for(word, lambda: word in self.read(), 10)


def tells_systemd(notified, process):
    notified.wait("READY=1")
    for _ in range(3):
        notified.wait("WATCHDOG=1")
    # Stopped, it is as one that hangs.
    process.send_signal(signal.SIGSTOP)
    wait_for("it to stop", lambda: "\nState:\tT" in read_status(process.pid))
    notified.read()
    wait_for_silence(notified)
    process.send_signal(signal.SIGCONT)
    notified.wait("WATCHDOG=1")
    process.send_signal(signal.SIGTERM)
    notified.wait("STOPPING=1")
    if process.wait() != 0:
        raise Failed(f"it ended with {process.popen.returncode}")


def wait_for_silence(notified):
    """One WatchdogSec without a word."""
    try:
        wait_for("a word", notified.read, 1)
    except Failed:
        return
    raise Failed("it says that it is alive though it is stopped")


def read_status(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def server_tells(harness):
    notified = Notified(harness, "server")
    tells_systemd(notified, harness.console(name="told", env=notified.environment).process)


def agent_tells(harness):
    notified = Notified(harness, "agent")
    lab = harness.machine("lab", conf='injector = record\nrecord-file = "/dev/null"\n', env=notified.environment)
    lab.start()
    tells_systemd(notified, lab.process)


def input_tells(harness):
    notified = Notified(harness, "input")
    process = harness.start("hotdesk-input", [harness.program("hotdesk-input"), "--listen",
                                              os.path.join(harness.directory, "input.sock")],
                            env={**notified.environment, "CONFIGURATION_DIRECTORY": "/nonexistent"})
    tells_systemd(notified, process)


def main():
    tap = Tap()

    def check(name, function, *arguments):
        if not CHOSEN or any(word in name for word in CHOSEN):
            tap.check(name, function, *arguments)

    if shutil.which("systemd-analyze"):
        for name in SYSTEM:
            check(f"{name}: systemd-analyze security says at most 2.5", exposure_is_small, name)
            check(f"{name}: systemd understands it", systemd_understands, name, "--system")
        for name in USER:
            check(f"{name} (user): systemd understands it", systemd_understands, name, "--user")
    else:
        tap.skip("what systemd says", "needs systemd-analyze")
    for name, user in SYSTEM.items():
        check(f"{name}: runs as {user}, with the devices that it needs", runs_as_its_user, name, user)
        check(f"{name}: walls", walls_stand, name, WALLS)
    for name in USER:
        check(f"{name} (user): walls", walls_stand, name, USER_WALLS)
    for name in ("hotdesk-server", "hotdesk-input"):
        check(f"{name}: keys come before what else runs", keys_come_first, name)
    check("hotdesk-input alone may be real-time", only_input_is_realtime)
    check("hotdesk-input: no network, but news of devices", input_has_no_network, "hotdesk-input")
    check("no person is told to join group input", nobody_joins_input)
    with Harness() as harness:
        check("hotdesk-server tells systemd that it is ready, alive, ending", server_tells, harness)
        check("hotdesk-agent does", agent_tells, harness)
        check("hotdesk-input does", input_tells, harness)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
