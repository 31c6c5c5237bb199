"""A target that several windows show: what its agent costs, with one window and with three, over the same film."""

import time

from harness import wait_for
from scene import HEIGHT_PX, WIDTH_PX, Scene
from still import processor_us
from table import Limit, Table

FIGURES = [("core", "% of a core", ".1f"), ("frame_us", "us a frame drawn", ".0f"), ("sent", "MB/s", ".2f"), ("ratio", "by one", ".2f")]
RATE = 10  # nobody is late then, with everything on one machine
SETTLE_S = 3
RATIO_MAX = 1.1


class Windows:
    """The one over the whole screen, and two more that watch the same target."""

    def __init__(self, scene):
        self.scene = scene
        self.display = scene.desk.display(WIDTH_PX, HEIGHT_PX)
        self.more = []

    def have(self, count):
        while len(self.more) > count - 1:
            self.more.pop().stop()
        while len(self.more) < count - 1:
            desk, console = self.scene.desk, self.scene.console
            self.more.append(desk.start("hotdesk-viewer", [desk.program("hotdesk-viewer"), "--view", "lab1"],
                                        env={**console.environment, **self.display.environment(),
                                             "SDL_VIDEODRIVER": "x11"}))
        wait_for(f"{count} followers", lambda: self.scene.console.target("lab1")["picture"]["followers"] == count)


def measure(scene, seconds):
    """Of the agent, over so many seconds."""
    target = scene.targets[0]
    pid = target.machine.process.pid

    def now():
        return (processor_us(pid), scene.console.target("lab1")["picture"]["bytes"], max(target.film_drawn()),
                time.monotonic())
    before = now()
    time.sleep(seconds)
    used_us, sent_bytes, drawn, took_s = (after - then for after, then in zip(now(), before))
    return {"core": used_us / took_s / 1e4, "frame_us": used_us / drawn, "sent": sent_bytes / took_s / 1e6}


def run(arguments):
    table = Table("several", f"Windows that show one target, a film of {RATE} frames a second: its agent's processor time",
                  FIGURES, [Limit("three windows", "ratio", RATIO_MAX)])
    with Scene(arguments.build) as scene:
        target = scene.targets[0]
        target.open_page()
        scene.begin()
        windows = Windows(scene)
        target.start_film(rate=RATE)
        for _ in range(arguments.rounds):
            one = None
            for count, name in ((1, "one window"), (3, "three windows")):
                windows.have(count)
                time.sleep(SETTLE_S)
                figures = measure(scene, arguments.seconds)
                one = one or figures
                table.add(name, "hotdesk", {**figures, "ratio": figures["frame_us"] / one["frame_us"]})
    return [table]
