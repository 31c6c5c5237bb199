"""A minute of film over a slow link: how old what is seen is, and whether the pointer minds."""

import statistics
import time

from harness import monotonic_us, percentile
from link import EV_REL, REL_X, REL_Y
from scene import HEIGHT_PX, WIDTH_PX, Scene
from table import Limit, Table

RATE, TRIP_MS = "20mbit", 20
PART_S = 10
GROWTH_MS = 20  # of what is measured: less is none
AGE_FIGURES = [("p50_ms", "p50 ms", ".1f"), ("p95_ms", "p95 ms", ".1f"), ("a_second", "pictures/s", ".1f"),
               ("growth_ms", "growth ms", ".1f")]
POINTER_FIGURES = [("p50_ms", "p50 ms", ".2f"), ("p95_ms", "p95 ms", ".2f"), ("gap_ms", "longest gap ms", ".1f"),
                   ("seen", "places seen %", ".1f")]
POINTER_ROW_PX, POINTER_FROM_PX, POINTER_TO_PX, POINTER_START_PX = 900, 20, 620, 220
STEP_PX, STEPS_A_SECOND = 4, 125  # as a common mouse


def ages_ms(target, watch, places):
    """[(seen at_us, age_ms)] of all places of the film, each number once a place."""
    drawn = target.film_drawn()
    found = []
    for index in range(places):
        last = 0
        for number, at_us in watch.seen(index):
            if number > last and number in drawn and drawn[number] < at_us:
                found.append((at_us, (at_us - drawn[number]) / 1000))
                last = number
    return found


def play(table, scene, parts):
    target = scene.targets[0]
    marks = target.film_marks()
    medians = []
    with scene.watch(*marks) as watch:
        start_us = monotonic_us()
        time.sleep(parts * PART_S)
        found = ages_ms(target, watch, len(marks))
    for part in range(parts):
        from_us = start_us + part * PART_S * 1e6
        ages = [age for at_us, age in found if from_us <= at_us < from_us + PART_S * 1e6]
        medians.append(statistics.median(ages))
        table.add(f"{part * PART_S} to {(part + 1) * PART_S} s", "hotdesk",
                  {"p50_ms": medians[-1], "p95_ms": percentile(ages, 95), "a_second": len(ages) / len(marks) / PART_S})
    table.add("last to first", "hotdesk", {"growth_ms": medians[-1] - medians[0]})


def move(scene, count):
    """The mouse goes to and fro over white paper; [(x_px, at_us)] of its places, and of those that were seen."""
    place, sent, step = POINTER_START_PX, [], STEP_PX
    next_us = monotonic_us()
    with scene.watch(pointer=f"{POINTER_ROW_PX},0,{POINTER_TO_PX + 10}") as watch:
        for _ in range(count):
            if not POINTER_FROM_PX <= place + step <= POINTER_TO_PX:
                step = -step
            place += step
            sent.append((place, monotonic_us()))
            scene.link.report((EV_REL, REL_X, step))
            next_us += 1e6 / STEPS_A_SECOND
            time.sleep(max(0, next_us - monotonic_us()) / 1e6)
        time.sleep(0.5)
        return sent, watch.pointer()


def pointer_figures(sent, seen):
    """`seen` begins with the place at rest. Each other one belongs to the last report before it that went there."""
    shift = POINTER_START_PX - seen[0][0]  # of the shape, from its hot spot
    times_ms = []
    for x_px, at_us in seen[1:]:
        reports_us = [sent_us for place, sent_us in sent if place == x_px + shift and sent_us < at_us]
        if reports_us:
            times_ms.append((at_us - reports_us[-1]) / 1000)
    gaps = [(later - earlier) / 1000 for (_, earlier), (_, later) in zip(seen[1:], seen[2:])]
    return {"p50_ms": statistics.median(times_ms), "p95_ms": percentile(times_ms, 95), "gap_ms": max(gaps),
            "seen": 100 * len(times_ms) / len(sent)}


def bring_pointer(scene):
    """Onto the row that is looked at, where nothing is written. The server places it: by the way of a corner."""
    for counts in ((-WIDTH_PX, -HEIGHT_PX), (POINTER_START_PX, POINTER_ROW_PX - 1)):
        scene.link.report((EV_REL, REL_X, counts[0]), (EV_REL, REL_Y, counts[1]))
        time.sleep(0.5)


def run(arguments):
    ages = Table("film", f"How old the picture is, over a minute of film in a window: {RATE[:-4]} Mbit/s, "
                 f"{TRIP_MS} ms round trip", AGE_FIGURES, [Limit("last to first", "growth_ms", GROWTH_MS)])
    pointer = Table("pointer", f"From a mouse's motion to the pointer's place on the console, {STEPS_A_SECOND} a "
                    "second, while a film plays", POINTER_FIGURES,
                    [Limit("slow link", "p95_ms", 1.5, of_row="good link"),
                     Limit("slow link", "seen", 0.9, least=True, of_row="good link")])
    for row, options in (("good link", {}), ("slow link", {"trip_ms": TRIP_MS, "rate": RATE})):
        with Scene(arguments.build, **options) as scene:
            target = scene.targets[0]
            target.open_page()
            scene.begin()
            target.draw("blank", 1)
            target.start_film()
            time.sleep(3)
            if options:
                play(ages, scene, arguments.film_parts)
            bring_pointer(scene)
            pointer.add(row, "hotdesk", pointer_figures(*move(scene, arguments.seconds * STEPS_A_SECOND)))
    return [ages, pointer]
