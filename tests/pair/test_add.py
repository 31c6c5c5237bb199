#!/usr/bin/python3
"""`hotdesk add` through a real sshd: what it does, and what can go wrong on the way (office.py has both hosts)."""

import contextlib
import glob
import os
import shutil
import signal
import sys

from office import (A, CONSOLE, CONSOLE_6, OLD_PORT, PORT, TARGET, TARGET_6, UIDS, Terminal, expect,
                    expect_nothing_paired, run_checks)
from harness import read_text, wait_for
from link import Link

# --- what it does ---

def pairs_and_starts(office):
    said = office.add("--name", "lab3", f"ann@{TARGET}")
    expect(said, rf"{TARGET}: hotdesk-agent [0-9.]+, user ann\n", r"paired: lab3 \(target 1\), key SHA256:\S{43}\n",
           "hotdesk-agent.service of this user is enabled and started",
           "lab3 is connected and ready\n", "Scroll Lock twice .*, then 1 ")
    assert office.systemctl() == ["ann: --user --quiet enable --now hotdesk-agent.service"]
    target, pin = office.targets()["lab3"], office.pin("ann")
    assert target["state"] == "ready" and target["address"].startswith(TARGET), target
    assert pin["host"] == CONSOLE and pin["name"] == "lab3", pin
    assert pin["fingerprint"] == office.console_side.ask("status")["server"]["fingerprint"]
    link = Link(office.console_side)
    office.console_side.ask("switch", target="lab3")
    link.wait_grabbed()
    link.tap(A)
    wait_for("the key", lambda: f"key {A} 0" in read_text(office.path("homes", "ann", "record")))
    link.close()


def again_is_fine(office):
    office.add("--name", "lab3", f"ann@{TARGET}")
    office.systemctl()
    key = office.targets()["lab3"]["fingerprint"]
    said = office.add(f"ann@{TARGET}")
    expect(said, "is paired already, as lab3", r"paired again: lab3 \(target 1\)", "the agent that runs connects now",
           "lab3 is connected and ready")
    assert office.systemctl() == ["ann: --user --quiet enable hotdesk-agent.service"]
    assert list(office.targets()) == ["lab3"] and office.targets()["lab3"]["fingerprint"] == key


def by_other_addresses(office):
    for words, console in (([f"ann@[{TARGET_6}]"], CONSOLE_6), (["ann@fe80::2%eth0"], "fe80::1%eth0"),
                           (["--address", CONSOLE_6, f"ann@{TARGET}"], CONSOLE_6)):
        expect(office.add(*words), "is connected and ready")
        assert office.pin("ann")["host"] == console, (words, office.pin("ann"))
        assert office.pin("ann")["port"] == office.console_side.port


def own_configuration(office):
    """An alias with user and port; a command, a terminal and a port of its own there are not in the way, nor a
    connection that stays (ControlPersist). And sudo: ssh is that of who called it."""
    said = office.add("desk-of-ann", env={"SUDO_UID": str(UIDS["bob"])}, code=1)
    expect(said, "there is no hotdesk-agent on desk-of-ann", "sudo ./dev install")  # that is what BARE_PORT has
    expect_nothing_paired(office, said)
    said = office.add("-p", str(PORT), "desk-of-ann", env={"SUDO_UID": str(UIDS["bob"])})
    expect(said, "user ann", "is connected and ready")
    wait_for("the shared connection to end", lambda: not glob.glob(office.path("homes", "bob", "shared-*")))
    expect(office.add("desk-of-ann", code=1), "ssh could not do it")  # root has no such alias


def root_sets_up_the_system(office):
    said = office.add("--name", "system", f"root@{TARGET}")
    expect(said, "user hotdesk-agent", r"paired: system", "hotdesk-agent-system.service is enabled and started",
           "system is connected and ready")
    assert office.systemctl() == ["root: --quiet enable --now hotdesk-agent-system.service"]
    state = office.path("homes", "hotdesk-agent", ".local/state/hotdesk/agent/server.json")
    assert os.stat(state).st_uid == UIDS["hotdesk-agent"], os.stat(state)
    assert not os.path.exists(office.path("homes", "root", ".local"))


def without_systemd(office):
    open(office.path("homes", "systemd-is-away"), "w", encoding="utf-8").close()
    said = office.add("--name", "lab3", f"ann@{TARGET}")
    expect(said, "Failed to connect to bus", "started in the background, and does not start at the next login",
           "lab3 is connected and ready")
    expect(office.add(f"root@{TARGET}", code=1), "the service does not start", "systemctl enable --now",
           "stays paired", "hotdesk forget")


def dry_run(office):
    said = office.add("--dry-run", "--name", "lab3", f"ann@{TARGET}")
    expect(said, "user ann", f"would pair it as lab3, told to connect to {CONSOLE}", "nothing was changed")
    expect_nothing_paired(office, "nothing is paired")


def host_key_is_asked_for(office):
    """ssh's own question, on the terminal."""
    known = office.path("homes", "bob", ".ssh", "known_hosts")
    os.rename(known, known + ".away")
    terminal = Terminal(office, "--dry-run", f"ann@{TARGET}", env={"SUDO_UID": str(UIDS["bob"])})
    terminal.wait("(yes/no")
    terminal.type("yes\n")
    terminal.end()
    assert read_text(known), "the key is not kept"  # hashed, by Debian's configuration
    os.rename(known + ".away", known)


