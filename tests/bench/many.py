"""What hotdesk costs while nobody does anything, with one agent connected and with many."""

import re
import signal
import sys
import time

import inputs
from costs import processor_us
from crowd import Crowd
from harness import Harness, read_text
from table import Limit, Table

STAGES = (1, 64, 256)
SECONDS, TRACED_S = 30, 10  # whole periods of an idle connection's pings, of 10 s
QUICK_SECONDS, QUICK_TRACED_S = 10, 10
SETTLE_S = 3  # after the last one came
IDLE = [("core", "% of a core", ".3f"), ("calls", "calls/min", ".0f")]
MEMORY = [("rss", "RSS KiB", ".0f"), ("once", "once KiB", ".0f"), ("pss", "PSS KiB", ".0f"), ("own", "own KiB", ".0f")]
SERVER_KIB, CONNECTION_KIB, INPUT_KIB, AGENT_KIB = 10 << 10, 64, 4 << 10, 12 << 10
SERVER, INPUT, AGENT, DECODER = "hotdesk-server", "hotdesk-input", "hotdesk-agent", "hotdesk-decode"
WARM = "1 agent, a picture warm"
TITLE = ("While nobody does anything: processor time and system calls (hotdesk-server's: with hotdesk-input, "
         "its watchdog and the decoder)")
MEMORY_TITLE = ("Memory. RSS: all pages that are there, those of libraries too; once: the same where two processes have the same page, "
                "as\nhotdesk-input and its watchdog; PSS: pages of libraries in equal parts to all who have them; own: what "
                "nobody else has")


def row_of(count):
    return f"{count} agent" + "s" * (count > 1)


def rollup_kib(pid):
    """{name: KiB}; smaps_rollup of proc(5)."""
    found = re.findall(r"^(\w+): +(\d+) kB", read_text(f"/proc/{pid}/smaps_rollup"), re.M)
    return {name: int(value) for name, value in found}


def memory_kib(pids):
    """Of processes, of which each is a copy of the first: what they share, they all share."""
    each = [rollup_kib(pid) for pid in pids]
    own = [one["Private_Clean"] + one["Private_Dirty"] for one in each]
    return {"rss": sum(one["Rss"] for one in each), "pss": sum(one["Pss"] for one in each), "own": sum(own),
            "once": sum(own) + max(one["Rss"] - mine for one, mine in zip(each, own))}


class Idle:
    """A console with hotdesk-input's emulated devices, agents, the first one on a display and with its screen."""

    def __init__(self, desk, count):
        self.desk = desk
        self.server = desk.console()
        record = f"{desk.directory}/record"
        conf = f'injector = "record"\nrecord-file = "{record}"\nscreen = "none"\n'
        self.first = desk.machine("lab", display=desk.display(inputs.WIDTH_PX, inputs.HEIGHT_PX))
        self.crowd = Crowd(desk, self.server, [self.first] + [desk.machine(f"idle{number}", conf=conf)
                                                              for number in range(1, count)])
        self.crowd.pair(1)
        self.evdev = inputs.Evdev(desk, self.server)

    def input_pids(self):
        """Its watchdog and its worker."""
        worker = self.evdev.pid()
        return [int(read_text(f"/proc/{worker}/stat").rpartition(")")[2].split()[1]), worker]

    def pids(self):
        """{what: its processes}"""
        return {SERVER: [self.server.process.pid], INPUT: self.input_pids(), AGENT: [self.first.process.pid],
                DECODER: self.server.children(DECODER)}

    def used_us(self):
        pids = self.pids()
        pids[SERVER] = pids[SERVER] + pids[INPUT] + pids[DECODER]
        return {what: sum(map(processor_us, pids[what])) for what in (SERVER, INPUT, AGENT)}

    def count_calls(self, pids, seconds):
        log = f"{self.desk.directory}/strace"
        options = [word for pid in pids for word in ("-p", str(pid))]
        tracer = self.desk.start("strace", ["strace", "-f", "-c", "-U", "calls,name", "-o", log, *options])
        time.sleep(seconds)
        tracer.kill(signal.SIGINT)
        found = {name: int(calls) for calls, name in re.findall(r"^ *(\d+) (\w+)$", read_text(log), re.M)}
        print(", ".join(f"{found[name] * 60 / seconds:.0f} {name}" for name in sorted(found, key=found.get, reverse=True)
                        if name != "total"), file=sys.stderr, flush=True)
        return sum(calls for name, calls in found.items() if name != "total") * 60 / seconds

    def measure(self, seconds, traced_s):
        """{what: figures}"""
        time.sleep(SETTLE_S)
        before_us = self.used_us()
        time.sleep(seconds)
        after_us = self.used_us()
        figures = {what: {"core": (after_us[what] - before_us[what]) / seconds / 1e4} for what in before_us}
        pids = self.pids()
        # All at once would slow each other down; and one of two halves of the time tells as much.
        for what, all_of_it in ((SERVER, pids[SERVER] + pids[INPUT] + pids[DECODER]), (AGENT, pids[AGENT])):
            figures[what]["calls"] = self.count_calls(all_of_it, traced_s)
        return figures

    def look(self):
        """Its picture is decoded, and stays warm."""
        self.server.command("screenshot", "lab", f"{self.desk.directory}/screen.png")


def add_round(tables, row, idle, arguments):
    seconds = (QUICK_SECONDS, QUICK_TRACED_S) if arguments.quick else (SECONDS, TRACED_S)
    for what, figures in idle.measure(*seconds).items():
        tables[0].add(row, what, figures)
        print(f"{row}, {what}: {figures}", file=sys.stderr, flush=True)
    for what, pids in idle.pids().items():
        if pids:
            tables[1].add(row, what, memory_kib(pids))
            print(f"{row}, {what}: {memory_kib(pids)}", file=sys.stderr, flush=True)


def goals():
    """Of processor time and of memory. hotdesk-input's two processes share nearly all their pages: counted once."""
    idle = [Limit(row_of(1), "core", 0.1), Limit(row_of(64), "core", 0.3), Limit(row_of(1), "core", 0.1, contestant=AGENT)]
    memory = [Limit(row_of(count), "rss", SERVER_KIB + CONNECTION_KIB * count) for count in STAGES]
    memory += [Limit(row_of(1), "once", INPUT_KIB, contestant=INPUT), Limit(row_of(1), "rss", AGENT_KIB, contestant=AGENT)]
    return idle, memory


def run(arguments):
    idle_goals, memory_goals = goals()
    tables = [Table("idle", TITLE, IDLE, idle_goals, ours=SERVER),
              Table("memory", MEMORY_TITLE, MEMORY, memory_goals, ours=SERVER)]
    with Harness(arguments.build) as desk:
        idle = Idle(desk, STAGES[-1])
        for count in STAGES:
            idle.crowd.grow(count)
            add_round(tables, row_of(count), idle, arguments)
            if count == STAGES[0]:
                idle.look()
                add_round(tables, WARM, idle, arguments)
    return tables
