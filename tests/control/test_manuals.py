"""config/*.conf are what the programs print; the man pages have every option and command, and no other."""

import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, os.path.join(TOP, "tests"))
from harness import Failed, Tap, find_build_dir  # noqa: E402

PROGRAMS = {"server": ("server/net/hotdesk-server", "8"), "input": ("server/input/hotdesk-input", "8"),
            "viewer": ("server/viewer/hotdesk-viewer", "1"), "agent": ("agent/hotdesk-agent", "1")}
LONG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def run(program, *words):
    """Where no configuration is, so that the defaults are printed."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {key: empty for key in ("HOME", "CONFIGURATION_DIRECTORY", "STATE_DIRECTORY", "RUNTIME_DIRECTORY",
                                              "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")}
        environment.update({key: value for key, value in os.environ.items() if key == "PATH" or "SAN_" in key})
        done = subprocess.run([os.path.join(find_build_dir(), program), *words], capture_output=True, text=True,
                              timeout=30, env=environment, check=False)
    if done.returncode:
        raise Failed(f"{program} {' '.join(words)}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def example_is_true(name, program):
    printed = run(program, "--print-config")
    if printed != read("config", f"{name}.conf"):
        raise Failed(f"it is no more what the program prints; make it anew:\n"
                     f"CONFIGURATION_DIRECTORY=/nonexistent build/{program} --print-config > config/{name}.conf")


def example_is_accepted(name, program):
    run(program, "--config", os.path.join(os.path.abspath(TOP), "config", f"{name}.conf"), "--check-config")


def page_of(program):
    page = read("docs/man", program + ".scd")
    return page, re.sub(r"(?m)^@CONFIG .*$", "", page)


def same_options(helped, page):
    """The man page's list of options, as headings of its paragraphs, against --help."""
    listed = {option for line in re.findall(r"(?m)^\*-.*$", page) for option in LONG.findall(line)}
    told = set(LONG.findall(helped))
    told |= {"--help", "--version"} & listed
    if listed != told:
        raise Failed(f"only in the man page: {sorted(listed - told)}; only in --help: {sorted(told - listed)}")


def has_its_configuration(name, page):
    if f"\n@CONFIG {name}.conf@\n" not in page:
        raise Failed("it has no list of the configuration's options")


def cli_commands():
    helped = run("server/cli/hotdesk", "--help")
    told = set(re.findall(r"(?m)^  ([a-z]+) ", helped))
    listed = set(re.findall(r"(?m)^\*([a-z]+)\*", page_of("hotdesk.1")[1].split("# COMMANDS")[1].split("# OPTIONS")[0]))
    if told != listed:
        raise Failed(f"--help has {sorted(told)}, the man page {sorted(listed)}")


def main():
    tap = Tap()
    for name, (program, section) in PROGRAMS.items():
        page = page_of(f"hotdesk-{name}.{section}")
        tap.check(f"config/{name}.conf is what hotdesk-{name} prints", example_is_true, name, program)
        tap.check(f"hotdesk-{name} accepts config/{name}.conf", example_is_accepted, name, program)
        tap.check(f"hotdesk-{name}({section}) has all options", lambda: same_options(run(program, "--help"), page[1]))
        tap.check(f"hotdesk-{name}({section}) has the configuration", has_its_configuration, name, page[0])
    tap.check("hotdesk(1) has all options", lambda: same_options(run("server/cli/hotdesk", "--help"),
                                                                 page_of("hotdesk.1")[1]))
    tap.check("hotdesk(1) has all commands", cli_commands)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
