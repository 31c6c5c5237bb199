"""What must be so, for the random walk: who is active, who holds which key, what each must have been given. Pure.

Written from protocol/PROTOCOL.md and the design's rules, not from the code: a key belongs to who was active when it went
down; at a switch all that a target was given goes up there, and is nobody's until it is pressed again; while a connection
lives nothing is lost, doubled or out of order; when it ends, what has come is the beginning of what was typed, and then all
goes up. An event is (code, 1 | 0).
"""

LOCAL = "local"
BUTTONS = range(0x110, 0x118)
MODIFIERS = frozenset((29, 42, 54, 56, 97, 100, 125, 126))


class Wrong(Exception):
    """What came is not what the rules allow."""


def presses(events):
    return [code for code, value in events if value]


def follow(held, events):
    """The keys that are down after these; Wrong when one goes down twice or up without having been down."""
    held = set(held)
    for code, value in events:
        if value == (code in held):
            raise Wrong(f"key {code} {'down twice' if value else 'up, but it was not down'}")
        (held.add if value else held.remove)(code)
    return held


class Given:
    """One target: what was typed for it, against what came there."""

    def __init__(self):
        self.held = set()   # down there
        self.expected = []  # still to come

    def walk(self, events, may_lift=False):
        """(held, what is still to come) after these. `may_lift`: keys other than modifiers may go up by themselves, since
        nothing was heard; an up of what is up already is dropped on the way."""
        held, expected = set(self.held), list(self.expected)

        def drop():
            while expected and not expected[0][1] and expected[0][0] not in held:
                expected.pop(0)
        for event in events:
            drop()
            code, value = event
            if expected and event == expected[0]:
                expected.pop(0)
                (held.add if value else held.remove)(code)
            elif not value and code in held - MODIFIERS and may_lift:
                held.remove(code)
            else:
                raise Wrong(f"{event} came; to come were {expected[:6]}, down were {sorted(held)}")
        drop()
        return held, expected

    def end(self, events, may_lift=False, is_ordered=True):
        """It is left, or lost, and these came: a beginning of what was typed, then the ups of all that is down, keys before
        modifiers. What of it did not come. Wrong when they are not that, or not yet."""
        why = None
        for count in range(len(events), -1, -1):
            try:
                held, rest = self.walk(events[:count], may_lift)
            except Wrong as wrong:
                why = wrong
                continue
            ups = events[count:]
            order = [code in MODIFIERS for code, _ in ups]
            if sorted(ups) == sorted((code, 0) for code in held) and (not is_ordered or order == sorted(order)):
                self.held, self.expected = set(), []
                return presses(rest)
        raise Wrong(f"came {events}; to come were {self.expected}, down were {sorted(self.held)}, and all must go up ({why})")


class Model:
    def __init__(self, names):
        self.names = list(names)
        self.active = LOCAL
        self.down = set()     # physically
        self.owner = {}       # code: LOCAL or a name; a key that is down and has none is spent
        self.ready = {name: True for name in names}
        self.desktop = set()  # down for the desktop
        self.moved = {name: [0, 0] for name in names}

    def press(self, code):
        self.down.add(code)
        self.owner[code] = self.active

    def release(self, code):
        self.down.discard(code)
        return self.owner.pop(code, None)

    def own(self, events):
        """Those of these that are for the active one."""
        mine = []
        for code, value in events:
            if value:
                self.press(code)
                mine.append((code, 1))
            elif self.release(code) == self.active:
                mine.append((code, 0))
        return mine

    def spend(self):
        """All that is down is nobody's now."""
        self.owner.clear()
        self.desktop.clear()

    def move_to(self, place):
        self.spend()
        self.active = place
