#!/usr/bin/python3
"""The console as a real kernel: a PS/2 or USB keyboard, grabs, hotkeys, panic, and programs that die or hang.

usage: test_console.py ps2|usb [CHECK...]
Everything that QMP pressed is compared, whole, with what the local desktop and each target's program saw.
"""

import os
import random
import re
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]

import harness  # noqa: E402
import kernel_console  # noqa: E402
from harness import wait_for  # noqa: E402
from vm import KEY_OF  # noqa: E402

FACTOR = 4  # of the times in the machine and of its agents; the harness gets it from the environment
os.environ["HOTDESK_TIME_FACTOR"] = str(FACTOR)
harness.FACTOR = FACTOR
LOSS_TRIES = 3


def pairs(*names):
    """[(code, 1), (code, 0), ...] as evdev shows a tap of each key."""
    return [(KEY_OF[name], value) for name in names for value in (1, 0)]


def x_pairs(*names):
    return [(word, KEY_OF[name] + 8) for name in names for word in ("press", "release")]


class Test:
    home_within_s = 3 * FACTOR  # the design: local keys work again within 3 s

    def __init__(self, desk, console):
        self.desk, self.console, self.machine = desk, console, console.machine
        self.logs, self.targets = {}, {}
        for name in ("lab1", "lab2"):
            display = desk.display()
            self.logs[name] = display.keylog()
            self.targets[name] = desk.machine(name, display=display)
            console.pair(self.targets[name])

    def mark(self):
        for log in self.logs.values():
            log.mark()
        self.start = self.machine.desktop_mark()

    def desktop(self):
        return self.machine.desktop_keys(self.start)

    def wait_desktop(self, wanted):
        self.machine.wait_desktop(lambda keys: len(keys) >= len(wanted), self.start)
        if self.desktop() != wanted:
            raise harness.Failed("the desktop: " + harness.difference(wanted, self.desktop()))

    def go(self, name):
        """By hotkey; the marks are set after it."""
        self.console.hotkey({"local": "0", "lab1": "1", "lab2": "2"}[name])
        self.console.wait_active(name)
        # The give waits for the keys of the hotkey to come up.
        if name == "local":
            self.console.wait_free(5)
        self.mark()

    def types_at(self, name, *keys):
        """Types; all of it arrives there, nothing anywhere else."""
        self.mark()
        self.machine.tap(*keys)
        if name == "local":
            self.wait_desktop(pairs(*keys))
        else:
            self.logs[name].wait_keys(x_pairs(*keys))
            self.wait_desktop([])
        for other, log in self.logs.items():
            if other != name:
                log.wait_keys([])

    def local_keys_are_local(self):
        self.types_at("local", "h", "e", "l", "l", "o")

    def hotkey_switches(self):
        self.go("lab1")
        self.types_at("lab1", "a", "b", "c")
        self.go("lab2")
        self.types_at("lab2", "d", "e", "f")
        self.go("local")
        self.types_at("local", "x", "y")

    def nothing_after_the_leader_is_local(self):
        self.mark()
        self.console.hotkey("9")  # there is no such target: refused, and 700 ms of keys go nowhere
        self.machine.tap("q", "w")
        wait_for("the devices to be given back", lambda: not self.console.is_grabbed())
        self.wait_desktop(pairs("scroll_lock", "scroll_lock"))
        self.types_at("local", "z")

    def text_after_home_hotkey_is_whole(self):
        """leader 0 and the next word rolled over it"""
        self.go("lab1")
        self.machine.tap("scroll_lock", "scroll_lock")
        time.sleep(0.15)  # as kernel_console.hotkey
        for key, down in (("0", 1), ("w", 1), ("0", 0), ("o", 1), ("w", 0), ("o", 0)):
            self.machine.key(key, bool(down))
            time.sleep(0.2)  # a grab takes the kernel a while to end; a key pressed meanwhile overtakes
        self.machine.tap("r", "d")
        self.console.wait_active("local")
        wanted = [("w", 1), ("o", 1), ("w", 0), ("o", 0), ("r", 1), ("r", 0), ("d", 1), ("d", 0)]
        self.machine.wait_desktop(lambda keys: len([k for k in keys if k[0] != KEY_OF["0"]]) >= 8, self.start)
        seen = [key for key in self.desktop() if key[0] != KEY_OF["0"]]
        wanted = [(KEY_OF[key], value) for key, value in wanted]
        if seen[:1] == [(KEY_OF["w"], 0)]:
            del seen[0]  # it was down for the kernel and is pressed anew; programs drop such a release
        if seen != wanted:
            raise harness.Failed(harness.difference(wanted, seen))
        if (KEY_OF["0"], 1) in self.desktop():
            raise harness.Failed("the hotkey's digit was pressed on the desktop")
        self.logs["lab1"].wait_keys([])

    def repeat(self, key, times):
        """A PS/2 keyboard repeats by itself; QEMU's does when it is told to."""
        for _ in range(times):
            self.machine.key(key, True)
            time.sleep(0.03)

    def typematic_at_grab(self):
        self.mark()
        self.repeat("a", 4)
        self.machine.run("hotdesk switch lab1", check=True)
        self.repeat("a", 5)
        self.machine.key("a", False)
        self.types_at("lab1", "a")  # marks anew: nothing of the held key came late
        fresh = [key for key in self.machine.desktop_keys(0)[-12:] if key == (KEY_OF["a"], 1)]
        if len(fresh) > 1:
            raise harness.Failed("the desktop saw a fresh press of the held key")
        self.go("local")

    def typematic_at_grab_seen_by_both(self):
        self.mark()
        self.repeat("s", 3)
        self.machine.run("hotdesk switch lab1", check=True)
        self.repeat("s", 5)
        self.machine.key("s", False)
        self.machine.tap("t")
        self.logs["lab1"].wait_keys(x_pairs("t"))
        keys = [key for key in self.desktop() if key[1] != 2]
        if keys != pairs("s"):
            raise harness.Failed(f"the desktop saw {keys}")
        self.go("local")

    def typematic_at_ungrab(self):
        self.go("lab1")
        self.repeat("b", 4)
        self.machine.run("hotdesk switch local", check=True)
        self.repeat("b", 30)
        self.machine.key("b", False)
        self.logs["lab1"].wait_keys(x_pairs("b"))
        self.console.wait_free(5)
        if (KEY_OF["b"], 1) in self.desktop():
            raise harness.Failed("the held key was pressed anew on the desktop")
        self.types_at("local", "b")

    def modifiers_held_at_a_switch_stay_behind(self):
        self.mark()
        self.machine.key("shift", True)
        self.machine.run("hotdesk switch lab1", check=True)
        self.machine.tap("a")
        self.machine.key("shift", False)
        self.logs["lab1"].wait_keys(x_pairs("a"))
        self.wait_desktop(pairs("shift"))
        self.go("local")

    def panic_brings_it_home(self):
        self.go("lab2")
        self.machine.key("k", True)
        self.machine.chord("esc", "backspace", "ret")
        self.console.wait_active("local")
        self.machine.key("k", False)
        # Of what is up again the desktop sees releases of keys that it never saw pressed; it drops them.
        self.machine.wait_desktop(lambda keys: (KEY_OF["k"], 0) in keys, self.start)
        if [key for key in self.desktop() if key[1]]:
            raise harness.Failed(f"the desktop saw presses: {self.desktop()}")
        wanted = [("press", KEY_OF["k"] + 8), ("press", KEY_OF["esc"] + 8), ("press", KEY_OF["backspace"] + 8)]
        def seen_keys():
            return [key for key in self.logs["lab2"].keys() if key[0] != "repeat"]
        wait_for("the target's releases", lambda: len(seen_keys()) >= 6)
        seen = seen_keys()
        if seen[:3] != wanted or sorted(key for _, key in seen[3:]) != sorted(key for _, key in wanted):
            raise harness.Failed(f"the target saw {seen}")
        self.types_at("local", "p")

    def wheel_and_motion_reach_the_target(self):
        self.go("lab1")
        before = self.targets["lab1"].display.pointer()
        self.machine.move(20, 10)
        self.machine.move(22, 11)
        wait_for("the pointer", lambda: self.targets["lab1"].display.pointer_is_near(
            before[0] + 42, before[1] + 21))
        self.machine.button("left", True)
        self.machine.button("left", False)
        wait_for("the click", lambda: len([event for event in self.logs["lab1"].events()
                                           if event[0] == "button"]) == 2)
        self.go("local")

    def a_watch_counts_and_names_no_key(self):
        """Motion, which is muted without a grab, is counted all the same; the desktop has it all."""
        keys = "zxcvbnm"
        self.machine.run("hotdesk devices --watch > /tmp/watch 2>&1 & echo $! > /tmp/watcher")
        self.machine.wait("grep -q taken /tmp/watch")
        self.mark()
        self.machine.move(5, 5)
        self.machine.tap(*keys)

        def lines():
            return self.machine.run("grep ':  ' /tmp/watch")[1]

        def counted(kind):
            return sum(map(int, re.findall(kind + r" (\d+)", lines())))
        wait_for("all keys and the motion to be counted", lambda: counted("keys") >= len(keys) and counted("motion"))
        numbers = set(map(int, re.findall(r"(?<![\w.])\d+(?![\w.])", lines())))
        if counted("keys") != len(keys) or numbers & {KEY_OF[key] for key in keys}:
            raise harness.Failed(lines())
        self.machine.run("kill $(cat /tmp/watcher)", check=True)
        self.wait_desktop(pairs(*keys))

    def busy_sequence(self):
        """Switches at random, text at each place, all of it compared in the end."""
        rng = random.Random(20240601)
        wanted = {"local": [], "lab1": [], "lab2": []}
        self.mark()
        place = "local"
        for _ in range(12):
            next_place = rng.choice([name for name in wanted if name != place])
            if place == "local":
                wanted["local"] += pairs("scroll_lock", "scroll_lock")
            self.console.hotkey({"local": "0", "lab1": "1", "lab2": "2"}[next_place])
            place = next_place
            if place == "local":
                # The end of a grab takes this kernel 0.1 s a device; text_after_home_hotkey tries that time.
                self.console.wait_free(5)
            keys = rng.choices("abcdefghijklmnopqrstuvwxyz", k=5)
            self.machine.tap(*keys, pause_s=0.02)
            wanted[place] += pairs(*keys) if place == "local" else x_pairs(*keys)
        for name, log in self.logs.items():
            log.wait_keys(wanted[name])
        ignore = KEY_OF["0"]
        wait_for("the desktop", lambda: len([k for k in self.desktop() if k[0] != ignore])
                 >= len(wanted["local"]))
        seen = [key for key in self.desktop() if key[0] != ignore]
        if seen != wanted["local"] or (ignore, 1) in self.desktop():
            raise harness.Failed("the desktop: " + harness.difference(wanted["local"], seen))
        if place != "local":
            self.go("local")

    def loss(self, signal, who):
        """Home in time, once of three times: a machine that has no time for its guest is no fault of the guest."""
        if all(self.lose(signal, who) > self.home_within_s for _ in range(LOSS_TRIES)):
            raise harness.Failed(f"home only after more than {self.home_within_s} s, {LOSS_TRIES} times")

    def lose(self, signal, who):
        """Kills or stops `who` while lab1 is active with a key down: home, and the target lifts it. The seconds."""
        self.go("lab1")
        self.machine.key("h", True)
        wait_for("the key at the target", lambda: self.logs["lab1"].keys())
        ids = self.console.processes(who)
        self.machine.run(f"kill -{signal} " + " ".join(map(str, ids)), check=True)
        seconds = self.console.wait_free(self.home_within_s + 10)
        self.machine.key("h", False)
        wait_for("the target to lift the key",
                 lambda: self.logs["lab1"].keys()[-1:] == [("release", KEY_OF["h"] + 8)], 10)  # repeats end, too
        start = self.machine.desktop_mark()
        self.machine.tap("l")
        if not self.machine.wait_desktop(lambda keys: (KEY_OF["l"], 1) in keys and (KEY_OF["l"], 0) in keys, start):
            raise harness.Failed("the desktop does not get keys")
        if signal == "STOP":
            self.machine.run(f"kill -CONT {' '.join(map(str, ids))}")
        if "server" in who:
            self.console.restart()
        self.console.wait_state("lab1", "ready", 60)
        self.machine.wait("hotdesk devices --json | grep -q '\"taken\": true'")
        self.types_at("local", "o", "k")
        return seconds

    def still_switches(self):
        self.go("lab1")
        self.types_at("lab1", "e", "n", "d")
        self.go("local")


