"""Steps of the walk with a fault: a connection or a program stalls or ends while somebody types."""

import time

from harness import FACTOR, wait_for
from ledger import BOUND_S
from model import LOCAL
from plain_deeds import PlainDeeds


class FaultDeeds(PlainDeeds):
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
