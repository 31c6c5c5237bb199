#!/usr/bin/python3
"""`hotdesk add` through a real sshd: names of users and hosts, what ssh asks, what a login prints, and hosts that do not
do what they should (office.py has both hosts)."""

import itertools
import os
import re
import signal
import sys

from office import (ASKED, BARE_PORT, OLD_PORT, PASSWORD, TARGET, TARGET_6, UIDS, Office, Terminal, expect,
                    expect_nothing_paired, run_checks)

ODD_USERS = {"ann.b": 61011, "Ann-B_c": 61012, "_ann": 61013, "ann@corp": 61014, "7ann+x": 61015}
NOISY, SLOW = "noisy", "slow"
OLD_AGENT = """case $1 in
"") sleep 99 ;;
*) echo "hotdesk-agent: $1 is no command (see --help)" >&2; exit 2 ;;
esac"""
# bash reads ~/.bashrc for the commands of its ssh, too.
NOISE = r"""echo "Last login: never"
echo '{"event": "paired"} {not json'
echo '{"motd": {"hotdesk": true}}'
echo "told on the other channel" >&2
printf '\033]0;ann on lab\007'
"""
BANNER = "Authorized people alone.\n"


class Odd(Office):
    """With users and a target that have odd names."""

    USERS = {**UIDS, **ODD_USERS, ASKED: 61021, NOISY: 61022, SLOW: 61023}
    SHELLS = {**Office.SHELLS, NOISY: "/bin/bash", SLOW: "/bin/bash"}
    NAMES = {"lab-3.example.org": TARGET, "lab_3": TARGET, "LAB7": TARGET, "lab6": TARGET_6}

    def make_home(self, user, uid):
        super().make_home(user, uid)
        said = {NOISY: NOISE, SLOW: "echo Which terminal?\nread -r answer\n"}.get(user)
        if said:
            with open(self.path("homes", user, ".bashrc"), "w", encoding="utf-8") as file:
                file.write(said)

    def hurry(self):
        """So that 30 s are one."""
        return {"LD_PRELOAD": os.path.join(self.build_dir, "tests/pair/libhurry.so"), "HOTDESK_HURRY": "30",
                "HOTDESK_TIME_FACTOR": "1"}

    def sshd_knows_of(self):
        """How many connections it has told of."""
        return self.sshd.text().count("Connection from")


# --- names ---

def odd_names(office):
    """Each user at another of the target's names and addresses."""
    hosts = ["lab-3.example.org", "lab_3", "LAB7", "lab6", f"[{TARGET_6}]", "FD78:0:0::2", "[fe80::2%eth0]"]
    for user, host in itertools.zip_longest(ODD_USERS, hosts, fillvalue="ann"):
        said = office.add("--dry-run", f"{user}@{host}")
        expect(said, f"(?m)^{host.strip('[]')}: hotdesk-agent .*, user {re.escape(user)}$", "nothing was changed")


def odd_user_is_paired(office):
    expect(office.add("--name", "lab3", "Ann-B_c@LAB7"), "lab3 is connected and ready")
    assert office.pin("Ann-B_c")["name"] == "lab3"


def refused_before_ssh(office):
    before = office.sshd_knows_of()
    for words in (["--", f"-ann@{TARGET}"], ["--", f"-oProxyCommand=id@{TARGET}"], ["--", "-lab3"], [f"ann@-{TARGET}"],
                  [f"ann b@{TARGET}"], [f"ann;id@{TARGET}"], [f"[{TARGET}]"], [f"{TARGET}:22"], [f"[{TARGET_6}]:22"],
                  [f"[{TARGET_6}"], ["fe80::2%eth0 x"], ["fe80::2%$(id)"]):
        said = office.add(*words, code=2)
        expect(said, r"that is no \[USER@\]HOST: ")
    expect(office.add(f"-ann@{TARGET}", code=2), "option")
    assert office.sshd_knows_of() == before, office.sshd.text()[-500:]


# --- what ssh asks ---

def password_is_asked_for(office):
    terminal = Terminal(office, "--name", "lab3", f"{ASKED}@{TARGET}")
    for word in ("wrong", PASSWORD):
        terminal.wait("password: ")
        wait_echo(terminal, False)
        terminal.type(word + "\n")
    said = terminal.end()
    expect(said, "Permission denied, please try again", f"user {ASKED}", "lab3 is connected and ready")
    assert PASSWORD not in said + terminal.said, said


def wait_echo(terminal, wanted):
    terminal.wait_until("the terminal's echo", lambda: terminal.echoes() == wanted)


