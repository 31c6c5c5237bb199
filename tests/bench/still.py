"""A still screen that is looked at: what it costs, on the wire and in processors; and everybody's memory."""

import os
import re
import time

from harness import read_text
from scene import HEIGHT_PX, WIDTH_PX, Scene
from table import Limit, Table

MIB = 1 << 20
FRAME_MIB = WIDTH_PX * HEIGHT_PX * 4 / MIB
SETTLE_S = 5
COST_FIGURES = [("core", "% of a core", ".3f"), ("packets", "packets/s", ".1f"), ("bytes", "bytes/s", ".0f")]
MEMORY_FIGURES = [("own", "own MiB", ".1f"), ("shared", "shared MiB", ".1f"), ("files", "files MiB", ".1f"),
                  ("all", "all MiB", ".1f"), ("alone", "without shared", ".1f")]
# A ping and a pong each second on the active target's connection, and TCP's acknowledgements of them.
KEEPALIVE_PACKETS, KEEPALIVE_BYTES = 6, 600


def processor_us(pid):
    """Of all its threads."""
    total_ns = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        total_ns += int(read_text(f"/proc/{pid}/task/{task}/schedstat").split()[0])
    return total_ns / 1000


def memory(pid):
    """In MiB: its own pages, memory that it shares with others (pictures, all of them), and its share of what is mapped
    of files (programs and libraries)."""
    rollup = {name: int(value) / 1024 for name, value in
              re.findall(r"^(\w+):\s+(\d+) kB$", read_text(f"/proc/{pid}/smaps_rollup"), re.M)}
    status = {name: int(value) / 1024 for name, value in
              re.findall(r"^(Rss\w+):\s+(\d+) kB$", read_text(f"/proc/{pid}/status"), re.M)}
    parts = {"own": status["RssAnon"], "shared": status["RssShmem"], "files": rollup["Pss_File"]}
    return {**parts, "all": sum(parts.values()), "alone": parts["own"] + parts["files"]}


def run(arguments):
    cost = Table("still", f"A still screen that is looked at, over {arguments.still_s} s", COST_FIGURES,
                 [Limit("console", "core", 0.2), Limit("target", "core", 0.2),
                  Limit("to the console", "packets", KEEPALIVE_PACKETS),
                  Limit("to the console", "bytes", KEEPALIVE_BYTES),
                  Limit("to the target", "bytes", KEEPALIVE_BYTES)])
    used = Table("memory", f"Memory after a film; a frame has {FRAME_MIB:.1f} MiB", MEMORY_FIGURES,
                 # The picture's file is of server, decoder and viewer: it counts for the viewer.
                 [Limit("hotdesk-agent", "all", 12 + 3 * FRAME_MIB), Limit("hotdesk-viewer", "all", 60),
                  Limit("hotdesk-decode", "alone", 8 + FRAME_MIB)])
    with Scene(arguments.build) as scene:
        target = scene.targets[0]
        target.open_page()
        scene.begin()
        target.start_film(area=f"{WIDTH_PX}x{HEIGHT_PX}+0+0")
        time.sleep(SETTLE_S)
        target.freeze_film()
        time.sleep(SETTLE_S)
        programs = {"hotdesk-agent": target.machine.process.pid, "hotdesk-server": scene.console.process.pid,
                    "hotdesk-decode": scene.decoders()[0], "hotdesk-viewer": scene.viewer.pid}
        for name, pid in programs.items():
            used.add(name, "hotdesk", memory(pid))
        measure_cost(cost, scene, programs, arguments.still_s)
    return [cost, used]


def measure_cost(table, scene, programs, seconds):
    sides = {"target": ["hotdesk-agent"], "console": ["hotdesk-server", "hotdesk-decode", "hotdesk-viewer"]}
    before_us = {name: processor_us(pid) for name, pid in programs.items()}
    before = {host: scene.desk.passed(host) for host in ("console", "target")}
    start = time.monotonic()
    time.sleep(seconds)
    took_s = time.monotonic() - start
    used = {name: (processor_us(pid) - before_us[name]) / took_s / 1e4 for name, pid in programs.items()}
    for name, percent in used.items():
        table.add(name, "hotdesk", {"core": percent})
    for side, names in sides.items():
        table.add(side, "hotdesk", {"core": sum(used[name] for name in names)})
    for host in ("console", "target"):
        packets, size_bytes = (now - then for now, then in zip(scene.desk.passed(host), before[host]))
        table.add(f"to the {host}", "hotdesk", {"packets": packets / took_s, "bytes": size_bytes / took_s})
