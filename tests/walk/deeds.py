"""The steps of the random walk: what is done to the real thing, and what the model then says of it."""

from harness import Failed
from fault_deeds import FaultDeeds
from model import LOCAL, Wrong
from race_deed import RaceDeed

LIVES_STEPS = 1000  # the server is killed in the even thousands only
WEIGHTS = {"type": 32, "hold": 8, "release": 8, "move": 7, "hotkey": 12, "switch": 6, "panic": 2, "race": 6, "cut": 2,
           "stall": 1.5, "throttle": 1.5, "stop": 2.5, "kill-agent": 1, "kill-server": 0.6, "jump": 1.5, "reload": 1}


class Deeds(RaceDeed, FaultDeeds):
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
