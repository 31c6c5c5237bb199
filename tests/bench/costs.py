"""What an event costs: system calls, processor time and instructions, of each process on its way."""

import glob
import os
import re
import signal
import subprocess
import sys
import time

import inputs
from bench import slow_times
from harness import Failed, Harness, read_text, wait_for
from table import Table

FIGURES = [("calls", "system calls", ".1f"), ("cpu_us", "processor us", ".0f"), ("instructions", "instructions", ".0f")]
RATE = 100  # nobody waits for a tracer then
EVENTS = 500
FACTOR = 4  # hotdesk's times are stretched by it where valgrind runs it


class CountedHarness(Harness):
    """Its programs run under callgrind, which can be asked how many instructions they did."""

    # A child without a program of its own (hotdesk-input's worker) cannot be asked: what it did in its loop is told when
    # it ends.
    OPTIONS = {"hotdesk-input": "--toggle-collect=uv_run"}

    def program(self, name):
        path = super().program(name)
        if name == "hotdesk":
            return path
        script = os.path.join(self.directory, "counted-" + name)
        with open(script, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexec valgrind -q --tool=callgrind --vgdb-prefix={self.directory}/vgdb "
                       f"--callgrind-out-file={self.directory}/callgrind.%p {self.OPTIONS.get(name, '')} {path} \"$@\"\n")
        os.chmod(script, 0o755)
        return script

    def can_be_told(self, pid):
        return bool(glob.glob(f"{self.directory}/vgdb-to-vgdb-from-{pid}-*"))

    def tell(self, pid, *words):
        """To callgrind, in that process."""
        result = subprocess.run(["vgdb", f"--vgdb-prefix={self.directory}/vgdb", f"--pid={pid}", *words],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
        if result.returncode:
            raise Failed(f"vgdb {words}: {result.stderr[-300:]}")

    def zero(self, pid):
        if self.can_be_told(pid):
            self.tell(pid, "zero")

    def _dump(self, pid):
        for path in glob.glob(f"{self.directory}/callgrind.*"):
            text = read_text(path)
            found = re.search(r"^totals: (\d+)", text, re.M)
            if found and re.search(rf"^pid: {pid}$", text, re.M):
                return int(found[1])
        return None

    def instructions(self, pid):
        """Of all its threads."""
        if self.can_be_told(pid):
            self.tell(pid, "dump")
        else:
            os.kill(pid, signal.SIGTERM)
        return wait_for("callgrind's dump", lambda: self._dump(pid), 30)


def processor_us(pid):
    """Of all its threads."""
    return sum(int(read_text(path).split()[0]) for path in inputs.thread_files(pid, "schedstat")) / 1000


def run_load(contestant, load):
    """How many events there were: those that are no figures, too."""
    contestant.enter()
    process = contestant.start_load(load, EVENTS, RATE)
    if process.wait(60 + 3 * EVENTS / RATE) != 0:
        raise Failed(f"{contestant.name}, {load}: {process.text()[-300:]}")
    return EVENTS + int(re.search(r"^warm (\d+)$", process.text(), re.M)[1])


def count_calls(contestant, load):
    """{process: {system call: how many an event}}, by strace."""
    tracers = {}
    for name, pid in contestant.pids().items():
        log = f"{contestant.desk.directory}/strace-{load}-{name}"
        tracers[name] = log, contestant.desk.start("strace", ["strace", "-f", "-c", "-U", "calls,name", "-o", log,
                                                              "-p", str(pid)])
    time.sleep(0.5)  # it says nothing when it is there; what it misses at the start is little
    events = run_load(contestant, load)
    for _, tracer in tracers.values():
        tracer.kill(signal.SIGINT)
    return {name: {call: int(calls) / events
                   for calls, call in re.findall(r"^ *(\d+) (\w+)$", read_text(log), re.M) if call != "total"}
            for name, (log, _) in tracers.items()}


def measure_times(contestant, load):
    """{process: microseconds of the processor an event}."""
    pids = contestant.pids()
    before_us = {name: processor_us(pid) for name, pid in pids.items()}
    events = run_load(contestant, load)
    return {name: (processor_us(pid) - before_us[name]) / events for name, pid in pids.items()}


def count_instructions(name, load, arguments):
    """{process: instructions an event}, by callgrind: outside of the kernel. Of hotdesk alone."""
    if not name.startswith("hotdesk"):
        return {}
    with slow_times(FACTOR), CountedHarness(arguments.build) as desk:
        contestant = inputs.ALL[name](desk)
        pids = contestant.pids()
        for pid in pids.values():
            desk.zero(pid)
        events = run_load(contestant, load)
        return {process: desk.instructions(pid) / events for process, pid in reversed(pids.items())}


def measure(name, arguments):
    table = Table(f"costs of {name}", f"What an event costs, {name}, {RATE} events a second: system calls by strace, "
                  f"instructions outside of the kernel by callgrind", FIGURES)
    counts = {load: count_instructions(name, load, arguments) for load in ("keys", "motion")}
    with Harness(arguments.build) as desk:
        contestant = inputs.ALL[name](desk)
        for load in ("keys", "motion"):
            times_us = measure_times(contestant, load)
            for process, calls in count_calls(contestant, load).items():
                words = [f"{calls[one]:.1f} {one}" for one in sorted(calls, key=calls.get, reverse=True) if calls[one] >= 0.3]
                figures = {"calls": sum(calls.values()), "cpu_us": times_us[process], "which": ", ".join(words)}
                if process in counts[load]:
                    figures["instructions"] = counts[load][process]
                table.add(load, process, figures)
                print(f"{load}, {process}: {', '.join(words)}", file=sys.stderr, flush=True)
    return table


def run(arguments):
    names = [name for name in ("hotdesk", "hotdesk, evdev", "relay", "barrier") if name in arguments.contestants]
    return [inputs.twice(lambda name=name: measure(name, arguments)) for name in names]