def interrupted_at_the_password(office):
    """Nothing stays, and the terminal shows again what is typed."""
    terminal = Terminal(office, f"{ASKED}@{TARGET}")
    terminal.wait("password: ")
    wait_echo(terminal, False)
    terminal.type("half a pass\x03")
    terminal.wait("nothing is paired")
    wait_echo(terminal, True)
    said = terminal.end(1)
    expect(said, "interrupted")
    expect_nothing_paired(office, said, ASKED)


def no_terminal(office):
    said = office.add(f"{ASKED}@{TARGET}", code=1)
    expect(said, "Permission denied", f"try 'ssh {ASKED}@{TARGET}' by hand", "there is no terminal here")
    expect_nothing_paired(office, said, ASKED)


# --- what a login prints, and what is not there ---

def noise(office):
    with open(office.path("banner"), "w", encoding="utf-8") as file:
        file.write(BANNER)
    said = office.add("--name", "lab3", f"{NOISY}@{TARGET}")
    expect(said, BANNER, "told on the other channel", f"user {NOISY}", "lab3 is connected and ready")
    assert "Last login" not in said and "\x1b" not in said and "\a" not in said, said
    os.unlink(office.path("banner"))


def may_not_log_in(office):
    said = office.add(f"hotdesk-agent@{TARGET}", code=1)
    expect(said, "said: This account is currently not available", r"may this user log in there")
    expect_nothing_paired(office, said)


def no_agent_there(office):
    said = office.add("-p", str(BARE_PORT), f"ann@{TARGET}", code=1)
    expect(said, f"there is no hotdesk-agent on {TARGET}", "sudo ./dev install")
    expect_nothing_paired(office, said)


def agent_is_too_old(office):
    """It knows no `join`: as such ones said it."""
    office.stand_in(OLD_AGENT)
    said = office.add("-p", str(OLD_PORT), f"ann@{TARGET}", code=1)
    expect(said, "join is no command", "is too old for 'hotdesk add': install this version there, or pair with")
    expect_nothing_paired(office, said)


# --- hosts that are not there, or hang ---

def not_there(office):
    for words, wanted in ((["nobody.invalid"], ["Could not resolve hostname", "try 'ssh nobody.invalid' by hand"]),
                          (["-p", "2", f"ann@{TARGET}"], ["Connection refused", f"try 'ssh -p 2 ann@{TARGET}' by hand"])):
        said = office.add(*words, code=1)
        expect(said, *wanted, "ssh could not do it")
        expect_nothing_paired(office, said)


def hangs(office):
    """The kernel takes the connection, nobody speaks. On a terminal it is told, and goes on when the sshd does."""
    os.kill(office.sshd.pid, signal.SIGSTOP)
    try:
        said = office.add(f"ann@{TARGET}", env=office.hurry(), code=1)
        expect(said, rf"{TARGET} does not go on \(waited 30 s\): its sshd hangs", f"try 'ssh ann@{TARGET}' by hand")
        expect_nothing_paired(office, said)
        terminal = Terminal(office, "--dry-run", f"ann@{TARGET}", env=office.hurry())
        terminal.wait(f"{TARGET} has not answered for 30 s: still waiting, Ctrl+C ends it")
    finally:
        os.kill(office.sshd.pid, signal.SIGCONT)
    expect(terminal.end(), "nothing was changed")


def login_waits(office):
    """A file of its login reads what is for the agent."""
    said = office.add(f"{SLOW}@{TARGET}", env=office.hurry(), code=1)
    expect(said, "what a login runs there", "said: Which terminal")
    expect_nothing_paired(office, said)


CHECKS = [
    ("users and hosts of odd names, and IPv6 as it is written", odd_names),
    ("a user with a capital and a hyphen is paired", odd_user_is_paired),
    ("what ssh would misread does not reach it", refused_before_ssh),
    ("ssh asks for a password on the terminal", password_is_asked_for),
    ("Ctrl+C at the password", interrupted_at_the_password),
    ("a password, and no terminal", no_terminal),
    ("a banner, and what ~/.bashrc prints", noise),
    ("a user who may not log in", may_not_log_in),
    ("no agent there", no_agent_there),
    ("an agent that is too old", agent_is_too_old),
    ("a name of nobody, a port of nobody", not_there),
    ("an sshd that hangs", hangs),
    ("a login that waits", login_waits),
]

if __name__ == "__main__":
    sys.exit(run_checks("hotdesk add and ssh", CHECKS, Odd))
