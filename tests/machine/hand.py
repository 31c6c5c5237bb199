"""A hand at the machine's keyboard and mouse: what is down, and what QMP pressed, in order."""

import time

from oracle import BUTTONS
from vm import KEY_OF, QCODES

BUTTON_NAMES = {0x110: "left", 0x111: "right", 0x112: "middle"}
ON_THE_WAY_MAX = 8  # events in QEMU's keyboards, which hold sixteen
WORD_KEYS = [KEY_OF[name] for name in "abcdefghijklmnopqrstuvwxyz"] + [KEY_OF[name] for name in ("spc", "comma", "dot", "minus")]
WORD_MODIFIERS = [KEY_OF[name] for name in ("shift", "shift_r", "ctrl", "alt")]
LETTERS_DOWN_MAX = 6  # a USB keyboard tells of no more
DRAINED_WITHIN_S = 1
REPEAT_DELAY_S = 0.2


class Hand:
    """`arrived` counts the events that came out anywhere."""

    def __init__(self, machine, rng, repeats, arrived):
        self.machine, self.rng, self.arrived = machine, rng, arrived
        self.makes_repeats = repeats  # a PS/2 keyboard does so by itself; of a USB keyboard's keys the kernel makes them
        self.events = []  # since the last clear()
        self.down = set()
        self.last = None  # the key that repeats
        self.may_repeat = False
        self.keys = self.buttons = self.repeats = 0
        self._on_the_way = 0
        self._arrived = 0

    def clear(self):
        self.events = []

    def _make_room(self):
        """A slow machine must not lose what QEMU has no room for."""
        deadline = time.monotonic() + DRAINED_WITHIN_S
        while self._on_the_way >= ON_THE_WAY_MAX:
            count = self.arrived()
            self._on_the_way -= min(count - self._arrived, self._on_the_way)
            self._arrived = count
            if time.monotonic() > deadline:
                self._on_the_way = 0  # not all come out
            time.sleep(0.002)
        self._on_the_way += 1

    def set(self, code, down, *hot):
        self._make_room()
        if code in BUTTONS:
            self.machine.button(BUTTON_NAMES[code], bool(down))
            self.buttons += down
        else:
            self.machine.key(code, bool(down))
            self.keys += down
            self.may_repeat = False
            self.last = code if down else None if code == self.last else self.last
        (self.down.add if down else self.down.discard)(code)
        self.events.append((code, int(down), *(hot if down else ())))

    def repeat(self):
        """What a PS/2 keyboard says 30 times a second of the key that was pressed last, after a while: the kernel takes a
        repeat within 125 ms for a fault of the keyboard (atkbd.c, atkbd_receive_byte)."""
        if self.last is None or not self.makes_repeats:
            return
        if not self.may_repeat:
            time.sleep(REPEAT_DELAY_S)
            self.may_repeat = True
        self._make_room()
        self.machine.key(self.last, True)
        self.repeats += 1
        self.events.append((self.last, 2))

    def pause(self, least_s=0.005, most_s=0.02):
        time.sleep(self.rng.uniform(least_s, most_s))

    def tap(self, code, *hot):
        self.set(code, 1, *hot)
        self.pause()
        self.set(code, 0)
        self.pause()

    def plan_word(self, length):
        """[(code, 1 | 0 | 2)]: letters, some rolled over the one before, some with a modifier, some long enough to
        repeat."""
        rng, plan, pressed = self.rng, [], []
        modifier = rng.choice([code for code in WORD_MODIFIERS if code not in self.down]) if rng.random() < 0.25 else None
        if modifier:
            plan.append((modifier, 1))
        for code in rng.sample([code for code in WORD_KEYS if code not in self.down], length):
            plan.append((code, 1))
            pressed.append(code)
            if rng.random() < 0.06:
                plan += [(code, 2)] * rng.randint(1, 4)
            if rng.random() < 0.7 or len(pressed) == 2:
                plan += [(code, 0) for code in pressed]
                pressed = []
        if modifier:
            plan.append((modifier, 0))
        return plan + [(code, 0) for code in pressed]

    def play(self, plan):
        for code, value in plan:
            if value == 2:
                self.repeat()
            else:
                self.set(code, value)
            self.pause()

    def is_name_up(self, *names):
        return not any(KEY_OF[name] in self.down for name in names)

    def names_down(self):
        return [BUTTON_NAMES.get(code) or QCODES[code] for code in sorted(self.down)]
