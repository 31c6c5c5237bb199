"""Keys while two hundred strangers a second stall at each stage of a connection (tests/pair/flood.py)."""

import json
import os
import re
import sys
import time

import inputs
import latency
from harness import Failed, Harness, TESTS_DIR, read_text, wait_for
from table import Limit, Table

FIGURES = [("p50_us", "p50 us", ".0f"), ("p99_us", "p99 us", ".0f"), ("max_us", "max us", ".0f"),
           ("descriptors", "descriptors", ".0f"), ("kib", "KiB", ".0f"), ("strangers", "strangers", ".0f")]
GOALS = [Limit("keys, flood", "p99_us", 2, of_row="keys"), Limit("after", "descriptors", 1, of_row="before"),
         Limit("after", "kib", 1.1, of_row="before")]
RATE, HANDSHAKES_ARE_OVER_S = 200, 15


def server_figures(contestant):
    pid = contestant.server.process.pid
    return {"descriptors": len(os.listdir(f"/proc/{pid}/fd")),
            "kib": int(re.search(r"VmRSS:\s+(\d+)", read_text(f"/proc/{pid}/status"))[1])}


def steal_key(desk, contestant):
    """A target that is paired and gone, whose key strangers have. The path of the key without .crt and .key."""
    thief = desk.machine("thief", conf='injector = record\nrecord-file = "/dev/null"\n')
    desk.pair(contestant.server, thief)
    thief.process.stop()
    path = os.path.join(desk.directory, "stolen")
    for leaf, end in (("certificate.pem", ".crt"), ("key.pem", ".key")):
        os.symlink(os.path.join(thief.state_dir, "agent", leaf), path + end)
    return path


def make_key(desk):
    path = os.path.join(desk.directory, "unknown")
    desk.run("openssl", "req", "-x509", "-noenc", "-subj", "/CN=x", "-days", "9", "-newkey", "ed25519", "-keyout",
             path + ".key", "-out", path + ".crt")
    return path


def start(desk, contestant, seconds, keys):
    what = {"port": contestant.server.port, "rate": RATE, "seconds": seconds, **keys}
    pair = os.path.join(TESTS_DIR, "pair")
    return desk.start("flood", [sys.executable, os.path.join(pair, "flood.py"), json.dumps(what)],
                      env={"PYTHONPATH": f"{TESTS_DIR}:{pair}", "PYTHONDONTWRITEBYTECODE": "1"})


def run_round(number, table, arguments):
    events = vars(arguments)["events"]
    with Harness(arguments.build) as desk:
        contestant = inputs.Hotdesk(desk)
        keys = {"unknown": make_key(desk), "stolen": steal_key(desk, contestant)}
        contestant.enter()
        start(desk, contestant, 1, keys).wait(20)  # what it makes the server take from the system is used again
        time.sleep(HANDSHAKES_ARE_OVER_S / 3)
        before = server_figures(contestant)
        table.add("before", "hotdesk", before)
        table.add("keys", "hotdesk", latency.measure(contestant, "keys", arguments))
        vars(arguments)["events"] = arguments.strangers_s * arguments.key_rate
        flood = start(desk, contestant, arguments.strangers_s + 1, keys)
        figures = latency.measure(contestant, "keys", arguments)
        vars(arguments)["events"] = events
        if flood.wait(60) != 0:
            raise Failed(flood.text()[-300:])
        table.add("keys, flood", "hotdesk", {**figures, "strangers": json.loads(flood.text().splitlines()[-1])["came"]})
        wait_for("the strangers to be gone",
                 lambda: server_figures(contestant)["descriptors"] <= before["descriptors"], HANDSHAKES_ARE_OVER_S)
        table.add("after", "hotdesk", server_figures(contestant))
        print(f"round {number}: keys, flood  p50 {figures['p50_us']} us  p99 {figures['p99_us']} us", file=sys.stderr,
              flush=True)


def run(arguments):
    table = Table("flood", f"Keys while {RATE} strangers a second stall at each stage for {arguments.strangers_s} s; "
                  "the server's descriptors and memory", FIGURES, GOALS)
    for number in range(1, arguments.rounds + 1):
        run_round(number, table, arguments)
    return table
