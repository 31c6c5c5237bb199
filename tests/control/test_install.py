"""packaging/install.sh into a directory (DESTDIR): what is put where, twice, and that it goes again."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
sys.path.insert(0, os.path.join(TOP, "tests"))
from harness import Failed, Tap, find_build_dir  # noqa: E402

BUILD = os.path.abspath(find_build_dir())
PROGRAMS = ("hotdesk", "hotdesk-server", "hotdesk-input", "hotdesk-decode", "hotdesk-vnc", "hotdesk-viewer", "hotdesk-agent")
UNITS = ("system/hotdesk-server.service", "system/hotdesk-input.service", "system/hotdesk-input.socket",
         "system/hotdesk-agent-system.service", "user/hotdesk-agent.service",
         "user/hotdesk-viewer.service")


def install(root, command):
    environment = {**{key: value for key, value in os.environ.items() if not key.startswith("SUDO_")}, "DESTDIR": root}
    done = subprocess.run([os.path.join(TOP, "packaging/install.sh"), command, BUILD], capture_output=True, text=True,
                          env=environment, timeout=120, check=False)
    if done.returncode:
        raise Failed(f"install.sh {command}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def files_of(root):
    return {os.path.relpath(os.path.join(directory, name), root)
            for directory, _, names in os.walk(root) for name in names}


def programs_are_there(root):
    missing = [name for name in PROGRAMS if not os.access(os.path.join(root, "usr/local/bin", name), os.X_OK)]
    if missing:
        raise Failed(f"missing: {missing}")


def units_start_what_is_there(root):
    for unit in UNITS:
        text = read(root, "usr/local/lib/systemd", unit)
        if re.search(r"@[a-z]+@", text):
            raise Failed(f"{unit}: something is not filled in")
        for command in re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE):
            if not os.access(root + command, os.X_OK):
                raise Failed(f"{unit}: there is no {command}")


def nobody_runs_as_root(root):
    for unit, user in (("server", "hotdesk"), ("input", "hotdesk-input"), ("agent-system", "hotdesk-agent")):
        if f"\nUser={user}\n" not in read(root, f"usr/local/lib/systemd/system/hotdesk-{unit}.service"):
            raise Failed(f"hotdesk-{unit} does not run as {user}")
    socket = read(root, "usr/local/lib/systemd/system/hotdesk-input.socket")
    for line in ("ListenSequentialPacket=/run/hotdesk-input.socket", "SocketUser=hotdesk", "SocketMode=0600"):
        if line + "\n" not in socket:
            raise Failed(f"hotdesk-input.socket has no {line}")


def users_are_made(root):
    groups = dict(line.split(":", 1) for line in read(root, "etc/group").splitlines())
    users = [line.split(":")[0] for line in read(root, "etc/passwd").splitlines()]
    if not {"hotdesk", "hotdesk-input"} <= set(users) or "hotdesk" not in groups:
        raise Failed(f"users {users}, groups {list(groups)}")
    if "hotdesk-input" not in groups["input"]:
        raise Failed("hotdesk-input may not open devices")
    if groups["hotdesk-uinput"].split(":")[-1] != "hotdesk-agent":
        raise Failed(f"who may make devices: {groups['hotdesk-uinput']}")
    if os.stat(os.path.join(root, "var/lib/hotdesk-agent")).st_mode & 0o777 != 0o700:
        raise Failed("the system agent's keys can be read by others")


def uinput_is_for_the_agent_alone(root):
    rule = read(root, "usr/local/lib/udev/rules.d/60-hotdesk-uinput.rules")
    if 'GROUP="hotdesk-uinput", MODE="0660"' not in rule or "uaccess" in rule:
        raise Failed(rule)
    if "\nuinput\n" not in read(root, "usr/local/lib/modules-load.d/hotdesk.conf"):
        raise Failed("the module is not loaded at boot")


def server_finds_its_input(root):
    path = os.path.join(root, "etc/hotdesk/server.conf")
    text = read(path)
    if '\ninput = "/run/hotdesk-input.socket"\n' not in text or '\nuse-group = "hotdesk"\n' not in text:
        raise Failed(text)
    subprocess.run([os.path.join(BUILD, "server/net/hotdesk-server"), "--config", path, "--check-config"], check=True,
                   capture_output=True, timeout=30)


def second_time_keeps_what_was_changed(root):
    path = os.path.join(root, "etc/hotdesk/input.conf")
    with open(path, "a", encoding="utf-8") as file:
        file.write("# mine\n")
    before = files_of(root)
    install(root, "install")
    if "# mine" not in read(path) or files_of(root) != before:
        raise Failed(f"changed: {files_of(root) ^ before}")


def all_is_gone(root, before):
    out = install(root, "uninstall")
    left = {name for name in files_of(root) - before if not name.startswith("etc/hotdesk/")}
    if left or not os.path.exists(os.path.join(root, "etc/hotdesk/server.conf")) or "Still there" not in out:
        raise Failed(f"left: {left}\n{out}")
    install(root, "uninstall")


def main():
    tap = Tap()
    if os.geteuid() != 0 or not shutil.which("systemd-sysusers"):
        tap.skip("install", "needs root and systemd-sysusers")
        return tap.end()
    root = tempfile.mkdtemp(prefix="hotdesk-install-")
    try:
        os.mkdir(os.path.join(root, "etc"))
        with open(os.path.join(root, "etc/group"), "w", encoding="utf-8") as file:
            file.write("root:x:0:\ninput:x:106:\n")
        tap.check("install", install, root, "install")
        for name, check in (("all programs are there", programs_are_there),
                            ("the units start them", units_start_what_is_there),
                            ("as users of their own", nobody_runs_as_root),
                            ("which are made", users_are_made),
                            ("uinput is for the system agent alone", uinput_is_for_the_agent_alone),
                            ("hotdesk-server is told where its input is", server_finds_its_input),
                            ("installed again, what was changed stays", second_time_keeps_what_was_changed)):
            tap.check(name, check, root)
        users = {f"etc/{name}" for name in ("group", "group-", "passwd", "passwd-", "shadow", "shadow-", "gshadow", "gshadow-",
                                            ".pwd.lock")}
        tap.check("uninstall leaves the configuration and nothing else", all_is_gone, root, users)
    finally:
        shutil.rmtree(root)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
