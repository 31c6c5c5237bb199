"""config/*.conf are what the programs print; the man pages have every option and command, and no other; what the documents
show as configuration is accepted, and what they point at is there."""

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


# Of documents: the first block of this program's configuration.
SHOWN = {"docs/vnc.md": "server", "docs/hotkeys.md": "input", "docs/session.md": "viewer"}


def shown_is_accepted(document, name):
    blocks = re.findall(r"(?:^    .*\n)+", read(document), re.MULTILINE)
    block = next(block for block in blocks if re.search(r"^    [a-z-]+ (=|{)", block))
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(re.sub(r"(?m)^    ", "", block))
        file.flush()
        run(PROGRAMS[name][0], "--config", file.name, "--check-config")


def inline_is_accepted(document):
    """`option = value` and sections in the running text."""
    texts = set(re.findall(r"`([a-z-]+ (?:= [^`]+|\{ [^`]+ \}))`", read(document)))
    for text in texts:
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text + "\n")
            file.flush()
            if not any(is_accepted(program, file.name) for program, _ in PROGRAMS.values()):
                raise Failed(f"no program takes {text}")


def is_accepted(program, path):
    try:
        run(program, "--config", path, "--check-config")
        return True
    except Failed:
        return False


def links_lead_somewhere():
    for folder, _, names in os.walk(TOP):
        parts = os.path.relpath(folder, TOP).split(os.sep)
        for name in names:
            if not name.endswith(".md") or parts[0].startswith(("build", ".")) and parts != ["."]:
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read())
            missing = [link for link in links if not os.path.exists(os.path.join(folder, link))]
            if missing:
                raise Failed(f"{name}: {missing}")


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
    for document, name in SHOWN.items():
        tap.check(f"the configuration in {document} is accepted", shown_is_accepted, document, name)
    for document in ("README.md", *SHOWN):
        tap.check(f"options in the text of {document} are accepted", inline_is_accepted, document)
    tap.check("links of the documents lead somewhere", links_lead_somewhere)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
