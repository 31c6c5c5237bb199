#!/usr/bin/python3
"""./dev demo machine: the console is a real kernel in QEMU, its keyboard is pressed through QMP; two virtual desktops
of this host are the other computers. A busy minute in ten lines: whatever was pressed is compared with what the
console's desktop and each computer's program saw. Non-zero when anything is not as told.

usage: machine.py BUILD [--tap]     --tap: as a test"""

import os
import random
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

DIGITS = {"local": "0", "lab1": "1", "lab2": "2"}
X_OFFSET = 8  # of X key codes
HOME_WITHIN_S = 3 * FACTOR  # the design: local keys work again within 3 s
KEYS_A_STOP, HELD_EVERY = 5, 4
LOSS_TRIES = 3
TYPEMATIC_S = 0.03

started = time.monotonic()
tap = harness.Tap() if "--tap" in sys.argv else None
is_short = tap and not harness.IS_LONG
BUSY_SWITCHES = 8 if is_short else 20


def say(text, passed=True):
    line = f"{time.monotonic() - started:5.1f} s  {text}"
    if tap:
        tap.ok(passed, line)
    else:
        print(line, flush=True)


def as_programs_take(events):
    """Without repeats, and without releases of what was not pressed: programs drop those."""
    down, taken = set(), []
    for code, value in events:
        if value == 1 or (value == 0 and code in down):
            taken.append((code, value))
            (down.add if value else down.discard)(code)
    return taken


def taps(*keys):
    return [(KEY_OF[key], value) for key in keys for value in (1, 0)]