def replaces_another_server(office):
    other = office.console(name="first-server")
    office.add("--name", "lab3", f"ann@{TARGET}")
    process = office.start("hotdesk", [office.program("hotdesk"), "add", f"ann@{TARGET}"], env=other.environment)
    assert process.wait(90) == 0, process.text()
    expect(process.text(), "so far 10.78.0.2 is paired with .*: that ends")
    wait_for("the first to lose it", lambda: office.targets()["lab3"]["state"] == "offline")
    other.process.stop()


# --- what can go wrong ---

def host_key_has_changed(office):
    known = office.path("homes", "root", ".ssh", "known_hosts")
    right = read_text(known)
    with open(known, "w", encoding="utf-8") as file:
        file.write(office.known_hosts("user_key.pub"))
    said = office.add(f"ann@{TARGET}", code=1)
    with open(known, "w", encoding="utf-8") as file:
        file.write(right)
    expect(said, "REMOTE HOST IDENTIFICATION HAS CHANGED", "ssh could not do it")
    expect_nothing_paired(office, said)


def server_is_not_reached(office):
    """A wrong address, and one where another server answers."""
    said = office.add("--address", TARGET, f"ann@{TARGET}", code=1)
    expect(said, "refused TCP", "it was told to connect to 10.78.0.2", rf"this one has .*{CONSOLE}", "--address ADDRESS")
    expect_nothing_paired(office, said)
    other = office.console(name="other")
    pairing, _ = office.start_console_pairing(other)
    said = office.add("--address", f"{CONSOLE}:{other.port}", f"ann@{TARGET}", code=1)
    expect(said, "another computer answers there: its key is not the server's")
    expect_nothing_paired(office, said)
    pairing.stop()
    other.process.stop()


def cannot_be_kept(office):
    """The target's disk is full, say: what the server has already is taken back."""
    state = office.path("homes", "ann", ".local/state/hotdesk/agent")
    office.add("--dry-run", f"ann@{TARGET}")  # makes its key
    os.makedirs(state + "/server.json/in-the-way")
    said = office.add(f"ann@{TARGET}", code=1)
    shutil.rmtree(state + "/server.json")
    expect(said, "cannot write")
    expect_nothing_paired(office, said)


def interrupted(office):
    """Ctrl+C, to hotdesk and its ssh: while ssh is busy, and when both have proved the code but none is kept."""
    office.stand_in('touch "$HOME/.ssh/came"; cat >/dev/null')
    process = office.start_add("-p", str(OLD_PORT), f"ann@{TARGET}")
    came = office.path("homes", "ann", ".ssh", "came")
    wait_for("the other side", lambda: os.path.exists(came))
    assert office.console_side.ask("status")["server"]["listening"]
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 1, process.text()
    expect_nothing_paired(office, process.text())
    end_in_the_middle(office, lambda process: os.killpg(process.pid, signal.SIGINT), "interrupted")
    end_in_the_middle(office, lambda process: process.send_signal(signal.SIGTERM), "interrupted")


def end_in_the_middle(office, end, said):
    """The agent gets the code and nothing more, so that it pairs and waits to be told to keep it."""
    office.stand_in("head -n 1 | $agent join; cat >/dev/null")
    process = office.start_add("-p", str(OLD_PORT), f"ann@{TARGET}")
    wait_for("the server's side", lambda: office.targets() or not process.is_running())
    end(process)
    assert process.wait(20) == 1, process.text()
    expect(process.text(), said)
    wait_for("the server to forget it", lambda: not office.targets())
    expect_nothing_paired(office, process.text())


def connection_is_lost(office):
    there = os.readlink(f"/proc/{office.hosts['target']}/ns/net")

    def cut(process):
        office.sshd.kill()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if read_text(f"/proc/{pid}/comm") == "sshd\n" and os.readlink(f"/proc/{pid}/ns/net") == there:
                    os.kill(int(pid), signal.SIGKILL)
    end_in_the_middle(office, cut, "ended in the middle|ssh could not do it")
    office.start_sshd()


def a_failed_renewal_changes_nothing(office):
    """Paired, and `add` anew ends in the middle: the old pairing stays, and goes on."""
    office.add("--name", "lab3", f"ann@{TARGET}")
    before = office.pin("ann")
    said = office.add("--address", TARGET, f"ann@{TARGET}", code=1)
    expect(said, "is paired already", "the pairing with it stays as it was")
    assert office.pin("ann") == before and office.targets()["lab3"]["state"] == "ready"


CHECKS = [
    ("pairs, starts the service and waits until a key can be typed", pairs_and_starts),
    ("the same host again is fine", again_is_fine),
    ("IPv6 with and without brackets, of the link alone, and --address", by_other_addresses),
    ("the user's own ssh configuration, also under sudo", own_configuration),
    ("root@ sets up the system's agent as its user", root_sets_up_the_system),
    ("without systemd", without_systemd),
    ("--dry-run changes nothing", dry_run),
    ("ssh asks on the terminal for an unknown host's key", host_key_is_asked_for),
    ("an agent of another server", replaces_another_server),
    ("a changed host key", host_key_has_changed),
    ("an address that does not lead to this server", server_is_not_reached),
    ("the target cannot keep it", cannot_be_kept),
    ("Ctrl+C", interrupted),
    ("the ssh connection is lost", connection_is_lost),
    ("a renewal that fails changes nothing", a_failed_renewal_changes_nothing),
]


if __name__ == "__main__":
    sys.exit(run_checks("hotdesk add", CHECKS))
