#!/usr/bin/python3
"""The whole line with every program at log-level debug: nothing that is typed is in a log, nor told to who watches."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import KEYCODES, SCROLL_LOCK, Failed, Harness, Tap, read_text, text_commands, wait_for  # noqa: E402

DEBUG = "log-level = debug\n"
EVDEV_OFFSET = 8
PASSWORD = "xyzzyplugh"
# X key codes whose numbers, and the kernel's, nothing else in a log has.
CODES = [code + EVDEV_OFFSET for code in range(183, 195)]
LEADER = [f"key {SCROLL_LOCK}"] * 2


class Line:
    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console(conf=DEBUG)
        self.display = desk.display(640, 480)
        self.lab = desk.machine("lab", display=self.display, conf=DEBUG)
        desk.pair(self.console, self.lab)
        desk.wait_ready(self.console, "lab")
        self.screen = desk.display(640, 480)
        with open(os.path.join(os.path.dirname(self.console.config_file), "viewer.conf"), "w", encoding="utf-8") as file:
            file.write(DEBUG)
        self.watch = desk.start("hotdesk-watch", [desk.program("hotdesk"), "watch"], env=self.console.environment)
        self.window = self.console.window(self.screen)
        self.hand = self.screen.typist()
        self.ear = self.display.keylog()

    def type_secrets(self):
        self.hand.do(*text_commands(PASSWORD), *(f"key {code}" for code in CODES))

    def logs(self):
        """{name: text} of all that the programs said."""
        return {f"{process.name} {process.pid}": read_text(process.log) for process in self.desk.processes
                if process.name.startswith("hotdesk")}


def secrets_arrive_at_the_target(line):
    """In the console's own window, at the target, after a refusal: whoever gets them."""
    line.type_secrets()
    line.hand.do(*LEADER, f"key {KEYCODES['1']}")
    wait_for("lab to be active", lambda: line.console.active_name() == "lab")
    line.ear.mark()
    line.type_secrets()
    wanted = [KEYCODES[letter] for letter in PASSWORD] + CODES
    line.ear.wait_keys([(way, code) for code in wanted for way in ("press", "release")])
    line.hand.do(*LEADER, f"key {KEYCODES['9']}")
    line.type_secrets()
    line.hand.do(*LEADER, f"key {KEYCODES['0']}")
    line.type_secrets()
    wait_for("local to be active", lambda: line.console.active_name() == "local")


def programs_say_what_they_do(line):
    """Else there would be nothing to look for."""
    logs = line.logs()
    for name in ("hotdesk-server", "hotdesk-agent", "hotdesk-viewer", "hotdesk-watch"):
        text = "".join(text for process, text in logs.items() if process.startswith(name + " "))
        if not text or (name in ("hotdesk-server", "hotdesk-viewer") and "debug: " not in text):
            raise Failed(f"{name} says: {text!r}")


def numbers(text):
    """Whole numbers in the text, but for those of processes, ports, addresses and times, and keys' fingerprints."""
    text = re.sub(r"SHA256:\S+|\bpid[= ]\d+|\d+(?:\.\d+)+|:\d{4,5}\b|\"(?:time|pid)\": *[\d.]+", " ", text)
    found = {int(number) for number in re.findall(r"(?<![\w.])\d+(?![\w.])", text)}
    return found | {int(number, 16) for number in re.findall(r"\b0x([0-9a-fA-F]+)\b", text)}


def no_key_is_told(line):
    codes = {code - offset for code in CODES for offset in (0, EVDEV_OFFSET)}
    for name, text in line.logs().items():
        told = codes & numbers(text)
        if told:
            raise Failed(f"{name} tells the keys {sorted(told)}: {text[-2000:]}")
        for word in (PASSWORD, "KEY_", "XF86", "keysym"):
            if word in text:
                raise Failed(f"{name} tells {word}: {text[-2000:]}")


def main():
    tap = Tap()
    with Harness() as desk:
        line = Line(desk)
        for check in (secrets_arrive_at_the_target, programs_say_what_they_do, no_key_is_told):
            tap.check(check.__name__.replace("_", " "), check, line)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
