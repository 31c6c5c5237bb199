"""A mouse of 8,000 reports a second, and slow links: is every count of it there, and how long after the last one?"""

import os
import re
import sys

import inputs
from harness import Failed, wait_for
from network import CONSOLE, Network, why_not
from table import Limit, Table

RATE = 8000
LINKS = {"loopback": None, "256 kbit/s": "256kbit", "64 kbit/s": "64kbit"}
FIGURES = [("behind_ms", "ms behind at the end", ".1f"), ("lost", "counts lost", ".0f"), ("took_s", "s", ".1f"),
           ("congested", "times congested", ".0f")]


def measure(build, rate, seconds):
    with Network(build) as desk:
        server = desk.console()
        evdev = inputs.Evdev(desk, server)
        screen = desk.display(inputs.WIDTH_PX, inputs.HEIGHT_PX)
        machine = desk.machine("lab", display=screen)
        pairing, code = desk.start_console_pairing(server, "lab")
        machine.start_pairing(server.port, code, CONSOLE)
        if pairing.wait(20) != 0:
            raise Failed(f"hotdesk pair: {pairing.text()}")
        desk.wait_ready(server, "lab")
        if rate:
            desk.throttle(rate, latency="1s")
        server.command("switch", "lab")
        for process in (evdev.host, server.process, machine.process):
            inputs.set_nice(process.pid)
        inputs.set_realtime(screen.process.pid)
        load = inputs.start_load(desk, evdev.nodes["mouse"], screen.name, "flood", RATE * seconds, RATE)
        load.wait(60 + 3 * seconds)
        found = re.search(r"sent \d+ in (\d+) us, lost (-?\d+) (-?\d+), behind (\d+)", load.text())
        if not found:
            raise Failed(f"{load.text()[-300:]} {server.log()[-500:]}")
        wait_for("the server's counts", lambda: server.target("lab"))
        return {"behind_ms": int(found[4]) / 1000, "lost": abs(int(found[2])) + abs(int(found[3])),
                "took_s": int(found[1]) / 1e6, "congested": server.target("lab").get("congested", 0) or 0}


def run(arguments):
    table = Table("mouse", f"A mouse of {RATE} reports a second for {arguments.flood_s} s, by hotdesk-input", FIGURES,
                  [Limit("loopback", "lost", 0), Limit("256 kbit/s", "lost", 0), Limit("256 kbit/s", "behind_ms", 100),
                   Limit("64 kbit/s", "lost", 0), Limit("64 kbit/s", "behind_ms", 250)])
    reason = why_not()
    if reason or os.geteuid() != 0:
        raise Failed(reason or "only root may make networks")
    for row, rate in LINKS.items():
        for _ in range(min(arguments.rounds, 3)):
            table.add(row, "hotdesk", measure(arguments.build, rate, arguments.flood_s))
            print(f"{row}: {table.row(row).rounds['hotdesk'][-1]}", file=sys.stderr, flush=True)
    return table
