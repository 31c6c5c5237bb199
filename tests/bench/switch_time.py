"""From the hotkey's last report to the first key on the new target, with one agent connected and with many."""

import sys

import inputs
from harness import Failed, Harness, percentile
from table import Limit, Table

MANY = 64
FIGURES = [("p50_us", "p50 us", ".0f"), ("p99_us", "p99 us", ".0f"), ("max_us", "max us", ".0f")]
SWITCHES = 50


def add_agents(contestant, count):
    """Targets that type on nothing."""
    for number in range(count):
        record = f"{contestant.desk.directory}/record{number}"
        machine = contestant.desk.machine(
            f"idle{number}", conf=f'injector = "record"\nrecord-file = "{record}"\nscreen = "none"\n')
        contestant.desk.pair(contestant.server, machine)
    contestant.desk.wait_ready(contestant.server, *(f"idle{number}" for number in range(count)), bound_s=60)


def measure(contestant):
    contestant.server.command("switch", "local")
    load = contestant.start_load("switch", SWITCHES, 1)
    status = load.wait(120)
    times_us = [int(line.split()[2]) for line in load.text().splitlines() if line.startswith("event")][::2]
    if status != 0 or len(times_us) < SWITCHES:
        raise Failed(f"{len(times_us)} of {SWITCHES} switches: {load.text()[-200:]}")
    return {"p50_us": percentile(times_us, 50), "p99_us": percentile(times_us, 99), "max_us": max(times_us)}


def run(arguments):
    rows = {1: "1 agent", MANY: f"{MANY} agents"}
    table = Table("switch", f"From the hotkey's last report to the first key on the new target's X server; "
                  f"{SWITCHES} switches a round", FIGURES,
                  [Limit(rows[1], "p50_us", 2000), Limit(rows[1], "p99_us", 2000),
                   Limit(rows[MANY], "p50_us", 1.1, of_row=rows[1])])
    with Harness(arguments.build) as desk:
        contestant = inputs.HotdeskEvdev(desk)
        for count, row in rows.items():
            add_agents(contestant, count - 1)
            for _ in range(min(arguments.rounds, 3)):
                table.add(row, "hotdesk", measure(contestant))
                print(f"{row}: {table.row(row).rounds['hotdesk'][-1]}", file=sys.stderr, flush=True)
    return table
