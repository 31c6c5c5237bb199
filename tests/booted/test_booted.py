"""hotdesk installed on a machine that systemd has booted: who runs as whom, what systemd does when something hangs, sessions of
logind, and the whole line with the user services of real user managers."""

import os
import re
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import container as containers  # noqa: E402
from harness import Failed, Harness, Tap, find_build_dir, read_text, wait_for  # noqa: E402
from people import Desktop, Person, pair, prepare  # noqa: E402
from link import Link  # noqa: E402

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BUILD = os.path.abspath(find_build_dir())
SYSTEM = {"hotdesk-server": "hotdesk", "hotdesk-input": "hotdesk-input", "hotdesk-agent-system": "hotdesk-agent"}
GROUPS = {"hotdesk-server": [], "hotdesk-input": ["input"], "hotdesk-agent-system": ["hotdesk-uinput"]}
# What probe.py may do in each; outside it may do all of it.
MAY = {"hotdesk-server": {"memory-files", "filter", "unix", "inet", "netlink"},
       "hotdesk-input": {"memory-files", "unix", "netlink"},
       "hotdesk-agent-system": {"memory-files", "unix", "inet", "netlink"}}
REQUESTS = {"switch": {"target": "local"}, "lock": {"on": False}, "scan": {"seconds": 0}, "session": {"locked": False},
            "forget": {"target": "nobody"}}
NONE, SEE, USE, OWN = range(4)
KEY_A, KEY_B, KEY_LEFTSHIFT = 30, 48, 42
EVDEV_OFFSET = 8
WATCHDOG_S, USER_WATCHDOG_S = 10, 20
SLACK_S = 15  # systemd kills, waits RestartSec= and starts


class Machine:
    """The booted container, and who is in it: Alice at its keyboard, Bob in the background, whose desktop is the target."""

    def __init__(self, container):
        self.container = container
        self.alice = Desktop(container, "alice", ":1")
        self.bob = Desktop(container, "bob", ":2")
        self.root = Person(container)

    def processes(self, unit, user=None):
        """Process ids, as they are here, of a service of the system or of a user's systemd; the first is its main one."""
        manager = f"user@{self.container.users[user]}.service/" if user else "system.slice/"
        path = re.compile(rf"/{manager}(\S+/)?{unit}\.service$", re.MULTILINE)
        found = [pid for pid in filter(str.isdigit, os.listdir("/proc"))
                 if path.search(containers.read_process(pid, "cgroup"))]
        # Those in the container do not wrap around.
        return sorted(map(int, found), key=lambda pid: int(status_of(pid).get("NSpid", "0").split()[-1]))

    def last_words(self):
        return self.container.run("journalctl", "--no-pager", "--output=short-precise", "--boot", "--lines=60")

    def log(self, unit):
        return self.container.run("journalctl", "--no-pager", "--output=cat", "--boot", "--unit", unit)


def status_of(pid):
    return dict(re.findall(r"^(\w+):\t(.*)$", containers.read_process(pid, "status"), re.MULTILINE))


# --- installed ---

def install(machine):
    container = machine.container
    out = container.run(os.path.join(TOP, "packaging/install.sh"), "install", BUILD, bound_s=120)
    if "services: hotdesk-server and hotdesk-input, started now and at boot" not in out:
        raise Failed(out)
    container.run("sed", "-i", 's/^own-group = .*/own-group = "keepers"/', "/etc/hotdesk/server.conf")
    container.run("groupadd", "--system", "keepers")
    container.run("usermod", "--append", "--groups", "hotdesk", "carol")
    container.run("usermod", "--append", "--groups", "keepers", "dave")
    container.run("systemctl", "enable", "--now", "--quiet", "hotdesk-agent-system")
    container.run("systemctl", "restart", "hotdesk-server")


