"""How long a key or a movement takes from the console's X server to the target's: hotdesk, a bare relay, Barrier."""

import contextlib
import os
import sys

import inputs
from harness import Failed, Harness, percentile
from table import Ratio, Table

ROWS = ("keys", "motion", "keys, busy", "motion, busy")
GOALS = [Ratio("keys", "p50_us", 1.2, "relay"), Ratio("keys", "p99_us", 1.5, "relay"),
         Ratio("keys", "p99_us", 0.3, "barrier"),
         Ratio("motion", "p50_us", 1.2, "relay"), Ratio("motion", "p99_us", 1.5, "relay"),
         Ratio("motion", "p99_us", 0.3, "barrier"),
         Ratio("keys, busy", "p99_us", 0.3, "barrier"), Ratio("motion, busy", "p99_us", 0.3, "barrier"),
         *(Ratio(row, figure, 1, "hotdesk", ours="hotdesk, evdev") for row in ROWS for figure in ("p50_us", "p99_us"))]
FIGURES = [("p50_us", "p50 us", ".0f"), ("p99_us", "p99 us", ".0f"), ("max_us", "max us", ".0f"),
           ("merged", "merged %", ".1f")]
EVENTS_MIN = 1000  # fewer are no measurement


def figures_of(what, process, events, rate):
    """{figure: value} of an inputload. An event that is lost is a failure, and so are too few."""
    status = process.wait(60 + 3 * events / rate)
    text = process.text()
    if status != 0:
        raise Failed(f"{what}: {text[-300:]}")
    lines = [line.split() for line in text[text.index("ready\n"):].splitlines()]
    times_us = [int(line[2]) for line in lines if line[0] == "event"]
    merged = next(int(line[5]) for line in lines if line[0] == "sent")
    if len(times_us) < max(events, EVENTS_MIN):
        raise Failed(f"{what}: only {len(times_us)} events were measured")
    return {"p50_us": percentile(times_us, 50), "p99_us": percentile(times_us, 99), "max_us": max(times_us),
            "merged": 100 * merged / len(times_us)}


def measure(contestant, row, arguments):
    """One run."""
    load = row.split(",")[0]
    rate = arguments.key_rate if load == "keys" else arguments.motion_rate
    process = contestant.start_load(load, arguments.events, rate)
    return figures_of(f"{contestant.name}, {row}", process, arguments.events, rate)


def with_busy_cores(desk, run):
    """Every core has a process that wants all of it."""
    spinners = [desk.start("spinner", ["/usr/bin/python3", "-c", "while True: pass"]) for _ in range(os.cpu_count())]
    try:
        return run()
    finally:
        for spinner in spinners:
            spinner.kill()


def start_contestant(name, arguments):
    """(harness, contestant), running."""
    with contextlib.ExitStack() as stack:
        desk = stack.enter_context(Harness(arguments.build))
        contestant = inputs.ALL[name](desk)
        stack.pop_all()
        return desk, contestant


def run_contestant(number, name, table, arguments):
    desk, contestant = inputs.twice(lambda: start_contestant(name, arguments))
    with contextlib.closing(desk):
        for row in arguments.rows:
            def run(row=row):
                return measure(contestant, row, arguments)
            figures = with_busy_cores(desk, run) if "busy" in row else run()
            table.add(row, name, figures)
            print(f"round {number}: {row:12} {name:14} p50 {figures['p50_us']:6d} us  "
                  f"p99 {figures['p99_us']:6d} us  max {figures['max_us']:6d} us", file=sys.stderr, flush=True)


def run(arguments):
    how = "of their units" if os.geteuid() == 0 else "as usual, since only root may raise it"
    table = Table("latency", f"From the console's X server to the target's: {arguments.rounds} rounds of "
                  f"{arguments.events} events, {arguments.key_rate} keys or {arguments.motion_rate} movements a second; "
                  f"priority {how}", FIGURES, GOALS)
    for number in range(1, arguments.rounds + 1):
        for name in arguments.contestants:
            run_contestant(number, name, table, arguments)
    return table
