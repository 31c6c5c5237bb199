"""What was typed for whom, what came of it, and the waits until both are the same: what all deeds of the walk stand on."""

import time

from harness import FACTOR, Failed, wait_for
from model import LOCAL, Given, Model, Wrong, presses

LETTERS = [*range(16, 26), *range(30, 39), *range(44, 51)]
SHIFT, CTRL = 42, 29
BOUND_S = 15
SWALLOW_S = 0.75  # after a refusal, and a little


class Ledger:
    def __init__(self, rig):
        self.rig = rig
        self.model = Model(rig.targets)
        self.given = {name: Given() for name in rig.targets}
        self.arrived = {name: [] for name in rig.targets}  # not judged yet
        self.too_long = {name: 0 for name in rig.targets}  # "held too long" so far
        self.late = self.keys = self.switches = self.losses = self.lifts = self.restarts = 0
        self.longest_loss_s = 0
        self.came_from = LOCAL
        self.told = []  # events of the server since a hotkey was begun
        rig.hands.take_desktop()

    def figures(self):
        return (f"{self.keys} keys, {self.switches} switches, {self.restarts} restarts, {self.losses} losses (keys up after "
                f"{self.longest_loss_s:.1f} s at most), {self.lifts} lifts of silence, {self.late} late")

    def taps(self, draw, count):
        """Some keys, as a fast hand rolls over them, at the end all of them up; what is held already is not among them."""
        events, down = [], []
        free = [code for code in LETTERS + [SHIFT, CTRL] if code not in self.model.down]
        for code in (draw.choice(free) for _ in range(count)):
            if code in down:
                continue
            events.append((code, 1))
            down.append(code)
            while len(down) > draw.randrange(3):
                code = down.pop(draw.randrange(len(down)))
                events.append((code, 0))
        return events + [(code, 0) for code in down]

    def type(self, events):
        """For whoever is active."""
        self.keys += len(events)
        mine = self.model.own(events)
        if self.model.active != LOCAL:
            self.given[self.model.active].expected += mine
        took_us = self.rig.hands.type(events)
        return took_us

    def read(self, name):
        self.arrived[name] += self.rig.targets[name].read()
        return self.arrived[name]

    def may_lift(self, name):
        """Keys other than modifiers went up there since it heard nothing."""
        return (self.rig.status(name)["held_too_long"] or 0) > self.too_long[name]

    def commit(self, name, held, rest, lifted):
        self.arrived[name].clear()
        self.given[name].held, self.given[name].expected = held, rest
        if lifted:
            self.lifts += 1
            self.too_long[name] = self.rig.status(name)["held_too_long"]

    def try_walk(self, name):
        """True when all that was typed for it has come; Wrong when something else came."""
        events = self.read(name)
        lifted = False
        try:
            held, rest = self.given[name].walk(events)
        except Wrong:
            lifted = self.may_lift(name)
            if not lifted:
                raise
            held, rest = self.given[name].walk(events, True)
        if rest or self.rig.targets[name].reader.moved != self.model.moved[name]:
            return False
        self.commit(name, held, rest, lifted)
        return True

    def settle(self, may_lose=False):
        """Until all that was typed for the active target is there; or the target is lost: False then."""
        name = self.model.active
        if name == LOCAL:
            return True
        end = time.monotonic() + BOUND_S * FACTOR
        wrong = "not all came"
        while time.monotonic() < end:
            try:
                if self.rig.active() != name:
                    self.lose(may_lose)
                    return False
                if self.try_walk(name):
                    return True
            except Wrong as why:
                wrong = why
            time.sleep(0.003)
        given = self.given[name]
        raise Wrong(f"{name}: {wrong}; came {self.arrived[name]}, to come {given.expected}, held {sorted(given.held)}, moved "
                    f"{self.rig.targets[name].reader.moved} of {self.model.moved[name]}")

    def end_of(self, name, is_ordered=True, is_up=False):
        """It is left: until all is up there; or `is_up`, what was read must say so. What did not come."""
        why = []

        def is_over():
            events = self.arrived[name] if is_up else self.read(name)
            try:
                rest = self.given[name].end(list(events), False, is_ordered)
            except Wrong as wrong:
                why[:] = [wrong]
                if not (self.model.ready[name] and self.may_lift(name)):
                    return None
                try:
                    rest = self.given[name].end(list(events), True, is_ordered)
                except Wrong:
                    return None
                self.lifts += 1
                self.too_long[name] = self.rig.status(name)["held_too_long"]
            events.clear()
            return [rest]
        try:
            lost = wait_for("all keys to be up", is_over, 0 if is_up else BOUND_S, 0.003)[0]
        except Failed as failure:
            raise Wrong(f"{name}: {failure}: {why}") from None
        moved = self.rig.targets[name].reader.moved
        was = self.model.moved[name]
        self.model.moved[name] = list(moved)
        return lost, moved != was

    def wait_grab(self, wanted):
        wait_for("the devices to be " + ("grabbed" if wanted else "given back"), lambda: self.rig.hands.look() is wanted,
                 BOUND_S, 0.003)

    def lose(self, may_lose, is_ordered=True, is_up=False):
        """The active target is not active any more, and nobody asked for it. `is_up`: all keys must be up there already."""
        name = self.model.active
        self.losses += 1
        self.late += not may_lose
        begin = time.monotonic()
        if not is_up:
            self.wait_rest(name)
        lost, _ = self.end_of(name, is_ordered, is_up)
        self.longest_loss_s = max(self.longest_loss_s, time.monotonic() - begin)
        active = self.rig.active()
        if active != LOCAL and active == self.came_from:  # it answered too late: the switch was taken back
            self.late += may_lose
            self.model.move_to(active)
            self.rig.hands.take_desktop()
            time.sleep(SWALLOW_S * FACTOR)  # as after each refusal
            return
        if active != LOCAL:
            raise Wrong(f"{active} is active after {name} was lost")
        self.wait_grab(False)
        down = set(self.model.down)
        self.model.move_to(LOCAL)
        self.take_handed_over(lost, down)
        self.wait_ready()

    def wait_rest(self, name):
        wait_for(f"all to be still around {name}", lambda: self.rig.is_at_rest(name), BOUND_S, 0.003)

    def take_handed_over(self, lost, down):
        """What did not reach its target may be the desktop's, and no more than that."""
        got = []

        def is_settled():
            got.extend(self.rig.hands.take_desktop())
            return self.desktop_after(got) <= down
        wait_for("what is handed over to be up", is_settled, BOUND_S)
        left = list(lost)
        for code in presses(got):
            if code not in left:
                raise Wrong(f"the desktop was given {presses(got)}, of which no more than {lost} was left")
            left.remove(code)
        self.model.desktop = self.desktop_after(got)
        for code in self.model.desktop:
            self.model.owner[code] = LOCAL

    def desktop_after(self, events):
        """What the desktop has down; ups of what it never saw go down tell it nothing."""
        held = set(self.model.desktop)
        for code, value in events:
            if value and code in held:
                raise Wrong(f"the desktop was given {code} twice")
            (held.add if value else held.discard)(code)
        return held

    def wait_ready(self):
        for name, ready in self.model.ready.items():
            if ready:
                wait_for(f"{name} to be ready", lambda name=name: self.rig.states()[name] == "ready", 90, 0.01)

    def expect_desktop(self, wanted):
        """Just these came to the desktop since the last step; ups of what it did not hold are left out."""
        got, held = [], set(self.model.desktop)
        for code, value in self.rig.hands.take_desktop():
            if value or code in held:
                got.append((code, value))
            (held.add if value else held.discard)(code)
        if got != wanted:
            raise Wrong(f"the desktop was given {got}, not {wanted}")
        self.model.desktop = held

    def type_whole(self, events):
        """Types, and sees it where it belongs."""
        if self.model.active == LOCAL:
            owned = [(code, value) for code, value in events if value or self.model.owner.get(code) == LOCAL
                     or (code, 1) in events]
            self.type(events)
            self.expect_desktop(owned)
        else:
            self.type(events)
            self.settle()
