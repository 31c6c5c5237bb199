"""What really came: the console's desktop (evlog's events) and targets with the injector `record`, made comparable with
oracle.Outcome."""

import os

import harness
import oracle
from oracle import BUTTONS, LOCAL

REL_X, REL_Y, REL_WHEEL = 0, 1, 8


class Desktop:
    """Only what changes a key's state is told in order; repeats and releases of what is up, which programs drop, are put
    aside."""

    def __init__(self, machine):
        self.machine = machine
        self.position = machine.desktop_mark()
        self.down = set()
        self.raw_count = 0
        self.clear()

    def clear(self):
        self.streams = {"keys": [], "mouse": []}
        self.repeats, self.strays = [], []  # codes

    def pull(self):
        events = self.machine.events[self.position:]
        self.position += len(events)
        for _, kind, code, value in events:
            if kind == "KEY":
                self.raw_count += 1
                self._key(code, value)
            elif kind == "REL" and code in (REL_X, REL_Y, REL_WHEEL):
                oracle.add_motion(self.streams["mouse"], *(value if code == axis else 0 for axis in (REL_X, REL_Y, REL_WHEEL)))

    def _key(self, code, value):
        if value == 2:
            self.repeats.append(code)
        elif bool(value) == (code in self.down):
            self.strays.append((code, value))
        else:
            (self.down.add if value else self.down.remove)(code)
            self.streams[oracle.kind_of(code)].append((code, value))


class Target:
    """Reads the file of the injector `record`."""

    def __init__(self, path):
        self.path = path
        self.position = 0
        self.raw_count = 0
        self.clear()

    def clear(self):
        self.streams = {"keys": [], "mouse": []}

    def pull(self):
        try:
            if os.path.getsize(self.path) == self.position:
                return
        except FileNotFoundError:
            return
        with open(self.path, "rb") as file:
            file.seek(self.position)
            text = file.read()
        text = text[:text.rfind(b"\n") + 1]
        self.position += len(text)
        for line in text.decode().splitlines():
            self._line(*line.split()[1:])

    def _line(self, word, *numbers):
        numbers = [int(number) for number in numbers]
        if word in ("enter", "leave"):
            for stream in self.streams.values():
                stream.append((word,))
        elif word == "key":
            self.raw_count += 1
            code, value = numbers
            self.streams["mouse" if code in BUTTONS else "keys"].append((code, value))
        elif word == "rel":
            oracle.add_motion(self.streams["mouse"], *numbers, 0)
        elif word == "wheel":
            oracle.add_motion(self.streams["mouse"], 0, 0, numbers[0] / 120)


class Witness:
    """All of them. What came since clear() is compared."""

    def __init__(self, machine, record_paths):
        self.desktop = Desktop(machine)
        self.places = {LOCAL: self.desktop, **{name: Target(path) for name, path in record_paths.items()}}

    def pull(self):
        for place in self.places.values():
            place.pull()

    def clear(self):
        for place in self.places.values():
            place.clear()

    def key_count(self):
        """Of all that ever came, pressed or not."""
        self.pull()
        return sum(place.raw_count for place in self.places.values())

    def moved(self, place):
        """[x, y] counts since clear()."""
        motion = [item for item in self.places[place].streams["mouse"] if item[0] == "moved"]
        return [sum(item[axis] for item in motion) for axis in (1, 2)]

    def difference(self, outcome, with_motion=True):
        """Where it is not what `outcome` wants; None: nowhere."""
        for name, place in self.places.items():
            for kind in ("keys", "mouse"):
                wanted, got = outcome.streams[name][kind], place.streams[kind]
                if not with_motion:
                    got = [item for item in got if item[0] != "moved"]
                if wanted == got or (name == LOCAL and outcome.gives and oracle.is_overtaken(wanted, got)):
                    continue
                return f"{name}, {kind}: {harness.difference(wanted, got)}"
        return None

    def is_overtaken(self, outcome):
        return outcome.gives and outcome.streams[LOCAL]["keys"] != self.desktop.streams["keys"]