def confined(machine, pid, user, groups):
    """Whether a process runs as that user, and can never be more."""
    status, container = status_of(pid), machine.container
    uid, gid = (container.run("id", option, user).strip() for option in ("-u", "-g"))
    wanted = {"Uid": "\t".join([uid] * 4), "Gid": "\t".join([gid] * 4), "NoNewPrivs": "1", "Seccomp": "2",
              **{name: "0" * 16 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}}
    wrong = {name: status[name] for name, value in wanted.items() if status[name] != value}
    names = {container.run("getent", "group", number).split(":")[0] for number in status["Groups"].split()} - {user}
    if wrong or names != set(groups):
        raise Failed(f"process {pid} of {user}: {wrong}, groups {names}")
    # The container has a filter itself.
    if int(status["Seccomp_filters"]) <= int(status_of(container.init)["Seccomp_filters"]):
        raise Failed(f"process {pid} of {user} has no system call filter of its own")
    if not re.search(r"^Max core file size +0 +0 ", containers.read_process(pid, "limits"), re.MULTILINE):
        raise Failed(f"process {pid} of {user} may leave a core file")


def system_service_is_confined(machine, unit):
    processes = machine.processes(unit)
    if len(processes) != (2 if unit == "hotdesk-input" else 1):
        raise Failed(f"processes: {processes}")
    for pid in processes:
        confined(machine, pid, SYSTEM[unit], GROUPS[unit])


def files_are_their_owners(machine):
    container = machine.container
    for path, user, mode in (("/run/hotdesk-input.socket", "hotdesk", 0o600), ("/run/hotdesk/control", "hotdesk", 0o666),
                             ("/var/lib/hotdesk", "hotdesk", 0o700), ("/var/lib/hotdesk-agent", "hotdesk-agent", 0o700)):
        found = container.stat(path)
        if found.st_uid != int(container.run("id", "-u", user)) or found.st_mode & 0o777 != mode:
            raise Failed(f"{path}: uid {found.st_uid}, mode {found.st_mode & 0o777:o}")


def parts_have_found_each_other(machine):
    wait_for("hotdesk-input at its server", lambda: machine.root.ask("devices")["source"])
    wait_for("logind at the server", lambda: "logind tells of seat0" in machine.log("hotdesk-server"))


def probe(out):
    return set(re.findall(r"^may: (.*)$", out, re.MULTILINE)[-1].split())


def walls_hold(machine):
    """The service itself is given a little program to start with, which tries what it should not be able to do."""
    container = machine.container
    command = "/usr/bin/python3 /opt/probe.py"
    outside = probe(container.run(*command.split(), user="eve"))
    for unit, allowed in MAY.items():
        if not allowed < outside or not {"write", "homes", "others", "code"} <= outside:
            raise Failed(f"outside of a service one may {outside}")
        path = f"/run/systemd/system/{unit}.service.d/probe.conf"
        container.run("mkdir", "-p", os.path.dirname(path))
        container.run("sh", "-c", f"printf '[Service]\\nExecStartPre={command}\\n' >{path}")
        container.run("systemctl", "daemon-reload")
        container.run("systemctl", "restart", unit)
        inside = probe(machine.log(unit))
        container.run("rm", path)
        container.run("systemctl", "daemon-reload")
        if inside != allowed:
            raise Failed(f"{unit} may {inside - allowed}, may not {allowed - inside}")


# --- desktops ---

def desktops_come_up(machine):
    for desktop, unit in ((machine.bob, "hotdesk-agent"), (machine.alice, "hotdesk-viewer")):
        machine.container.run("systemctl", "--global", "--quiet", "enable", unit)
        desktop.start()
        wait_for(unit, lambda: desktop.state(unit) == "active", 20)
        machine.container.run("systemctl", "--global", "--quiet", "disable", unit)


