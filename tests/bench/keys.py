"""From a key to the pixels that a program draws for it: on an idle screen and beside a film, on a good link and on a slow
one; and how soon the film's pixels are exact once it has stopped."""

import random
import re
import threading

from harness import monotonic_us, wait_for
from scene import FILM, Scene, summary, type_keys
from table import Limit, Table

FIGURES = [("p50_ms", "p50 ms", ".2f"), ("p95_ms", "p95 ms", ".2f"), ("count", "keys", "d"),
           ("exact_s", "exact after s", ".2f"), ("bytes", "bytes", "d"), ("excess_s", "beyond the link s", ".2f")]
KEYS_A_SECOND = 12
SLOW_RATE, SLOW_BITS, SLOW_TRIP_MS = "5mbit", 5e6, 40
EXACT_BOUND_S = 60
ROUNDS_MAX = 3


def measure_exactness(scene):
    """Types until the film's pixels are the same on both displays, once it has stopped."""
    target = scene.targets[0]
    same = scene.tool(scene.display, "samearea", "--from", target.display.name, "--to", scene.display.name, "--area",
                      FILM, ready="differs ")
    target.freeze_film()
    start_us, start_bytes = monotonic_us(), scene.desk.passed("console")[1]
    times_ms, done = [], threading.Event()

    def type_on():
        chance = random.Random(2)
        while not done.is_set():
            times_ms.extend(type_keys(scene, 5, KEYS_A_SECOND, chance))
    typing = threading.Thread(target=type_on)
    typing.start()
    try:
        at_us = wait_for("the film's pixels to be exact",
                         lambda: next((int(at) for at in re.findall(r"^same (\d+)$", same.text(), re.M)
                                       if int(at) > start_us), None), EXACT_BOUND_S)
    finally:
        sent = scene.desk.passed("console")[1] - start_bytes
        done.set()
        typing.join()
        same.stop()
    exact_s = (at_us - start_us) / 1e6
    return {**summary(times_ms), "exact_s": exact_s, "bytes": sent, "excess_s": exact_s - sent * 8 / SLOW_BITS}


def run_round(table, arguments, count):
    for name, options in (("good link", {}), ("slow link", {"trip_ms": SLOW_TRIP_MS, "rate": SLOW_RATE})):
        with Scene(arguments.build, **options) as scene:
            target = scene.targets[0]
            target.open_page()
            scene.begin()
            target.draw("mark", 0)
            type_keys(scene, 10, KEYS_A_SECOND)
            table.add(f"{name}, idle", "hotdesk", summary(type_keys(scene, count, KEYS_A_SECOND)))
            target.start_film()
            type_keys(scene, 2 * KEYS_A_SECOND, KEYS_A_SECOND)
            table.add(f"{name}, film", "hotdesk", summary(type_keys(scene, count, KEYS_A_SECOND)))
            if options:
                table.add(f"{name}, film has stopped", "hotdesk", measure_exactness(scene))


def run(arguments):
    table = Table("keys", f"From a key's press to its pixel, alone and while a film plays in another window; the slow "
                  f"link has {SLOW_RATE[:-4]} Mbit/s and {SLOW_TRIP_MS} ms", FIGURES,
                  [Limit("good link, film", "p50_ms", 3, of_row="good link, idle"),
                   Limit("good link, film", "p95_ms", 3, of_row="good link, idle"),
                   Limit("slow link, film", "p95_ms", 120),
                   Limit("slow link, film has stopped", "p95_ms", 120),
                   Limit("slow link, film has stopped", "excess_s", 1)])
    for _ in range(min(arguments.rounds, ROUNDS_MAX)):
        run_round(table, arguments, arguments.seconds * KEYS_A_SECOND * 2)
    return table
