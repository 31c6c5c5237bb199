#!/usr/bin/python3
"""Random keys, buttons and switches on a real kernel, all of it compared with what must have come.

usage: test_random.py ps2|usb [SWITCHES]     HOTDESK_SEED=NUMBER draws other ones

Switches by hotkey, command and panic while keys and buttons are held, words are typed and keys repeat; refused and
cancelled ones between them. After each, everything that the local desktop and both targets got must be what oracle.py
says of what QMP pressed, event by event.
"""

import os
import random
import re
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]

import hand  # noqa: E402
import harness  # noqa: E402
import kernel_console  # noqa: E402
import oracle  # noqa: E402
import witness  # noqa: E402
from harness import wait_for  # noqa: E402
from oracle import HOT, LOCAL  # noqa: E402
from vm import KEY_OF  # noqa: E402

FACTOR = 4  # of the times in the machine and of its agents; the harness gets it from the environment
os.environ["HOTDESK_TIME_FACTOR"] = str(FACTOR)
harness.FACTOR = FACTOR
SEED = 20240601
SWITCHES = 205 if harness.IS_LONG else 41
SWITCHES_A_CHECK = 41
TARGETS = {"lab1": "1", "lab2": "2", "lab3": "3"}  # the last is offline
PLACES = [LOCAL, "lab1", "lab2"]
HELD_MAX = 3
SWALLOW_S = 0.7 * FACTOR
LEADER, BTN_LEFT = KEY_OF["scroll_lock"], 0x110
TRACE = ("-trace", "ps2_set_ledstate", "-trace", "hid_kbd_queue_full")
PANIC = ("esc", "backspace", "ret")
LEDS_QUIET_S = 0.15  # the kernel waits 0.05 s between two writes
BOUND_S = 5  # times FACTOR
LATE_STEPS = 4  # some have no event that would be waited for


class Console(kernel_console.KernelConsole):
    """Its log comes line by line: it says when devices were grabbed and given back."""

    def start_server(self):
        for name in ("input", "server"):
            self.machine.run(f"mkdir -p /etc/hotdesk; echo log-level = debug > /etc/hotdesk/{name}.conf")
        # As a display server has it: the kernel's own console would show its state for Ctrl and Scroll Lock.
        self.machine.run("evlog --console-off", check=True)
        self.machine.run("hotdesk-server 2>&1 | cat > /dev/virtio-ports/log &")
        self.machine.wait("hotdesk devices --json | grep -q '\"taken\": true'")

    def server_log(self):
        return "\n".join(self.machine.log_lines)


