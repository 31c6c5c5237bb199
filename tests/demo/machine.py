#!/usr/bin/python3
"""./dev demo machine: the console is a real kernel in QEMU, its keyboard is pressed through QMP; two virtual desktops
of this host are the other computers. Tells in ten lines what happened; non-zero when anything did not."""

import os
import signal
import sys
import time

TESTS_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS_DIR, "machine"), TESTS_DIR]
FACTOR = 2  # software emulation is slow: all of hotdesk's times are stretched by this
os.environ["HOTDESK_TIME_FACTOR"] = str(FACTOR)

import harness  # noqa: E402
import kernel_console  # noqa: E402
import vm  # noqa: E402
from vm import KEY_OF  # noqa: E402

started = time.monotonic()


def say(text):
    print(f"{time.monotonic() - started:5.1f} s  {text}", flush=True)


def keys_of(text):
    return ["spc" if letter == " " else letter for letter in text]


class Demo:
    def __init__(self, desk, console):
        self.console, self.machine = console, console.machine
        self.terminals, self.targets = {}, {}
        for name in ("lab1", "lab2"):
            display = desk.display()
            self.terminals[name] = display.terminal()
            self.targets[name] = desk.machine(name, display=display)
            console.pair(self.targets[name])

    def type_at(self, name, text):
        terminal = self.terminals[name]
        terminal.mark()
        start = self.machine.desktop_mark()
        self.machine.tap(*keys_of(text), pause_s=0.01)
        terminal.wait_text(text)
        if self.machine.desktop_keys(start):
            raise harness.Failed("the console's desktop saw some of it")
        say(f"typed on the kernel's keyboard, arrived in {name}'s terminal: {text!r}")

    def type_locally(self, text, quietly=False):
        start = self.machine.desktop_mark()
        self.machine.tap(*keys_of(text), pause_s=0.01)
        wanted = [(KEY_OF[key], value) for key in keys_of(text) for value in (1, 0)]

        def arrived(keys):
            return [key for key in keys if key in wanted][-len(wanted):] == wanted
        if not self.machine.wait_desktop(arrived, start):
            raise harness.Failed(f"the console's desktop saw {self.machine.desktop_keys(start)}, not {wanted}")
        if not quietly:
            say(f"local is active, the console's own desktop got: {text!r}")

    def switch(self, digit, name):
        self.console.hotkey(digit)
        self.console.wait_active(name)
        say(f"Scroll Lock twice, {digit}: {name} is active")

    def loss(self, number, who):
        """Kills or stops programs while lab1 is active."""
        self.console.hotkey("1")
        self.console.wait_active("lab1")
        ids = " ".join(map(str, self.console.processes(who)))
        self.machine.run(f"kill -{number} {ids}", check=True)
        seconds = self.console.wait_free(20)
        self.type_locally("ok", quietly=True)
        names = {"worker": "hotdesk-input", "server": "hotdesk-server"}
        what = " and ".join(names[name] for name in who if name in names)
        say(f"SIG{number} of {what}: keys are local again after {seconds:.1f} s")
        self.console.restart()
        self.console.wait_state("lab1", "ready", 60)

    def run(self):
        self.type_locally("at home")
        self.switch("1", "lab1")
        self.type_at("lab1", "hello lab1")
        self.switch("2", "lab2")
        self.type_at("lab2", "and hello lab2")
        self.machine.chord("esc", "backspace", "ret")
        self.console.wait_active("local")
        say("Escape+Backspace+Enter held together: local is active")
        self.type_locally("home again")
        for who in (["worker"], ["server"], ["worker", "watchdog", "server"]):
            for number in ("KILL", "STOP"):
                self.loss(number, who)


def main():
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    try:
        with harness.Harness(sys.argv[1]) as desk:
            say("booting Debian's kernel in QEMU (software emulation) as the console")
            with kernel_console.KernelConsole(desk, "ps2", FACTOR) as console:
                say("hotdesk-server and hotdesk-input run in it and hold its PS/2 keyboard and mouse")
                demo = Demo(desk, console)
                say("two agents on virtual desktops of this host are paired: lab1, lab2")
                demo.run()
        say("all of it worked; nothing is left behind")
        return 0
    except (harness.Failed, vm.MachineError) as failure:
        say(f"FAILED: {failure}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
