"""Steps of the walk that switch, by command, hotkey or panic chord; nothing is typed meanwhile."""

import time

from harness import FACTOR, Failed, wait_for
from ledger import BOUND_S, SWALLOW_S, Ledger
from model import LOCAL, Wrong, presses

ESCAPE, BACKSPACE, ENTER, SCROLL_LOCK = 1, 14, 28, 70
DIGITS = {1: 2, 2: 3, 3: 4, 0: 11}
LEADER_SLOW_US = 250000


class SwitchDeeds(Ledger):
    def pick(self, draw):
        return draw.choice([LOCAL, *self.rig.targets])

    def do_switch(self, draw):
        place = self.pick(draw)
        before = self.model.active
        answer = self.rig.ask("switch", target=place)
        if place != LOCAL and not self.model.ready[place] and place != before:
            if answer["ok"]:
                raise Wrong(f"{place} is not there, and was switched to: {answer}")
            time.sleep(SWALLOW_S * FACTOR)
            return f"{place}, refused"
        if not answer["ok"]:
            self.late += 1
            time.sleep(SWALLOW_S * FACTOR)
            return self.after_late(before) + str(answer)
        return place + self.arrive(place)

    def do_hotkey(self, draw):
        place = self.pick(draw)
        leader = [(SCROLL_LOCK, 1), (SCROLL_LOCK, 0)] * 2
        digit = DIGITS[self.rig.numbers[place]]
        before = self.model.active
        self.rig.read_events()
        self.told = []
        if before == LOCAL:
            for _ in range(5):  # a busy machine may tear it apart
                self.rig.hands.type(leader)
                try:
                    wait_for("the grab", lambda: self.rig.hands.look() is True, 2, 0.003)
                    break
                except Failed:
                    self.late += 1
            self.model.spend()  # all went up for the desktop
            desktop = presses(self.rig.hands.take_desktop())
            if set(desktop) - {SCROLL_LOCK}:
                raise Wrong(f"the desktop was given {desktop} of the leader")
            self.rig.hands.type([(digit, 1), (digit, 0)])
        else:
            took_us = self.rig.hands.type(leader + [(digit, 1), (digit, 0)])
            if took_us > LEADER_SLOW_US * FACTOR and not self.is_heard(place):  # torn apart: keys as others
                self.late += 1
                self.given[before].expected += leader + [(digit, 1), (digit, 0)]
                self.settle()
                return "torn"
        if place != LOCAL and not self.model.ready[place] and place != before:
            wait_for("the refusal", self.is_refused, BOUND_S)
            time.sleep(SWALLOW_S * FACTOR)
            if before == LOCAL:
                self.wait_grab(False)
            return f"{place}, refused"
        return place + self.arrive(place)

    def is_heard(self, place):
        """A hotkey, whatever came of it: the server tells."""
        try:
            return wait_for("a word of the hotkey", lambda: self.rig.active() == place or self.is_refused(), 3)
        except Failed:
            return False

    def is_refused(self):
        self.told += self.rig.read_events()
        return any(event["event"] == "refused" for event in self.told)

    def arrives(self, place):
        """In time; otherwise it is late."""
        def is_there():
            return self.rig.active() == place and self.rig.hands.look() is (place != LOCAL)
        try:
            wait_for(f"{place} to be active", is_there, 5, 0.003)
        except Failed:
            self.late += 1
            return False
        self.switches += 1
        return True

    def arrive(self, place):
        """The switch is on its way: until it is done, and the old target has let go."""
        before = self.model.active
        if place == before:
            # Nothing tells that it was heard, but the next command must not overtake it.
            self.wait_grab(False) if place == LOCAL else self.wait_rest(place)
            return " again"
        self.came_from = before

        if not self.arrives(place):
            return self.after_late(before)
        if before != LOCAL:
            lost, moved = self.end_of(before)
            if lost or moved:
                raise Wrong(f"{before} was left, and lost {lost or 'motion'}")
        self.model.move_to(place)
        self.forget_ups()
        return ""

    def forget_ups(self):
        desktop = presses(self.rig.hands.take_desktop())
        if desktop and set(desktop) != {SCROLL_LOCK}:
            raise Wrong(f"the desktop was given {desktop}")

    def after_late(self, before):
        """An agent answered too late, and the switch was taken back: where we are is what the server says."""
        active = self.rig.active()
        if before != LOCAL and active != before:
            self.end_of(before)
        if before == LOCAL or active != before:
            self.model.move_to(active)
        for name in self.rig.targets:
            if name != active:
                self.read(name)
                self.arrived[name].clear()
                self.given[name].held.clear()
        self.wait_grab(active != LOCAL)
        self.rig.hands.take_desktop()
        return " late"

    def do_panic(self, draw):
        keys = [ESCAPE, BACKSPACE, ENTER]
        ups = [(code, 0) for code in reversed(keys)]
        before = self.model.active
        if before == LOCAL:
            self.type_whole([(code, 1) for code in keys] + ups)
            return "at home"
        self.type([(code, 1) for code in keys[:2]])
        if not self.settle():
            self.rig.hands.type(ups[1:])
            self.model.own(ups[1:])
            return "lost"
        self.rig.hands.type([(ENTER, 1)])
        self.model.press(ENTER)
        result = self.arrive(LOCAL)
        self.model.own(ups)
        self.rig.hands.type(ups)
        return result
