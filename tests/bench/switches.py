"""From a switch to the first whole picture of the other target on the console's display."""

import re
import time

from harness import monotonic_us, wait_for
from link import COMMAND_TARGET
from scene import FIRST_MARK, HEIGHT_PX, WIDTH_PX, Scene, summary
from table import Limit, Table

FIGURES = [("p50_ms", "p50 ms", ".2f"), ("p95_ms", "p95 ms", ".2f"), ("count", "switches", "d")]
LAST_MARK = f"{WIDTH_PX - 256},{HEIGHT_PX - 16},16,16"
BOUND_S = 5


def measure(scene, what, count, number):
    """`what` changes on the target while nobody looks: its number is seen at both ends of the screen once all of its
    picture of now is there."""
    times_ms = []
    with scene.watch(FIRST_MARK, LAST_MARK) as watch:
        for i in range(count):
            target = scene.targets[i % 2]
            wait_for("nobody to look", lambda: scene.console.target(target.name)["picture"]["state"] == "warm")
            number += 1
            target.draw(what, number)
            time.sleep(0.05)
            start_us = monotonic_us()
            scene.link.command(COMMAND_TARGET, target.number)
            seen_us = max(wait_seen(watch, index, number, start_us) for index in (0, 1))
            times_ms.append((seen_us - start_us) / 1000)
    return summary(times_ms), number


def wait_seen(watch, index, number, start_us):
    def first():
        found = re.findall(rf"^seen {index} {number} (\d+)$", watch.process.text(), re.M)
        return next((int(at) for at in found if int(at) > start_us), None)
    return wait_for(f"{number} to be seen", first, BOUND_S, 0.005)


def run(arguments):
    table = Table("switch", "From a hotkey's command to the first whole picture of the other target, which is warm, on "
                  f"the console's display; {WIDTH_PX}x{HEIGHT_PX}", FIGURES,
                  [limit for row in ("a little has changed", "a page has changed")
                   for limit in (Limit(row, "p50_ms", 25), Limit(row, "p95_ms", 50))])
    with Scene(arguments.build, targets=2) as scene:
        for target in scene.targets:
            target.open_page(f"{WIDTH_PX}x{HEIGHT_PX}+0+0")
        scene.begin()
        scene.switch(scene.targets[1])
        time.sleep(1)
        _, number = measure(scene, "page", 6, 1)
        for row, what in (("a little has changed", "mark"), ("a page has changed", "page")):
            figures, number = measure(scene, what, arguments.switches, number)
            table.add(row, "hotdesk", figures)
    return table
