"""The step of the walk that types while it switches: who was given what of it."""

from harness import Failed, wait_for
from ledger import BOUND_S
from model import LOCAL, Wrong, presses
from plain_deeds import PlainDeeds
from switch_deeds import SwitchDeeds


class RaceDeed(PlainDeeds, SwitchDeeds):
    def do_race(self, draw):
        """Keys are typed while a switch by command goes on: each is somewhere, once, in order."""
        before, place = self.model.active, self.pick(draw)
        events = self.taps(draw, 12)
        if place == before or place != LOCAL and not self.model.ready[place]:
            return self.do_type(draw)
        self.rig.hands.take_desktop()
        self.rig.hands.unseen.clear()
        self.rig.control.send("switch", target=place)
        self.keys += len(events)
        if before != LOCAL:
            self.given[before].expected += events
        self.rig.hands.type(events)
        answer = self.rig.control.read_line()
        if not answer["ok"]:
            self.late += 1
            return self.after_late(before)

        if not self.arrives(place):
            return self.after_late(before)
        self.came_from = before
        return self.share(before, place, events)

    def share(self, before, place, events):
        typed = presses(events)
        first = []
        if before != LOCAL:
            self.wait_rest(before)
            left, _ = self.end_of(before)
            first = typed[:len(typed) - len(left)]
        down, held = set(self.model.down), set(self.model.desktop)
        self.model.move_to(place)
        desktop = []

        def is_whole():
            desktop.extend(self.rig.hands.take_desktop())
            if place != LOCAL:
                self.read(place)
            there = presses(self.arrived.get(place, []))
            return len(first) + len(presses(desktop)) + len(there) >= len(typed)
        try:
            wait_for("all keys", is_whole, 5)
        except Failed:
            fallen = self.find_fallen(typed, first, presses(desktop), presses(self.arrived.get(place, [])), place)
            if not fallen:
                raise Wrong(f"typed {typed}; {before} got {first}, the desktop {desktop}, {place} "
                            f"{self.arrived.get(place)}; not seen by the desktop: {self.rig.hands.unseen}") from None
            self.late += 1
            typed = typed[:fallen[0]] + typed[fallen[1]:]
            events = self.without_presses(events, *fallen)
        if before == LOCAL:
            self.check_let_go(held, desktop)
        there = presses(self.arrived.get(place, []))
        wanted = typed[len(first):]
        if before == LOCAL:
            first, wanted = presses(desktop), typed[len(presses(desktop)):]
        elif place == LOCAL:
            there = presses(desktop)
        if first + wanted != typed or (there != wanted if place != LOCAL else sorted(there) != sorted(wanted)):
            raise Wrong(f"typed {typed}; {before} got {first}, {place} got {there}")
        if place == LOCAL:
            wait_for("the desktop's keys to be up", lambda: not (desktop.extend(self.rig.hands.take_desktop())
                     or self.desktop_after(desktop) - down), BOUND_S)
        else:
            self.given[place].expected = self.from_press(events, len(first))
            self.model.active = place
            self.settle()
        return f"{len(first)} + {len(wanted)}"

    def find_fallen(self, typed, first, desktop, there, place):
        """hotdesk-input looks at the clock and begins or ends its grab, and no program can do both at once: what is typed in
        between is nobody's. A kernel takes a microsecond, umockdev's now and then a good deal longer. (from, to) of presses
        in one piece, none of which the desktop saw; None: it is not that."""
        unseen, count = presses(self.rig.hands.unseen), len(typed) - len(first) - len(desktop) - len(there)
        for begin in range(len(first), len(typed) - count + 1):
            rest = typed[:begin] + typed[begin + count:]
            came = first + desktop + there
            if place == LOCAL:  # what is handed over may be overtaken
                rest, came = sorted(rest), sorted(came)
            if rest == came and set(typed[begin:begin + count]) <= set(unseen):
                return begin, begin + count
        return None

    def check_let_go(self, held, desktop):
        """The desktop has nothing down after a grab, but for a key whose up fell between, too. `held`: before all this."""
        down = set(held)
        for code, value in desktop:
            (down.add if value else down.discard)(code)
        if any((code, 0) not in self.rig.hands.unseen for code in down):
            raise Wrong(f"the desktop still has {sorted(down)} down: it was given {desktop}")
        self.late += bool(down)

    @staticmethod
    def without_presses(events, begin, end):
        """Those without these presses; their ups are dropped on the way."""
        seen, kept = 0, []
        for code, value in events:
            if not value or not begin <= seen < end:
                kept.append((code, value))
            seen += value
        return kept

    @staticmethod
    def from_press(events, count):
        seen = 0
        for number, (_, value) in enumerate(events):
            if value:
                if seen == count:
                    return events[number:]
                seen += 1
        return []
