"""Says what the console's desktop and each target must get of a series of key events with one switch in it. Pure.

The rules are those of the README and of server/hotkey/hotkey.h and grab.h: a key belongs to who was active when it went
down; what is held at a switch goes up at the old place and is nobody's until it is pressed again; nothing of a hotkey
reaches a target. A switch by hotkey stands in the series of keys itself, so there is one outcome. One by another way
(a command, the kernel's own time to begin and end a grab) may fall between any two events: one outcome for each.

An event is (code, 1 | 0 | 2), 2 being a repeat, or (code, 1, HOT) for a key that hotdesk keeps to itself when grabbed.
"""

HOT = "hot"
LOCAL = "local"
BUTTONS = range(0x110, 0x118)
MODIFIERS = (29, 42, 54, 56, 97, 100, 125, 126)
GAP_EVENTS = 2
RACE_EVENTS = 12  # that fit in the time in which a grab is ended that is made anew


def kind_of(code):
    return "mouse" if code in BUTTONS else "keys"


def add_motion(stream, x_counts, y_counts, notches):
    """Motion is summed: neither kernel nor hotdesk promise how it is cut into reports."""
    if stream and stream[-1][0] == "moved":
        _, x, y, n = stream.pop()
        x_counts, y_counts, notches = x + x_counts, y + y_counts, n + notches
    if x_counts or y_counts or notches:
        stream.append(("moved", x_counts, y_counts, notches))


class World:
    """Who has the keyboard, and what is down where."""

    def __init__(self):
        self.place, self.last = LOCAL, LOCAL
        self.down = set()  # physically
        self.seen = set()  # down for the desktop
        self.sent = set()  # down at the active target
        self.stuck = set()  # up, but not for the kernel: the next press changes nothing for it, and is dropped

    def key(self):
        return (self.place, self.last, *(frozenset(keys) for keys in (self.down, self.seen, self.sent, self.stuck)))

    def copy(self):
        other = World()
        other.place, other.last = self.place, self.last
        other.down, other.seen, other.sent, other.stuck = (set(keys) for keys in (self.down, self.seen, self.sent, self.stuck))
        return other


class Outcome:
    """What must have come: streams[place]["keys" | "mouse"], and the world afterwards."""

    def __init__(self, world, places):
        self.world = world.copy()
        self.streams = {place: {"keys": [], "mouse": []} for place in places}
        self.free = world.place == LOCAL  # the devices are the desktop's
        self.gives = False  # a grab ended: keys that hotdesk hands over may be overtaken
        self.raced = self.stuck = 0

    def _put(self, place, item, kind=None):
        self.streams[place][kind or kind_of(item[0])].append(item)

    def _set(self, down, place, code, value):
        if bool(value) != (code in down):
            (down.add if value else down.remove)(code)
            self._put(place, (code, value))

    def feed(self, events, repeats_press=False):
        world = self.world
        for code, value, *hot in events:
            if value == 2:
                if repeats_press:
                    self._set(world.seen, LOCAL, code, 1)
                continue
            (world.down.add if value else world.down.discard)(code)
            if value and code in world.stuck:
                world.stuck.remove(code)
                self.stuck += 1
                continue
            if self.free:
                self._set(world.seen, LOCAL, code, value)
            elif world.place != LOCAL and not (value and hot):
                self._set(world.sent, world.place, code, value)

    def move(self, x_counts, y_counts, notches):
        add_motion(self.streams[self.world.place]["mouse"], x_counts, y_counts, notches)

    def lift_seen(self, codes=None):
        codes = self.world.seen & (self.world.seen if codes is None else codes)
        for code in sorted(codes):
            self._put(LOCAL, (code, 0))
        self.world.seen -= codes

    def take(self):
        self.lift_seen()
        self.free = False

    def leave(self):
        """As agent/inject/held.h lifts: keys, then modifiers."""
        world = self.world
        for code in sorted(world.sent, key=lambda code: (code in MODIFIERS, code)):
            self._put(world.place, (code, 0))
        for kind in ("keys", "mouse"):
            self._put(world.place, ("leave",), kind)
        world.sent.clear()
        world.last, world.place = world.place, LOCAL

    def enter(self, name):
        """From local, or after leave()."""
        world = self.world
        for kind in ("keys", "mouse"):
            self._put(name, ("enter",), kind)
        world.place = name

    def go(self, name):
        before = self.world.place
        if before == name:
            return
        if before != LOCAL:
            self.leave()
        if name != LOCAL:
            self.enter(name)
        self.world.last = before

    def give(self):
        self.free = self.gives = True


