"""A random walk over a real server, hotdesk-input and agents, with a model beside it: tests/walk/model.py.

    walk.py [--steps N] [--minutes M] [--seed N] [--from STEP]

Each step is drawn from the seed and its own number, so a fault can be tried again: --seed N --from a few steps before it.
What a busy machine does (an answer too late, so that a switch is taken back) is no fault, but has to be rare.
"""

import argparse
import collections
import os
import random
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import Rig, size_of  # noqa: E402
from deeds import Deeds  # noqa: E402
from harness import Harness  # noqa: E402

TOLD_STEPS = 30
PROGRESS_S = 60
LATE_FREE, LATE_STEPS = 8, 150  # one late answer in so many steps, and some more
TARGETS = {"ash": True, "birch": True, "cedar": False}
GROWTH_KIB = 3072  # of a process that is not restarted, from its first look on
GROWTH_ASAN_KIB = 24576  # freed memory is kept aside there, at most 8 MiB (./dev soak), and in pieces
WARM_STEPS = 100


class Sizes:
    """Memory and descriptors of each process, from some time after its start on."""

    def __init__(self):
        self.first, self.last, self.since = {}, {}, {}
        self.faults = []
        self.longest = {}  # {name: (steps, first, last)} of the longest life

    def look(self, rig, step):
        for name, pid in rig.pids().items():
            if not pid:
                continue
            known = self.since.get(name)
            if not known or known[0] != pid:
                self.since[name] = (pid, step)
                continue
            if step - known[1] < WARM_STEPS:
                self.first[name] = None
                continue
            now = size_of(pid)
            self.first[name] = self.first.get(name) or now
            life = (step - known[1], self.first[name], now)
            if life[0] >= self.longest.get(name, (0,))[0]:
                self.longest[name] = life

    def check(self, bound_kib):
        for name, (_, first, last) in self.longest.items():
            if last[0] > first[0] + bound_kib:
                yield f"{name} grew from {first[0]} to {last[0]} KiB"
            if last[1] != first[1]:
                yield f"{name} had {first[1]} descriptors and has {last[1]}"

    def table(self):
        for name, (steps, first, last) in sorted(self.longest.items()):
            yield (f"{name:14} {steps:6} steps  {first[0]:7} -> {last[0]:7} KiB  {first[1]:3} -> {last[1]:3} descriptors")


def run_steps(deeds, sizes, arguments, counts, told):
    begin = said = time.monotonic()
    step = arguments.first
    while True:
        minutes = (time.monotonic() - begin) / 60
        if step >= arguments.first + arguments.steps and minutes >= arguments.minutes:
            return step - arguments.first
        draw = random.Random(f"{arguments.seed} {step}")
        told.append(f"{step}: ")
        deed = deeds.choose(draw, step)
        told[-1] += deed
        counts[deed] += 1
        started = time.monotonic()
        told[-1] += " " + str(deeds.do(deed, draw) or "")
        deeds.check_all()
        counts["seconds of " + deed] += time.monotonic() - started
        told[-1] += f" -> {deeds.model.active}"
        if os.environ.get("HOTDESK_WALK_TELL"):
            print("# " + told[-1], flush=True)
        step += 1
        if step % 20 == 0 and deeds.is_calm():
            sizes.look(deeds.rig, step)
        if time.monotonic() > said + PROGRESS_S:
            said = time.monotonic()
            print(f"# {minutes:.0f} min, {step - arguments.first} steps, {deeds.figures()}", flush=True)


def walk(arguments, tap_out):
    counts, told, sizes = collections.Counter(), collections.deque(maxlen=TOLD_STEPS), Sizes()
    is_asan = "asan" in os.path.basename(os.environ.get("HOTDESK_BUILD", ""))
    print(f"# seed {arguments.seed}, from step {arguments.first}", flush=True)
    with Harness(keep=bool(os.environ.get("HOTDESK_KEEP"))) as desk:
        rig = deeds = None
        try:
            rig = Rig(desk, TARGETS)
            deeds = Deeds(rig)
            done = run_steps(deeds, sizes, arguments, counts, told)
            deeds.finish()
            late_max = LATE_FREE + done // LATE_STEPS
            tap_out(True, f"{done} steps as the model says")
            tap_out(deeds.late <= late_max, f"a late answer is rare: {deeds.late}, at most {late_max}")
            faults = list(sizes.check(GROWTH_ASAN_KIB if is_asan else GROWTH_KIB))
            tap_out(not faults, "memory and descriptors are flat", "; ".join(faults))
        except Exception as error:  # whatever it is: where it was, and what is so
            tap_out(False, f"step {len(told) and told[-1]}", f"{type(error).__name__}: {error}")
            print("\n".join(["# seed {}; the last steps:".format(arguments.seed)] + ["#   " + line for line in told]))
            print("# " + traceback.format_exc().replace("\n", "\n# "))
            if deeds:
                print("# " + deeds.compare().replace("\n", "\n# "))
            if rig:
                print("# " + rig.logs().replace("\n", "\n# "), flush=True)
        finally:
            if deeds:
                print(f"# {deeds.figures()}")
                print("# " + ", ".join(f"{name} {count} ({counts['seconds of ' + name]:.0f} s)"
                                       for name, count in sorted(counts.items()) if not name.startswith("seconds")))
            for line in sizes.table():
                print("# " + line, flush=True)
            errors = rig.close() if rig else []
            if is_asan or errors:
                tap_out(not errors, "the sanitizers found nothing", "\n# ".join(errors))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("HOTDESK_SEED") or random.SystemRandom().randrange(10**6)))
    parser.add_argument("--from", dest="first", type=int, default=0)
    arguments = parser.parse_args()
    results = []

    def tap_out(passed, name, why=""):
        results.append(passed)
        print(f"{'ok' if passed else 'not ok'} {len(results)} - {name}", flush=True)
        if why:
            print("# " + why, flush=True)
    walk(arguments, tap_out)
    print(f"1..{len(results)}", flush=True)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