def add(machine, destination, code=0):
    """`hotdesk add` as root, whose ssh leads back here; what it says."""
    done = machine.container.try_run("env", "PATH=/opt/ssh:/usr/local/bin:/usr/bin", "hotdesk", "add", destination)
    if done.returncode != code:
        raise Failed(f"add {destination}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def services_are_added(machine):
    """hotdesk add: the system's service as root, a desktop's only where that one does not run."""
    container = machine.container
    said = add(machine, "bob@localhost", 1)
    if "the system's agent runs here already" not in said or "nothing is paired" not in said:
        raise Failed(said)
    said = add(machine, "root@localhost")
    if "hotdesk-agent-system.service is enabled and started" not in said or "is connected" not in said:
        raise Failed(said)
    if container.run("systemctl", "is-enabled", "hotdesk-agent-system").strip() != "enabled":
        raise Failed("the system's service is not enabled")
    container.run("hotdesk", "forget", "1")
    container.run("systemctl", "stop", "hotdesk-agent-system")
    machine.bob.systemctl("stop", "hotdesk-agent")
    said = add(machine, "bob@localhost")
    if "hotdesk-agent.service of this user is enabled and started" not in said or "is connected and ready" not in said:
        raise Failed(said)
    if machine.bob.state("hotdesk-agent") != "active":
        raise Failed("the user's service is not active")
    container.run("systemctl", "start", "hotdesk-agent-system")


def user_service_is_confined(machine, desktop, unit):
    status = status_of(machine.processes(unit, desktop.user)[0])
    if status["Uid"].split()[0] != str(machine.container.users[desktop.user]) or status["NoNewPrivs"] != "1":
        raise Failed(f"{status['Uid']}, NoNewPrivs {status['NoNewPrivs']}")
    if int(status["Seccomp_filters"]) <= int(status_of(machine.container.init)["Seccomp_filters"]):
        raise Failed("it has no system call filter of its own")


def alices_window(machine):
    """As its source; the server takes one at a time, and sees a moment later that one was closed."""
    wait_for("the last window to be gone",
             lambda: not any(source["kind"] == "window" for source in machine.root.ask("status")["sources"]))
    return Link(Person(machine.container, "alice"))


def keys_arrive(machine):
    """From Alice's window through the server to what has the focus on Bob's screen."""
    keylog = machine.bob.keylog()
    source = alices_window(machine)
    try:
        switch(machine)
        source.wait_grabbed()
        for code, down in ((KEY_LEFTSHIFT, 1), (KEY_A, 1), (KEY_A, 0), (KEY_LEFTSHIFT, 0), (KEY_B, 1), (KEY_B, 0)):
            source.key(code, down)
        keylog.wait_keys([("press" if down else "release", code + EVDEV_OFFSET) for code, down in
                          ((KEY_LEFTSHIFT, 1), (KEY_A, 1), (KEY_A, 0), (KEY_LEFTSHIFT, 0), (KEY_B, 1), (KEY_B, 0))])
    finally:
        source.close()
        keylog.stop()


def a_picture_is_decoded(machine):
    """The decoder, a child of the server, shuts itself in behind the server's own walls."""
    before = machine.processes("hotdesk-server")
    done = machine.container.try_run("hotdesk", "screenshot", "bob", "/tmp/bob.png", user="alice")
    if done.returncode or not machine.container.stat("/tmp/bob.png").st_size > 100:
        raise Failed(f"{done.stdout}{done.stderr}{machine.log('hotdesk-server')[-1500:]}")
    for pid in machine.processes("hotdesk-server"):
        if pid not in before:
            confined(machine, pid, "hotdesk", [])


def switch(machine):
    """To Bob's computer, as Alice. While her screen counts as locked there is a refusal that ends by itself."""
    alice = Person(machine.container, "alice")

    answers = []

    def switched():
        answers.append(alice.ask("switch", target="bob"))
        return answers[-1]["ok"]
    try:
        wait_for("bob to be entered", switched, 20, 0.2)
    except Failed as failure:
        raise Failed(f"{failure}: {answers[-1]}") from None
    machine.root.wait_active("bob")


# --- the session ---

def comes_home(machine, what, function, *arguments):
    """Bob's computer is active; something happens; then the keyboard is the console's."""
    source = alices_window(machine)
    try:
        switch(machine)
        source.wait_grabbed()
        function(*arguments)
        machine.root.wait_active("local")
        wait_for(f"the grab to end by {what}", lambda: not source.grabbed or source.is_closed())
    finally:
        source.close()


def a_lock_brings_it_home(machine):
    comes_home(machine, "loginctl lock-session", machine.alice.lock)
    refused = Person(machine.container, "alice").ask("switch", target="bob")
    if refused["ok"] or refused["code"] != "locked":
        raise Failed(f"while it is locked: {refused}")
    machine.alice.lock(False)


def a_locker_brings_it_home(machine):
    """Which logind does not know: Alice's hotdesk-viewer, in its walls, sees it."""
    lockers = []
    comes_home(machine, "i3lock", lambda: lockers.append(machine.alice.start_program("i3lock", "i3lock", "--nofork")))
    lockers[0].kill()


def documented_verbs():
    classes = {"see": SEE, "use": USE, "own": OWN}
    return [(verb, classes[name]) for verb, name in
            re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", read_text(os.path.join(TOP, "docs/control.md")), re.MULTILINE)]


def every_verb_by_everybody(machine):
    verbs = documented_verbs()
    if len(verbs) < 16:
        raise Failed(f"the verbs of docs/control.md: {verbs}")
    rights = {None: OWN, "dave": OWN, "carol": USE, "alice": USE, "bob": SEE, "eve": NONE}
    for user, right in rights.items():
        person = Person(machine.container, user)
        for verb, class_ in verbs:
            if person.is_allowed(verb, **REQUESTS.get(verb, {})) != (right >= class_):
                raise Failed(f"{user or 'root'}: {verb} is {'refused' if right >= class_ else 'allowed'}")


def another_session_brings_it_home(machine):
    alice, bob = (Person(machine.container, user) for user in ("alice", "bob"))
    comes_home(machine, "another session on the seat", machine.bob.activate)
    if alice.is_allowed("switch", target="local") or not alice.is_allowed("list"):
        raise Failed("Alice, who is switched away from, may still switch, or see no longer")
    if not bob.is_allowed("switch", target="local"):
        raise Failed("Bob, who sits there, may not switch")
    machine.alice.activate()
    wait_for("Alice to have her right back", lambda: alice.is_allowed("switch", target="local"))


# --- an upgrade ---

def installed_anew_it_goes_on(machine):
    """install.sh again, while a key is held on Bob's computer: it goes up, all is there again under its number, and the
    settings are as they were. What runs in desktops is their users' to start anew."""
    container = machine.container
    before = {unit: machine.processes(unit) for unit in SYSTEM}
    kept = [container.run("cat", "/etc/hotdesk/server.conf"), container.run("hotdesk", "list").split()[:4]]
    agents = machine.processes("hotdesk-agent", "bob")
    keylog, source = machine.bob.keylog(), alices_window(machine)
    switch(machine)
    source.wait_grabbed()
    source.key(KEY_A, True)
    keylog.wait_keys([("press", KEY_A + EVDEV_OFFSET)])
    out = container.run(os.path.join(TOP, "packaging/install.sh"), "install", BUILD, bound_s=120)
    keylog.wait_keys([("press", KEY_A + EVDEV_OFFSET), ("release", KEY_A + EVDEV_OFFSET)])
    source.close()
    keylog.stop()
    for unit, processes in before.items():
        wait_anew(machine, unit, None, processes, SLACK_S)
    if "note:     what runs in desktops goes on as it was" not in out or machine.processes("hotdesk-agent", "bob") != agents:
        raise Failed(out)
    the_line_is_whole(machine)
    now = [container.run("cat", "/etc/hotdesk/server.conf"), container.run("hotdesk", "list").split()[:4]]
    if now != kept:
        raise Failed(f"was {kept}, is {now}")
    machine.bob.systemctl("try-restart", "hotdesk-agent")
    wait_anew(machine, "hotdesk-agent", "bob", agents, SLACK_S)
    the_line_is_whole(machine)


# --- what hangs or dies ---

def everything(machine):
    """(unit, user) of what runs."""
    return [*((unit, None) for unit in SYSTEM), ("hotdesk-agent", "bob"), ("hotdesk-viewer", "alice")]


def wait_anew(machine, unit, user, before, bound_s):
    def anew():
        now = machine.processes(unit, user)
        return now and now[0] not in before
    wait_for(f"{unit} to be started again", anew, bound_s, 0.1)


def the_line_is_whole(machine):
    wait_for("hotdesk-input at its server", lambda: machine.root.ask("devices")["source"], 20)
    machine.root.wait_ready("bob")
    keys_arrive(machine)


def is_locked(machine):
    return machine.root.ask("status")["session"]["locked"]


def killed_it_starts_again(machine):
    """Behind a locker, which is seen again then."""
    locker = machine.alice.start_program("i3lock", "i3lock", "--nofork")
    wait_for("the locker to be seen", lambda: is_locked(machine))
    before = {what: machine.processes(*what) for what in everything(machine)}
    for processes in before.values():
        os.kill(processes[0], signal.SIGKILL)
    for what, processes in before.items():
        wait_anew(machine, *what, processes, SLACK_S)
    wait_for("the server", lambda: machine.container.show("hotdesk-server", "ActiveState") == ["active"])
    wait_for("the locker to be seen again", lambda: is_locked(machine))
    locker.kill()
    the_line_is_whole(machine)


def stopped_it_is_killed(machine):
    """All at once, as waiting is what takes time. hotdesk-viewer is not watched: it waits without a timer."""
    what_hangs = [what for what in everything(machine) if what[0] != "hotdesk-viewer"]
    before = {what: machine.processes(*what) for what in what_hangs}
    for processes in before.values():
        os.kill(processes[0], signal.SIGSTOP)
    for (unit, user), processes in before.items():
        wait_anew(machine, unit, user, processes, (USER_WATCHDOG_S if user else WATCHDOG_S) + SLACK_S)
        if f"{unit}.service: Watchdog timeout" not in machine.container.run("journalctl", "--no-pager", "--boot"):
            raise Failed(f"{unit} was not ended by its watchdog")
    the_line_is_whole(machine)


# --- the end ---

def logout_brings_it_home(machine):
    alice = Person(machine.container, "alice")
    comes_home(machine, "logout", machine.container.run, "loginctl", "terminate-session", machine.alice.session)
    wait_for("Alice to have no right", lambda: not alice.is_allowed("list"))


def uninstall(machine):
    container = machine.container
    container.run(os.path.join(TOP, "packaging/install.sh"), "uninstall", BUILD)
    for unit in SYSTEM:
        if machine.processes(unit):
            raise Failed(f"{unit} still runs")
    if container.run("systemctl", "list-unit-files", "--no-legend", "hotdesk*", check=False).strip():
        raise Failed("there are units left")


def main():
    tap = Tap()
    why = containers.missing()
    if why:
        tap.skip("booted", why)
        return tap.end()
    with Harness() as harness:
        container = containers.Container(harness, ["alice", "bob", "carol", "dave", "eve"], [TOP, BUILD])
        prepare(container)
        with container:
            machine = Machine(container)
            if not tap.check("install.sh starts the services", install, machine):
                return tap.end()
            for unit, user in SYSTEM.items():
                tap.check(f"{unit} runs as {user}, without capabilities, filtered", system_service_is_confined, machine, unit)
            tap.check("none can do more than it needs", walls_hold, machine)
            tap.check("files belong to whom they should", files_are_their_owners, machine)
            tap.check("server, input and logind have found each other", parts_have_found_each_other, machine)
            tap.check("desktops of two users come up, with their user services", desktops_come_up, machine)
            tap.check("hotdesk-agent of a user is filtered", user_service_is_confined, machine, machine.bob, "hotdesk-agent")
            tap.check("hotdesk-viewer of a user is filtered", user_service_is_confined, machine, machine.alice, "hotdesk-viewer")
            tap.check("hotdesk add sets up the agent's services", services_are_added, machine)
            tap.check("a target is paired", pair, container, machine.bob)
            tap.check("and ready", machine.root.wait_ready, "bob")
            tap.check("keys arrive", keys_arrive, machine)
            for check in (a_picture_is_decoded, a_lock_brings_it_home, a_locker_brings_it_home, every_verb_by_everybody, another_session_brings_it_home,
                          installed_anew_it_goes_on, killed_it_starts_again, stopped_it_is_killed, logout_brings_it_home, uninstall):
                if not tap.check(check.__name__.replace("_", " "), check, machine):
                    print("# " + machine.last_words().replace("\n", "\n# "), flush=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