def stays(world, places, events, motion=()):
    """No switch."""
    outcome = Outcome(world, places)
    outcome.feed(events)
    for move in motion:
        outcome.move(*move)
    yield outcome


def takes(world, places, events, name, first, last, decided=None, tells_drops=True):
    """From local to `name`; the grab falls before one of the events first...last, the choice before the decided-th (None:
    before the grab). A choice of local gives back. `tells_drops`: the keyboard's driver tells of a release that the kernel
    drops since the key is up by what hotdesk wrote just before the grab (atkbd.c does, hid-input.c does not)."""
    for race, gap, split in ((race, gap, split) for race in range(RACE_EVENTS + 1) for gap in range(min(race, GAP_EVENTS) + 1)
                             for split in range(first, last + 1)):
        begun = split - race
        # Between the releases written for the desktop and the grab: a press there has the grab made anew.
        if begun < first or (race > 1 and not any(event[1] for event in events[begun:begun + gap + 2])):
            continue
        for is_stuck in (False,) if tells_drops or not race else (False, True):
            outcome = Outcome(world, places)
            outcome.feed(events[:begun])
            if race:
                lifted = set(outcome.world.down)
                outcome.feed(events[begun:begun + gap])  # after hotdesk asked what is down, before it wrote that it is up
                outcome.lift_seen(lifted)
                outcome.feed(events[begun + gap:split], repeats_press=True)
                outcome.raced = race
                if is_stuck:
                    outcome.world.stuck |= lifted - outcome.world.down
            outcome.take()
            if decided is not None:
                outcome.feed(events[split:decided])
            outcome.go(name)
            if name == LOCAL:
                outcome.give()
            outcome.feed(events[split if decided is None else decided:])
            yield outcome


def moves(world, places, events, name, first, last):
    """From a target to another one, before one of the events first...last."""
    for split in range(first, last + 1):
        outcome = Outcome(world, places)
        outcome.feed(events[:split])
        outcome.go(name)
        outcome.feed(events[split:])
        yield outcome


def gives(world, places, events, first, last):
    """From a target to local, before one of the events first...last. By a command hotdesk-input hears of it a moment later:
    keys of that moment are the desktop's, too."""
    for split in range(first, last + 1):
        outcome = Outcome(world, places)
        outcome.feed(events[:split])
        outcome.go(LOCAL)
        outcome.give()
        outcome.feed(events[split:])
        yield outcome


def is_overtaken(wanted, got):
    """Each key as wanted by itself, and the presses in order, but those from some press on may come between or before the
    others: the desktop sees them while hotdesk still has the others in hand."""
    if sorted(wanted) != sorted(got):
        return False
    for code in {code for code, _ in wanted}:
        if [item for item in wanted if item[0] == code] != [item for item in got if item[0] == code]:
            return False

    def presses(stream):
        counts, found = {}, []
        for code, value in stream:
            if value:
                counts[code] = counts.get(code, 0) + 1
                found.append((code, counts[code]))
        return found
    order, seen = presses(wanted), presses(got)
    return any([press for press in seen if press in order[:k]] == order[:k]
               and [press for press in seen if press in order[k:]] == order[k:] for k in range(len(order)))
