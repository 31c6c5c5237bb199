"""Forty targets in the switcher: what their thumbnails cost the console, and on the wire, while much changes on their
screens, while nothing does, and while nobody looks."""

import signal
import time

from crowd import Crowd
from harness import Failed, wait_for
from network import CONSOLE, Network
from scene import HEIGHT_PX, WIDTH_PX, quick_link
from still import processor_us
from table import Limit, Table

FIGURES = [("core", "% of a core", ".2f"), ("in_mbit", "Mbit/s in", ".3f"), ("out_mbit", "Mbit/s out", ".3f"),
           ("most_kib", "most KiB/s", ".1f"), ("there_s", "there after s", ".1f")]
CORE_MAX, CHANGING_MBIT, STILL_MBIT = 15, 2, 0.2
PAGE, WINDOW = "1100x900+60+60", "640x360+1216+96"
TYPED_A_SECOND, FRAMES_A_SECOND = 6, 15
# What goes on on each of the screens: agents in turn share them.
DESKS = ("typing", "typing", "typing", "film", "scroll", "film", "still", "still")
SETTLE_S, LOOKED_S, THERE_BOUND_S = 6, 8, 120


class Screens:
    """X servers with what people do on them."""

    def __init__(self, desk):
        self.desk = desk
        self.displays = [desk.display(WIDTH_PX, HEIGHT_PX) for _ in DESKS]
        self.moving = []
        for display, load in zip(self.displays, DESKS):
            self.dress(display, load)

    def dress(self, display, load):
        """A photo as wallpaper with a window of text on it, and what moves."""
        self.freeze(self.draw(display, "drag", 1, None))
        if load == "film":
            self.freeze(self.draw(display, "typing", 1, PAGE))
            self.moving.append(self.draw(display, "film", FRAMES_A_SECOND, WINDOW))
        else:
            page = self.draw(display, "scroll" if load == "scroll" else "typing",
                             1 if load == "scroll" else TYPED_A_SECOND, PAGE)
            if load == "still":
                self.freeze(page)
            else:
                self.moving.append(page)

    def draw(self, display, load, rate, area):
        program = f"{self.desk.build_dir}/tests/bench/tools/screenload"
        where = ["--area", area] if area else []
        process = display.start("screenload", [program, "--from", display.name, "--load", load, "--rate", str(rate),
                                               *where])
        wait_for(f"{load} to begin", lambda: "drawn 2 " in process.text(), 20)
        return process

    @staticmethod
    def freeze(process):
        """What it has drawn stays."""
        process.send_signal(signal.SIGSTOP)

    def move(self, on):
        for process in self.moving:
            process.send_signal(signal.SIGCONT if on else signal.SIGSTOP)


class Wall:
    """A console with its full-screen window, forty agents, and the network between."""

    def __init__(self, desk, count):
        self.desk = desk
        self.screens = Screens(desk)
        self.display = desk.display(WIDTH_PX, HEIGHT_PX)
        self.console = desk.console()
        displays = self.screens.displays
        self.machines = [desk.machine(f"lab{number}", display=displays[number % len(displays)])
                         for number in range(1, count + 1)]
        Crowd(desk, self.console, self.machines, CONSOLE).grow(count)
        self.link = quick_link(self.console)
        self.viewer = desk.start("hotdesk-viewer", [desk.program("hotdesk-viewer"), "--screen"],
                                 env={**self.console.environment, **self.display.environment(),
                                      "SDL_VIDEODRIVER": "x11"})
        wait_for("the window", lambda: self.console.ask("switch", target="local")["viewers"] > 0, 20)

    def pictures(self):
        return [target["picture"] for target in self.console.ask("status")["targets"]]

    def look(self, on):
        """Until all that is asked for has come, and for a while. Seconds until it had."""
        start = time.monotonic()
        self.console.ask("switcher")
        self.is_on = on
        wait_for(f"{'all' if on else 'no'} thumbnails", self.is_so, THERE_BOUND_S, 0.1)
        took_s = time.monotonic() - start
        time.sleep(LOOKED_S if on else SETTLE_S)
        return took_s

    def is_so(self):
        """As it was asked for: without thumbnails some screens stay warm, the others are closed."""
        has = [picture["state"] == "thumbnail" and not picture["text"] for picture in self.pictures()]
        return all(has) if self.is_on else not any(has)

    def programs(self):
        return {"hotdesk-server": [self.console.process.pid], "hotdesk-decode": self.console.children("hotdesk-decode"),
                "hotdesk-viewer": [self.viewer.pid], "the agents": [machine.process.pid for machine in self.machines]}

    def now(self):
        return ({name: sum(map(processor_us, pids)) for name, pids in self.programs().items()},
                self.desk.passed("console")[1], self.desk.passed("target")[1],
                [picture["bytes"] for picture in self.pictures()], time.monotonic())

    def measure(self, seconds):
        """{program: figures}; of the console as a whole, too."""
        before_us, in_before, out_before, sent_before, start = self.now()
        time.sleep(seconds)
        after_us, in_after, out_after, sent_after, end = self.now()
        if not self.is_so():
            raise Failed("the switcher was opened or closed meanwhile")
        took_s = end - start
        core = {name: (after_us[name] - before_us[name]) / took_s / 1e4 for name in before_us}
        figures = {name: {"core": used} for name, used in core.items()}
        figures["console"] = {"core": sum(used for name, used in core.items() if name != "the agents"),
                              "in_mbit": (in_after - in_before) * 8 / took_s / 1e6,
                              "out_mbit": (out_after - out_before) * 8 / took_s / 1e6,
                              "most_kib": max(after - before for before, after in zip(sent_before, sent_after))
                              / took_s / 1024}
        return figures


def goals():
    changing, still, closed = ROWS
    return [Limit(changing, "core", CORE_MAX), Limit(changing, "in_mbit", CHANGING_MBIT),
            Limit(still, "in_mbit", STILL_MBIT), Limit(closed, "in_mbit", STILL_MBIT / 2)]


ROWS = ("switcher, screens change", "switcher, all are still", "no switcher, screens change")


def run(arguments):
    seconds = arguments.still_s
    table = Table("thumbnails", f"{arguments.targets} targets of {WIDTH_PX}x{HEIGHT_PX} in the switcher, {seconds} s of each",
                  FIGURES, goals(), ours="console")
    changing, still, closed = ROWS
    with Network(arguments.build) as desk:
        wall = Wall(desk, arguments.targets)

        def add(row):
            for name, figures in wall.measure(seconds).items():
                table.add(row, name, figures)
        there_s = wall.look(True)
        add(changing)
        table.add("switcher opens", "console", {"there_s": there_s})
        wall.screens.move(False)
        time.sleep(SETTLE_S)
        add(still)
        wall.screens.move(True)
        wall.look(False)
        add(closed)
    return [table]
