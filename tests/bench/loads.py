"""Four loads beside other programs, and at 60 frames a second."""

import os
import sys

import peers
from harness import Failed, Harness, percentile
from table import Limit, Ratio, Table

LOADS = ("typing", "scroll", "drag", "film")
RATIOS = {"typing": 0.2, "scroll": 0.2, "drag": 0.3, "film": 0.6}
FIGURES = [("p50_ms", "p50 ms", ".2f"), ("p95_ms", "p95 ms", ".2f"), ("seen", "seen %", ".1f")]
TOO_FEW = 0.3  # of the frames, seen: of less nothing can be said but
LOST_MS = 2000.0
TAIL = 2  # p95 by p50


def measure(desk, contestant, load, frames, rate):
    """One run; {figure: value}."""
    text = desk.run(os.path.join(desk.build_dir, "tests/bench/tools/screenload"), "--from", contestant.target.name,
                    "--to", contestant.console.name, "--load", load, "--frames", str(frames), "--rate", str(rate),
                    bound_s=60 + 3 * frames / rate)
    lines = [line.split() for line in text[text.index("ready\n"):].splitlines()]
    times_ms = [int(line[2]) / 1000 for line in lines if line[0] == "frame"]
    drawn = next(int(line[1]) for line in lines if line[0] == "drawn")
    if len(times_ms) < drawn * TOO_FEW:
        return {"p50_ms": LOST_MS, "p95_ms": LOST_MS, "seen": 100 * len(times_ms) / drawn}
    return {"p50_ms": percentile(times_ms, 50), "p95_ms": percentile(times_ms, 95),
            "seen": 100 * len(times_ms) / drawn}


def measure_surely(arguments, name, load, frames, rate):
    """Twice if it must be: a program that does not begin must not end the whole benchmark."""
    for last in (False, True):
        try:
            with Harness(arguments.build) as desk:
                return measure(desk, peers.ALL[name](desk), load, frames, rate)
        except Failed as failure:
            print(f"{name}, {load}: {failure}", file=sys.stderr, flush=True)
            if last:
                return {"p50_ms": LOST_MS, "p95_ms": LOST_MS, "seen": 0.0}


def run_rounds(table, arguments, loads, contestants, frames, rate):
    for number in range(arguments.rounds):
        for load in loads:
            for name in contestants:
                figures = measure_surely(arguments, name, load, frames, rate)
                table.add(load, name, figures)
                print(f"round {number + 1}: {load:7} {name:12} p50 {figures['p50_ms']:7.2f} ms  "
                      f"p95 {figures['p95_ms']:7.2f} ms  {figures['seen']:5.1f} % seen", file=sys.stderr, flush=True)
    return table


def run(arguments):
    frames = arguments.seconds * arguments.rate
    goals = [Ratio(load, "p50_ms", RATIOS[load]) for load in arguments.loads]
    goals += [Limit(load, "p95_ms", TAIL, of_figure="p50_ms") for load in arguments.loads if load != "film"]
    goals += [Limit(load, "seen", 100, least=True) for load in arguments.loads]
    table = Table("loads", f"From a change on the target's screen to that change on the console's: {peers.WIDTH_PX}x"
                  f"{peers.HEIGHT_PX}, {arguments.rate} frames a second, {arguments.rounds} rounds of {frames} frames",
                  FIGURES, goals)
    return run_rounds(table, arguments, arguments.loads, arguments.contestants, frames, arguments.rate)


def run_fast(arguments):
    loads = [load for load in arguments.loads if load != "film"]
    frames = arguments.seconds * 60
    table = Table("fast", f"The same with 60 frames a second, {arguments.rounds} rounds of {frames} frames", FIGURES,
                  [Limit(load, "seen", 100, least=True) for load in loads])
    return run_rounds(table, arguments, loads, ["hotdesk"], frames, 60)