def main():
    keyboard = sys.argv[1]
    tap = harness.Tap()
    only = sys.argv[2:]
    with harness.Harness() as desk, kernel_console.KernelConsole(desk, keyboard, FACTOR) as console:
        test = Test(desk, console)
        checks = [test.local_keys_are_local, test.hotkey_switches, test.nothing_after_the_leader_is_local,
                  test.text_after_home_hotkey_is_whole, test.typematic_at_grab,
                  test.typematic_at_grab_seen_by_both, test.typematic_at_ungrab,
                  test.modifiers_held_at_a_switch_stay_behind, test.panic_brings_it_home,
                  test.wheel_and_motion_reach_the_target, test.a_watch_counts_and_names_no_key, test.busy_sequence]
        for check in checks if not only else [getattr(test, name) for name in only]:
            console.check(tap, f"{keyboard}: {check.__name__.replace('_', ' ')}", check)
        # As in a checkout, where one starts the other; test_losses.py has all, as they are installed.
        losses = [("STOP", ["worker"]), ("KILL", ["server"])]
        for signal, who in losses if keyboard == "ps2" and not only else []:
            console.check(tap, f"{keyboard}: SIG{signal} of {', '.join(who)}: keys are local again", test.loss, signal, who)
        console.check(tap, f"{keyboard}: still switches after all that", test.still_switches)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
