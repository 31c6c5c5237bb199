#!/usr/bin/python3
"""./dev bench input: keys and motion, from the console to what a program on the target gets.

latency  from one X server to another, on this machine; between them hotdesk (the viewer's window), a bare relay that
         has no logic at all (three processes, unix socket, TLS 1.3), or Barrier with TLS. One program types by XTest
         on the one and sees raw events, or the pointer's place, on the other. It fails when an event is lost.
         `hotdesk, evdev`: reports enter hotdesk-input by an emulated keyboard and mouse.
switch   from the hotkey's last report to the first key on the new target, with 1 agent and with 64
mouse    8,000 reports a second, on slow links too
costs    system calls, processor time and instructions of an event, of each process on its way
machine  keys of a real kernel in QEMU, once: a figure of its software emulation
idle     processor time, system calls and memory while nobody does anything, with 1, 64 and 256 agents
flood    keys while two hundred strangers a second stall at each stage of a connection
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, ".."), os.path.join(HERE, "..", "desktop")]
import bench  # noqa: E402
import costs  # noqa: E402
import flood  # noqa: E402
import inputs  # noqa: E402
import kernel_keys  # noqa: E402
import latency  # noqa: E402
import many  # noqa: E402
import quick_mouse  # noqa: E402
import switch_time  # noqa: E402

TABLES = {"latency": latency.run, "switch": switch_time.run, "mouse": quick_mouse.run, "costs": costs.run,
          "machine": kernel_keys.run, "idle": many.run, "flood": flood.run}
QUICK = {"rounds": 1, "events": 1000, "flood_s": 3, "strangers_s": 5}


def main():
    parser = bench.parser(__doc__, "input", TABLES)
    parser.add_argument("--events", type=int, default=1200, help="a run; 1200")
    parser.add_argument("--key-rate", type=int, default=250, help="presses and releases a second; 250")
    parser.add_argument("--motion-rate", type=int, default=500, help="movements a second; 500")
    parser.add_argument("--flood-s", type=int, default=10, help="seconds of the quick mouse; 10")
    parser.add_argument("--strangers-s", type=int, default=30, help="seconds of the flood of strangers; 30")
    parser.add_argument("--rows", nargs="+", choices=latency.ROWS, default=latency.ROWS)
    parser.add_argument("--contestants", nargs="+", choices=list(inputs.ALL), default=list(inputs.ALL))
    arguments = bench.parse(parser, QUICK)
    return bench.run_tables("input", lambda name, arguments: TABLES[name](arguments), arguments)


if __name__ == "__main__":
    sys.exit(main())
