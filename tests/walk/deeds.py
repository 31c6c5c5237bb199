"""The steps of the random walk: what is done to the real thing, and what the model then says of it."""

import time

from harness import FACTOR, Failed, wait_for
from model import LOCAL, Given, Model, Wrong, presses

LETTERS = [*range(16, 26), *range(30, 39), *range(44, 51)]
SHIFT, CTRL = 42, 29
ESCAPE, BACKSPACE, ENTER, SCROLL_LOCK = 1, 14, 28, 70
DIGITS = {1: 2, 2: 3, 3: 4, 0: 11}
BUTTONS = (0x110, 0x111, 0x112)
HELD_MAX = 4
BOUND_S = 15
SWALLOW_S = 0.75  # after a refusal, and a little
LEADER_SLOW_US = 250000
LIVES_STEPS = 1000  # the server is killed in the even thousands only
WEIGHTS = {"type": 32, "hold": 8, "release": 8, "move": 7, "hotkey": 12, "switch": 6, "panic": 2, "race": 6, "cut": 2,
           "stall": 1.5, "throttle": 1.5, "stop": 2.5, "kill-agent": 1, "kill-server": 0.6, "jump": 1.5, "reload": 1}


class Deeds:
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

    # What is drawn.

    def choose(self, draw, step):
        weights = dict(WEIGHTS)
        if step // LIVES_STEPS % 2:
            weights.pop("kill-server", None)
        if not all(self.model.ready.values()):
            weights["start-agent"] = 15
            weights.pop("kill-server", None)
        return draw.choices(list(weights), list(weights.values()))[0]

    def do(self, deed, draw):
        return getattr(self, "do_" + deed.replace("-", "_"))(draw)

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

    # Doing it.

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

    # Steps that lose nothing.

    def do_type(self, draw):
        self.type_whole(self.taps(draw, draw.randint(2, 12)))

    def do_hold(self, draw):
        if len(self.model.down) >= HELD_MAX:
            return self.do_release(draw)
        code = draw.choice([code for code in [*LETTERS, SHIFT, CTRL, *BUTTONS] if code not in self.model.down])
        self.type_whole([(code, 1)])
        return str(code)

    def do_release(self, draw):
        if not self.model.down:
            return self.do_type(draw)
        code = draw.choice(sorted(self.model.down))
        self.type_whole([(code, 0)])
        return str(code)

    def do_move(self, draw):
        for _ in range(draw.randint(1, 8)):
            x, y = draw.randint(-9, 9), draw.randint(-9, 9)
            if self.model.active != LOCAL:
                moved = self.model.moved[self.model.active]
                self.model.moved[self.model.active] = [moved[0] + x, moved[1] + y]
            self.rig.hands.move(x, y)
        self.settle()

    def do_jump(self, draw):
        offset_s = draw.choice([-86400 * 400, -3600, -5, 0, 5, 3600, 86400 * 400])
        self.rig.jump(offset_s)
        self.do_type(draw)
        return f"{offset_s} s"

    def do_reload(self, draw):
        path = self.rig.console.config_file
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith("log-level")]
        is_bad = draw.random() < 0.3
        lines.append("log-level = " + ("nonsense\n" if is_bad else draw.choice(["info\n", "debug\n", "warning\n"])))
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)
        self.rig.control.send("reload")
        if self.model.active != LOCAL:
            self.type(self.taps(draw, 6))
        answer = self.rig.control.read_line()
        if not answer["ok"] or bool(answer["files"][0]["error"]) != is_bad:
            raise Wrong(f"reload: {answer}")
        if is_bad:
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(lines[:-1])
        self.settle()
        return "bad" if is_bad else ""

    # Switches.

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

    # Faults.

    def type_in(self, draw, do_fault, end_fault=None):
        """Types before, during and after a fault; at most faults a key is down."""
        if draw.random() < 0.8:
            self.do_hold(draw)
        for part in range(3):
            events = self.taps(draw, draw.randint(1, 5))
            if self.model.active == LOCAL:
                self.type_whole(events)
            else:
                self.type(events)
            if part == 0:
                do_fault()
            if part == 1 and end_fault:
                end_fault()

    def victim(self, draw):
        name = draw.choice([name for name, ready in self.model.ready.items() if ready])
        if self.model.active != LOCAL and draw.random() < 0.6:
            name = self.model.active
        return name

    def do_cut(self, draw):
        name, reset = self.victim(draw), draw.random() < 0.5
        accepted = self.rig.targets[name].proxy.accepted
        self.type_in(draw, lambda: self.rig.targets[name].proxy.cut(reset))
        self.wait_back(name, accepted)
        return f"{name} {'reset' if reset else 'closed'}"

    def wait_back(self, name, accepted):
        """It has dialled again, and before that let go of all keys. Who was active has lost it; the others are not touched."""
        wait_for(f"{name} to dial again", lambda: self.rig.targets[name].proxy.accepted > accepted, 60)
        if name == self.model.active:
            self.read(name)
            wait_for("the loss to be seen", lambda: self.rig.active() != name, BOUND_S)
            self.lose(True, is_up=True)
        else:
            self.settle()
            self.wait_ready()

    def do_stall(self, draw):
        name, way = self.victim(draw), draw.choice(["up", "down", "both"])
        seconds = draw.choice([0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.2]) if draw.random() < 0.95 else 4
        proxy = self.rig.targets[name].proxy
        self.type_in(draw, lambda: (proxy.stall(way), time.sleep(seconds * FACTOR)), lambda: proxy.go(way))
        self.settle(may_lose=True)
        self.wait_ready()
        return f"{name} {way} {seconds} s"

    def do_throttle(self, draw):
        name, rate = self.victim(draw), draw.choice([500, 2000, 8000])
        newest = self.rig.targets[name].proxy.newest()
        self.type_in(draw, lambda: (newest.throttle("both", rate), time.sleep(0.1)))
        try:
            lives = self.settle(may_lose=True)
        finally:
            newest.throttle("both", 0)
        self.wait_ready()
        return f"{name} {rate} bytes/s{'' if lives else ', lost'}"

    def do_stop(self, draw):
        what = draw.choice(["agent", "server", "input"])
        seconds = draw.choice([0.02, 0.1, 0.2, 0.4, 0.7, 1.0])
        name = self.victim(draw)
        pid = {"agent": self.rig.targets[name].pid(), "server": self.rig.console.process.pid,
               "input": self.rig.hands.worker()}[what]
        self.type_in(draw, lambda: (self.rig.stop(pid), time.sleep(seconds * FACTOR)), lambda: self.rig.go(pid))
        self.settle(may_lose=True)
        self.wait_ready()
        return f"{what} {name if what == 'agent' else ''} {seconds} s"

    def do_kill_agent(self, draw):
        """Not the one that writes down: nobody lifts for it what its predecessor held."""
        name = draw.choice([name for name, target in self.rig.targets.items() if target.machine.display])
        if not self.model.ready[name]:
            return self.do_start_agent(draw)
        target = self.rig.targets[name]
        self.type_in(draw, target.machine.process.kill)
        self.model.ready[name] = False
        wait_for(f"{name} to be seen gone", lambda: self.rig.states()[name] == "offline", BOUND_S)
        self.too_long[name] = 0
        is_active = name == self.model.active
        if is_active:
            wait_for("the loss to be seen", lambda: self.rig.active() != name, BOUND_S)
        if is_active or draw.random() < 0.5:
            self.start(name)
        if is_active:
            self.lose(True, is_ordered=False)
        else:
            self.settle()
        return name + ("" if self.model.ready[name] else ", and it stays away")

    def start(self, name):
        self.restarts += 1
        self.rig.targets[name].machine.start()
        self.model.ready[name] = True
        self.wait_ready()

    def do_start_agent(self, draw):
        for name, ready in self.model.ready.items():
            if not ready:
                self.start(name)
                self.settle()
                return name
        return self.do_type(draw)

    def do_kill_server(self, draw):
        was_remote = self.model.active
        self.restarts += 1
        if draw.random() < 0.8:
            self.do_hold(draw)
            was_remote = self.model.active
        for part in range(2):
            if was_remote != LOCAL:
                self.type(self.taps(draw, 3))
            if part == 0:
                self.rig.console.process.kill()
        if was_remote != LOCAL:
            self.wait_grab(False)
        self.type_at_home_alone(draw, was_remote)
        self.rig.start_server()
        self.wait_ready()
        if was_remote != LOCAL:
            self.lose(True)
        return was_remote

    def type_at_home_alone(self, draw, was):
        """With no server the keyboard is the desktop's."""
        if was == LOCAL:
            self.type_whole(self.taps(draw, 4))

    # After each step.

    def check_all(self):
        active = self.rig.active()
        if active != self.model.active:
            if self.model.active == LOCAL or active != LOCAL:
                raise Wrong(f"{active} is active, not {self.model.active}")
            self.lose(False)
        for name, target in self.rig.targets.items():
            events = self.read(name)
            if name == self.model.active:
                self.settle()
                continue
            if events or target.reader.moved != self.model.moved[name]:
                raise Wrong(f"{name} is not active, and was given {events}, moved {target.reader.moved}")
            if target.reader.down():
                raise Wrong(f"{name} is not active, and has {sorted(target.reader.down())} down")
        if self.model.active != LOCAL:
            name = self.model.active
            if self.rig.targets[name].reader.down() != self.given[name].held and not self.arrived[name]:
                self.settle()
                if self.rig.targets[name].reader.down() != self.given[name].held:
                    raise Wrong(f"{name} has {sorted(self.rig.targets[name].reader.down())} down, not "
                                f"{sorted(self.given[name].held)}")

    def is_calm(self):
        return self.model.active == LOCAL and all(self.model.ready.values())

    def finish(self):
        """Everything up, and home."""
        ups = [(code, 0) for code in sorted(self.model.down)]
        self.type_whole(ups)
        self.rig.ask("switch", target=LOCAL)
        self.arrive(LOCAL)
        self.check_all()

    def compare(self):
        """The model and what is real, for the eye."""
        lines = [f"model: {self.model.active} is active, down {sorted(self.model.down)}, owners {self.model.owner}, "
                 f"desktop {sorted(self.model.desktop)}, ready {self.model.ready}"]
        try:
            lines.append(f"real: {self.rig.active()} is active, states {self.rig.states()}, grabbed {self.rig.hands.look()}, "
                         f"told {self.rig.read_events()[-6:]}")
        except (OSError, Failed) as error:
            lines.append(f"real: the server does not answer: {error}")
        for name, given in self.given.items():
            lines.append(f"{name}: held {sorted(given.held)}, to come {given.expected}; came {self.arrived[name]}, down "
                         f"{sorted(self.rig.targets[name].reader.down())}")
        return "\n".join(lines)