class Demo:
    def __init__(self, desk, console):
        self.console, self.machine = console, console.machine
        self.switches = self.keys = 0
        self.place = "local"
        self.logs = {}
        for name in ("lab1", "lab2"):
            display = desk.display()
            self.logs[name] = display.keylog()
            console.pair(desk.machine(name, display=display))
        self.mark()

    # --- what each place sees ---

    def mark(self):
        self.start = self.machine.desktop_mark()
        for log in self.logs.values():
            log.mark()
        self.wanted = {name: [] for name in DIGITS}

    def seen(self, name):
        if name == "local":
            return as_programs_take(self.machine.desktop_keys(self.start))
        words = {"press": 1, "release": 0}
        return [(code - X_OFFSET, words[word]) for word, code in self.logs[name].keys() if word in words]

    def compare(self):
        """Everything since mark(), at every place."""
        for name, wanted in self.wanted.items():
            try:
                harness.wait_for("the keys", lambda: len(self.seen(name)) >= len(wanted))
            except harness.Failed:
                pass
            if self.seen(name) != wanted:
                raise harness.Failed(f"{name}: {harness.difference(wanted, self.seen(name))}")
        self.mark()

    # --- hands ---

    def type(self, *keys):
        self.machine.tap(*keys, pause_s=0.01)
        self.keys += len(keys)
        self.wanted[self.place] += taps(*keys)

    def press(self, key):
        self.machine.key(key, True)
        self.keys += 1
        self.wanted[self.place].append((KEY_OF[key], 1))

    def arrived_at(self, name):
        self.console.wait_active(name)
        if name == "local":
            self.console.wait_free(HOME_WITHIN_S)
        self.place = name
        self.switches += 1

    def go(self, name, held=None):
        """By hotkey; `held` is a key that is down before and after it."""
        if held:
            self.press(held)
        old = self.place
        if old == "local":  # nothing is held back there; the second press grabs, and what is down goes up in order
            self.wanted["local"] += taps("scroll_lock", "scroll_lock")[:-1]
            if held:
                self.lifts("local", held)
            self.lifts("local", "scroll_lock")
        self.console.hotkey(DIGITS[name])
        self.keys += 3
        self.arrived_at(name)
        if held:
            self.machine.key(held, False)
        if held and old != "local":
            self.lifts(old, held)

    def lifts(self, name, key):
        """That place sees the key go up, whether it is up or not."""
        self.wanted[name].append((KEY_OF[key], 0))

    # --- the minute ---

    def busy(self):
        rng = random.Random(1)
        held = 0
        for count in range(BUSY_SWITCHES):
            name = rng.choice([name for name in DIGITS if name != self.place])
            key = "x" if count % HELD_EVERY == 1 else None
            held += key is not None
            self.go(name, key)
            self.type(*rng.choices("abcdefghijklmnopqrstuvw", k=KEYS_A_STOP))
        self.home()
        self.compare()
        say(f"{BUSY_SWITCHES} switches by hotkey, {held} with a key held, typing at each stop: each key "
            f"arrived once, in place")

    def home(self):
        if self.place != "local":
            self.go("local")

    def repeat(self, key, times):
        """A PS/2 keyboard repeats by itself; QEMU's does when it is told to."""
        for _ in range(times):
            self.machine.key(key, True)
            time.sleep(TYPEMATIC_S)

    def typematic(self):
        self.press("a")
        self.repeat("a", 10)
        for name in ("lab1", "local"):
            self.machine.run(f"hotdesk switch {name}", check=True)
            self.arrived_at(name)
            self.repeat("a", 10)
        self.machine.key("a", False)
        self.lifts("local", "a")
        self.type("b")
        self.compare()
        say("a held key repeated on, over to lab1 and home: one press and release on the desktop, nothing at lab1")

    def plug(self):
        nodes = self.machine.run("ls /dev/input")[1]
        self.machine.qmp("device_add", driver="usb-kbd", id="extra")
        self.machine.wait("hotdesk devices | grep -q 'taken.*USB Keyboard'")
        if nodes == self.machine.run("ls /dev/input")[1]:
            raise harness.Failed("no node came with the keyboard")

    def unplug(self):
        self.machine.qmp("device_del", id="extra")
        self.machine.wait("! hotdesk devices | grep 'USB Keyboard'")

    def unplugged(self):
        self.go("lab1")
        self.plug()
        self.type("o")
        self.press("n")
        harness.wait_for("the key at lab1", lambda: self.seen("lab1")[-1:] == [(KEY_OF["n"], 1)])
        self.unplug()
        self.lifts("lab1", "n")
        harness.wait_for("lab1 to lift the key", lambda: self.seen("lab1")[-1:] == [(KEY_OF["n"], 0)])
        self.machine.key("n", False)
        self.type("e")
        self.plug()
        self.type("t", "w", "o")
        self.unplug()
        self.home()
        self.compare()
        say("a keyboard plugged in, unplugged with a key down, plugged in again: lab1 lifted the key, typing went on")

    def refused(self):
        mouse = self.machine.run("hotdesk devices | grep 'Mouse' | cut -d' ' -f1", check=True)[1].strip()
        self.machine.run(f"evlog --hold {mouse} > /tmp/held & echo $! > /tmp/holder")
        self.machine.wait("grep -q held /tmp/held")
        self.go("lab2")
        self.machine.wait(f"hotdesk devices | grep {mouse} | grep -q 'another program has grabbed it'")
        self.type("g", "o")
        self.machine.run("kill $(cat /tmp/holder)", check=True)
        self.home()
        self.wanted["local"] += taps("scroll_lock", "scroll_lock")
        self.console.hotkey("9")  # no such target
        self.machine.tap("l", "s")
        self.keys += 5
        self.console.wait_free(HOME_WITHIN_S)
        self.type("q")
        self.compare()
        say("the mouse grabbed by another program: the keyboard still switches; computer 9: refused, its keys "
            "go nowhere")

    def panic(self):
        self.go("lab2")
        self.press("k")
        for key in ("esc", "backspace", "ret"):
            self.machine.key(key, True)
        self.keys += 3
        seconds = self.console.wait_free(HOME_WITHIN_S)
        self.arrived_at("local")
        for key in ("ret", "backspace", "esc", "k"):
            self.machine.key(key, False)
        harness.wait_for("lab2 to lift all", lambda: len(self.seen("lab2")) == 6)
        pressed = [(KEY_OF[key], 1) for key in ("k", "esc", "backspace")]
        seen = self.seen("lab2")
        if seen[:3] != pressed or sorted(seen[3:]) != sorted((code, 0) for code, _ in pressed):
            raise harness.Failed(f"lab2 saw {seen}")
        self.wanted["lab2"] = seen
        self.type("p")
        self.compare()
        say(f"panic (Escape+Backspace+Enter) with a key held at lab2: keys are home in {seconds:.1f} s, all "
            f"is up there")

    def loss(self, who, what):
        """Kills and stops programs while lab1 is active and has a key down."""
        seconds = {}
        for number in ("KILL", "STOP"):
            seconds[number] = self.lose(who, number)
            # A host that has no time for its guest is no fault of the guest.
            for _ in range(LOSS_TRIES - 1):
                if seconds[number] > HOME_WITHIN_S:
                    seconds[number] = self.lose(who, number)
            if seconds[number] > HOME_WITHIN_S:
                raise harness.Failed(f"SIG{number} of {what}: home only after {seconds[number]:.1f} s")
        say(f"{what} killed with a key down at lab1: keys are home in {seconds['KILL']:.1f} s; "
            f"stopped: in {seconds['STOP']:.1f} s")

    def lose(self, who, number):
        """The seconds until the keys are home."""
        self.machine.run("hotdesk switch lab1", check=True)
        self.arrived_at("lab1")
        self.press("h")
        harness.wait_for("the key at lab1", lambda: self.seen("lab1"))
        ids = " ".join(map(str, self.console.processes(who)))
        self.machine.run(f"kill -{number} {ids}", check=True)
        seconds = self.console.wait_free(20)
        self.machine.key("h", False)
        self.lifts("lab1", "h")
        self.place = "local"
        self.type("o", "k")
        self.compare()
        self.console.restart()
        self.console.wait_state("lab1", "ready", 60)
        return seconds

    def figures(self):
        down = [line for line in self.machine.run("evlog --state", check=True)[1].splitlines()
                if " down" in line and line.split(" down")[1].strip()]
        if down:
            raise harness.Failed(f"left down: {down}")
        say(f"{self.switches} switches, {self.keys} keys: 0 lost, 0 doubled, 0 in a wrong place, 0 left down")

    def run(self):
        self.busy()
        self.typematic()
        self.unplugged()
        self.refused()
        self.panic()
        if not is_short:  # test_console.py and test_losses.py have them
            self.loss(["worker"], "hotdesk-input")
            self.loss(["server"], "hotdesk-server")
        self.loss(["worker", "watchdog", "server"], "both")
        self.figures()


def main():
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    try:
        with harness.Harness(sys.argv[1]) as desk:
            say("the console: Debian's kernel in QEMU, emulated (hotdesk's times are doubled); a script "
                "presses its keyboard")
            with kernel_console.KernelConsole(desk, "ps2", FACTOR, options=("-device", "qemu-xhci")) as console:
                demo = Demo(desk, console)
                say("hotdesk runs in it; two X displays of this host are paired with it: lab1, lab2")
                demo.run()
    except (harness.Failed, vm.MachineError) as failure:
        say(f"FAILED: {failure}", passed=False)
        return 1
    finally:
        if tap:
            tap.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