class Random:
    def __init__(self, desk, console, keyboard, seed):
        self.console, self.machine, self.is_ps2 = console, console.machine, keyboard == "ps2"
        self.rng = random.Random(seed)
        paths = {}
        for name in TARGETS:
            path = os.path.join(desk.directory, name + ".typed")
            target = desk.machine(name, conf=f'injector = record\nrecord-file = "{path}"\n')
            console.pair(target)
            if name in PLACES:
                paths[name] = path
            else:
                target.process.kill()
                console.wait_state(name, "offline")
        self.witness = witness.Witness(self.machine, paths)
        self.hand = hand.Hand(self.machine, self.rng, self.is_ps2, self.witness.key_count)
        self.worlds = [oracle.World()]  # more than one when it is not known yet which keys are stuck
        self.figures = dict.fromkeys(("hotkey", "command", "panic", "refused", "cancelled", "held", "raced", "stuck",
                                      "overtaken", "repeated"), 0)
        self.switches = 0
        self.story = []  # the last steps
        self.late = []  # of the last steps: codes touched, and their repeats: nobody waits for what is nobody's
        self.log_start = 0

    @property
    def world(self):
        return self.worlds[0]

    # --- what is common to all steps ---

    def begin(self, text):
        self.hand.clear()
        self.log_start = len(self.machine.log_lines)
        self.story = self.story[-5:] + [f"{text} at {self.world.place}, down: {' '.join(self.hand.names_down())}"]

    def log_has(self, pattern):
        return any(re.search(pattern, line) for line in self.machine.log_lines[self.log_start:])

    def wait_log(self, pattern):
        wait_for(f"the log to say {pattern!r}", lambda: self.log_has(pattern), BOUND_S, 0.005)

    def wait_leds(self, locks):
        """Until a PS/2 keyboard shows these and is left alone: while the kernel tells it of LEDs it drops key codes
        (libps2.c, ps2_handle_ack), and it may tell it twice (atkbd.c, atkbd_schedule_event_work)."""
        told = [0, time.monotonic()]

        def is_quiet():
            lines = [line for line in self.machine.trace() if "ps2_set_ledstate" in line]
            if len(lines) != told[0]:
                told[:] = len(lines), time.monotonic()
            return int(lines[-1].split()[-1], 0) == locks and time.monotonic() > told[1] + LEDS_QUIET_S
        if self.is_ps2:
            wait_for(f"the keyboard to show {locks}", is_quiet, BOUND_S, 0.01)

    def difference(self, outcomes):
        """None, with the worlds as these outcomes have them, or what is wrong."""
        self.witness.pull()
        wrong = [self.witness.difference(outcome) for outcome in outcomes]
        fitting = [outcome for outcome, difference in zip(outcomes, wrong) if not difference]
        if not fitting:
            return wrong[0]
        self.accept(fitting)
        return None

    def accept(self, outcomes):
        desktop, outcome = self.witness.desktop, outcomes[0]
        touched = {event[0] for event in self.hand.events}.union(*(world.down | world.stuck for world in self.worlds))
        sent = [event[0] for event in self.hand.events if event[1] == 2]
        lately = touched.union(*(codes for codes, _ in self.late))
        wrong = [item for item in desktop.strays if item[1] or item[0] not in lately]
        wrong += [code for code in desktop.repeats if code not in lately]
        if self.is_ps2:  # else they are the kernel's
            most = sent + [code for _, repeats in self.late for code in repeats]
            wrong += [code for code in set(desktop.repeats) if desktop.repeats.count(code) > most.count(code)]
        self.late = self.late[1 - LATE_STEPS:] + [(touched, sent)]
        self.figures["repeated"] += len(desktop.repeats)
        if wrong:
            raise harness.Failed(f"the desktop got {wrong} of keys that nobody touched, or twice")
        self.worlds = list({outcome.world.key(): outcome.world for outcome in outcomes}.values())
        for name in ("raced", "stuck"):
            self.figures[name] += getattr(outcome, name)
        self.figures["overtaken"] += self.witness.is_overtaken(outcome)

    def settle(self, outcomes):
        """Waits until one of outcomes(world) is what came; then the next step begins."""
        if self.may_be_stuck() & {event[0] for event in self.hand.events if event[1] == 1}:
            self.probe()
        outcomes = [outcome for world in self.worlds for outcome in outcomes(world)]
        deadline = time.monotonic() + BOUND_S * FACTOR
        while True:
            wrong = self.difference(outcomes)
            if not wrong:
                break
            if time.monotonic() > deadline:
                raise harness.Failed(wrong)
            time.sleep(0.01)
        self.witness.clear()

    def tell(self):
        came = {name: place.streams for name, place in self.witness.places.items()}
        return (f"pressed: {self.hand.events}; came: {came}; repeats: {self.witness.desktop.repeats}, strays: "
                f"{self.witness.desktop.strays}; steps: {'; '.join(self.story)}")

    def stays(self):
        self.settle(lambda world: oracle.stays(world, PLACES, self.hand.events))

    def probe(self):
        """A key that must come, at the place that is active now: all before it has come, too."""
        never = self.hand.down | self.may_be_stuck()
        self.hand.tap(self.rng.choice([code for code in hand.WORD_KEYS if code not in never]))

    def may_be_stuck(self):
        return set().union(*(world.stuck for world in self.worlds))

    def done(self, how, outcomes):
        before = self.world.place
        self.settle(outcomes)
        if self.world.place != before:
            self.switches += 1
            self.figures[how] += 1
            self.figures["held"] += len(self.world.down)

    def takes(self, world, name, first, last, decided=None):
        return oracle.takes(world, PLACES, self.hand.events, name, first, last, decided, tells_drops=self.is_ps2)

    # --- steps without a switch ---

    def word(self):
        self.begin("a word")
        self.hand.play(self.hand.plan_word(self.rng.randint(2, 5)))
        self.stays()

    def hold(self):
        self.begin("hold")
        if len(self.hand.down) < HELD_MAX:
            codes = hand.WORD_KEYS + hand.WORD_MODIFIERS * 3 + list(hand.BUTTON_NAMES) * 8
            self.hand.set(self.rng.choice([code for code in codes if code not in self.hand.down]), 1)
            for _ in range(self.rng.choice((0, 0, 4, 8))):
                self.hand.repeat()
                self.hand.pause(0.02, 0.03)
        self.stays()

    def lift(self):
        self.begin("lift")
        for code in sorted(self.hand.down):
            if self.rng.random() < 0.6:
                self.hand.set(code, 0)
                self.hand.pause()
        self.stays()

    def move(self):
        self.begin("move")
        moves = []
        for _ in range(self.rng.randint(1, 4)):
            x, y = self.rng.randint(-60, 60), self.rng.randint(-60, 60)
            self.machine.move(x, y)
            moves.append((x, y, 0))
            self.hand.pause()
        for _ in range(self.rng.randint(0, 2)):
            up = self.rng.random() < 0.5
            self.machine.button("wheel-up" if up else "wheel-down", True)
            self.machine.button("wheel-up" if up else "wheel-down", False)
            moves.append((0, 0, 1 if up else -1))
            self.hand.pause()
        self.settle(lambda world: oracle.stays(world, PLACES, [], moves))

    # --- hotkeys ---

    def leader(self):
        """Two taps of Scroll Lock; (index from which the grab may fall, index at which it has)."""
        was_free = self.world.place == LOCAL
        self.hand.tap(LEADER, HOT)
        self.lift_one_letter()
        self.hand.set(LEADER, 1, HOT)
        first = len(self.hand.events)
        # A USB keyboard's key that comes up in the very moment of the grab is stuck (oracle.takes): not this one, please.
        if self.rng.random() < 0.5 and (self.is_ps2 or not was_free):
            self.hand.pause(0.0, 0.03)
            self.hand.set(LEADER, 0)
        if was_free:
            self.wait_log("devices grabbed")
        last = len(self.hand.events)
        if LEADER in self.hand.down:
            self.hand.set(LEADER, 0)
        self.wait_leds(7)
        self.hand.pause()
        return first, last

    def lift_one_letter(self):
        """The release of a letter does not end a tap."""
        letters = [code for code in sorted(self.hand.down) if code in hand.WORD_KEYS]
        if letters and self.rng.random() < 0.4:
            self.hand.set(self.rng.choice(letters), 0)
            self.hand.pause()

    def choices(self):
        """{key: where it leads} after a leader."""
        place = self.world.place
        neighbour = {LOCAL: ("lab1", "lab2"), "lab1": ("lab2", "lab2"), "lab2": ("lab1", "lab1")}[place]
        choices = {"1": "lab1", "2": "lab2", "0": LOCAL, "esc": LOCAL, "scroll_lock": LOCAL, "right": neighbour[0],
                   "tab": neighbour[0], "left": neighbour[1]}
        if self.world.last != place:
            choices["backspace"] = self.world.last
        return {key: name for key, name in choices.items() if name != place or key in "012"}

    def hotkey(self):
        key, name = self.rng.choice(list(self.choices().items()))
        self.begin(f"hotkey {key} ({name})")
        before = self.world.place
        first, last = self.leader()
        self.hand.set(KEY_OF[key], 1, HOT)
        decided = len(self.hand.events)
        self.hand.pause()
        self.hand.set(KEY_OF[key], 0)
        if self.is_ps2:
            self.wait_leds(0)
        elif self.rng.random() < 0.7:
            self.hand.play(self.hand.plan_word(self.rng.randint(1, 4)))
        self.probe()
        if name == LOCAL:
            self.wait_log("devices given back")
            self.probe()
        if before == LOCAL:
            self.done("hotkey", lambda world: self.takes(world, name, first, last, decided))
        elif name == LOCAL:
            self.done("hotkey", lambda world: oracle.gives(world, PLACES, self.hand.events, decided, decided))
        else:
            self.done("hotkey", lambda world: oracle.moves(world, PLACES, self.hand.events, name, decided, decided))

    def refused(self):
        """Number 3 is offline, 9 is nobody. Keys that follow are swallowed, until the next choice or 0.7 s later."""
        if self.world.place == LOCAL and self.hand.down:
            return
        key = self.rng.choice("39")
        self.begin(f"refused {key}")
        first, last = self.leader()
        self.hand.tap(KEY_OF[key], HOT)
        decided, start = len(self.hand.events), time.monotonic()
        self.wait_log("not switched to")
        if not self.is_ps2:
            self.hand.play(self.hand.plan_word(2))
        self.hand.events[decided:] = [(*event, HOT) if event[1] == 1 else event for event in self.hand.events[decided:]]
        self.figures["refused"] += 1
        if self.world.place == LOCAL:
            self.wait_log("devices given back")
            self.wait_leds(0)
            swallowed = len(self.hand.events)
            self.probe()
            self.settle(lambda world: self.takes(world, LOCAL, first, last, swallowed))
            return
        time.sleep(max(0, start + SWALLOW_S + 0.5 - time.monotonic()))
        self.wait_leds(0)
        self.probe()
        self.stays()

    def cancelled(self):
        """Any other key: nothing changes, and it goes nowhere."""
        if self.world.place == LOCAL and self.hand.down:
            return
        self.begin("cancel")
        first, last = self.leader()
        self.hand.tap(KEY_OF[self.rng.choice("xyz")], HOT)
        decided = len(self.hand.events)
        self.figures["cancelled"] += 1
        if self.world.place == LOCAL:
            self.wait_log("devices given back")
        self.wait_leds(0)
        self.probe()
        if self.world.place == LOCAL:
            self.settle(lambda world: self.takes(world, LOCAL, first, last, decided))
        else:
            self.stays()

    # --- other switches ---

    def command(self, name=None):
        """By `hotdesk switch`, which takes its time to start; meanwhile somebody types."""
        name = name or self.rng.choice([place for place in PLACES if place != self.world.place])
        self.begin(f"command {name}")
        before = self.world.place
        first = 0
        self.machine.run(f"hotdesk switch {name} > /tmp/switch 2>&1 &")
        end = time.monotonic() + self.rng.uniform(0.05, 0.3)
        while time.monotonic() < end or not self.log_has(f"switched from {before} to {name}"):
            self.hand.play(self.hand.plan_word(self.rng.randint(1, 3)))
            if time.monotonic() > end + BOUND_S * FACTOR:
                raise harness.Failed(f"not switched by command: {self.machine.run('cat /tmp/switch')[1]}")
        if before == LOCAL:
            self.wait_log("devices grabbed")
        elif name == LOCAL:
            if self.hand.down:
                self.hand.pause(0.1, 0.3)
                self.probe()  # ends its wait for the keys to come up
            self.wait_log("devices given back")
        last = len(self.hand.events)
        self.probe()
        if before == LOCAL:
            self.done("command", lambda world: self.takes(world, name, first, last))
        elif name == LOCAL:
            self.done("command", lambda world: oracle.gives(world, PLACES, self.hand.events, first, last))
        else:
            self.done("command", lambda world: oracle.moves(world, PLACES, self.hand.events, name, first, last))

    def panic(self):
        if self.world.place == LOCAL:
            return
        self.begin("panic")
        names = self.rng.sample(PANIC, 3)
        for name in names:
            self.hand.set(KEY_OF[name], 1, *([HOT] if name == names[-1] else []))
            self.hand.pause(0.0, 0.02)
        decided = len(self.hand.events)
        letters = len([code for code in self.hand.down if code in hand.WORD_KEYS])
        if self.rng.random() < 0.5 and len(PANIC) + letters + 2 <= hand.LETTERS_DOWN_MAX:
            self.hand.play(self.hand.plan_word(2))
        for name in self.rng.sample(PANIC, 3):
            self.hand.set(KEY_OF[name], 0)
            self.hand.pause()
        self.wait_log("devices given back")
        self.probe()
        self.done("panic", lambda world: oracle.gives(world, PLACES, self.hand.events, decided, decided))

    # --- all together ---

    def step(self):
        steps = {self.word: 4, self.hold: 6, self.lift: 4, self.move: 2, self.hotkey: 4 if self.is_ps2 else 8,
                 self.command: 6, self.panic: 2, self.refused: 0.2, self.cancelled: 0.6}
        self.rng.choices(list(steps), list(steps.values()))[0]()

    def some(self, count):
        end = self.switches + count
        while self.switches < end:
            try:
                self.step()
            except harness.Failed as failure:
                raise harness.Failed(f"{failure}; {self.tell()}") from None

    def rest(self):
        """All up and at home; nothing comes late."""
        self.begin("rest")
        for code in sorted(self.hand.down):
            self.hand.set(code, 0)
        self.stays()
        if self.world.place != LOCAL:
            self.command(LOCAL)
        self.begin("the last")
        self.probe()  # of each device: what was before it has come
        self.hand.tap(BTN_LEFT)
        self.stays()
        time.sleep(1)
        self.begin("the end")
        self.late = []
        self.stays()
        down = self.machine.run("evlog --state", check=True)[1]
        codes = {int(code) for line in down.splitlines() for code in line.partition(" down")[2].split()}
        grabbed = self.machine.run("evlog --grab-test | grep grabbed")[1]
        if grabbed or codes not in [world.stuck for world in self.worlds]:
            raise harness.Failed(f"at rest, but down: {codes}; may be stuck: {self.may_be_stuck()}; grabbed: {grabbed}")

    def say_figures(self, keyboard, seed, seconds, failed):
        ways = ", ".join(f"{value} {name}" for name, value in self.figures.items())
        print(f"# {keyboard}: seed {seed}: {self.switches} switches, {self.hand.keys} keys, {self.hand.buttons} buttons, "
              f"{self.hand.repeats} repeats, {failed} errors, {seconds:.0f} s ({ways})")


def main():
    keyboard = sys.argv[1]
    switches = int(sys.argv[2]) if len(sys.argv) > 2 else SWITCHES
    seed = int(os.environ.get("HOTDESK_SEED") or SEED)
    tap = harness.Tap()
    with harness.Harness() as desk, Console(desk, keyboard, FACTOR, TRACE) as console:
        test, start = Random(desk, console, keyboard, seed), time.monotonic()
        for first in range(0, switches, SWITCHES_A_CHECK):
            count = min(SWITCHES_A_CHECK, switches - first)
            if not tap.check(f"{keyboard}: switches {first + 1} to {first + count} with seed {seed}", test.some, count):
                break  # where keys are now is not known
        else:
            tap.check(f"{keyboard}: at rest nothing is held", test.rest)
        test.say_figures(keyboard, seed, time.monotonic() - start, tap.failed)
        if tap.failed:
            print("# " + "\n# ".join(console.machine.trace()[-12:]))
            print("# " + console.machine.run("dmesg | tail -5")[1].replace("\n", "\n# "))
            print("# " + console.server_log()[-3000:].replace("\n", "\n# "))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
