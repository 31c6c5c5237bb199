#!/usr/bin/python3
"""./dev bench screen: how long a change on a target's screen takes to this one, what slow links and a film beside it do
to that, how soon another target is seen, and what all of it costs. docs/benchmarks.md tells how each is measured.

Two X servers of 1920x1080 on this machine, one a target's and one the console's; between them hotdesk, or a peer seen
in xtigervncviewer.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [HERE, os.path.join(HERE, ".."), os.path.join(HERE, "../desktop")]
import bench  # noqa: E402
import film  # noqa: E402
import keys  # noqa: E402
import loads  # noqa: E402
import network  # noqa: E402
import peers  # noqa: E402
import quality  # noqa: E402
import several  # noqa: E402
import still  # noqa: E402
import switches  # noqa: E402
import thumbnails  # noqa: E402
from harness import Failed  # noqa: E402

# name: (runs it, needs a network)
TABLES = {"loads": (loads.run, False), "fast": (loads.run_fast, False), "keys": (keys.run, True),
          "film": (film.run, True), "switch": (switches.run, True), "still": (still.run, True),
          "several": (several.run, True), "thumbnails": (thumbnails.run, True),
          "quality": (quality.run, True)}
QUICK = {"rounds": 1, "seconds": 3, "film_parts": 2, "switches": 20, "still_s": 10}


def main():
    parser = bench.parser(__doc__, "screen", TABLES)
    parser.add_argument("--seconds", type=int, default=5, help="a run; 5")
    parser.add_argument("--rate", type=int, default=30, help="frames a second that are drawn; 30")
    parser.add_argument("--film-parts", type=int, default=6, help="of ten seconds; 6")
    parser.add_argument("--switches", type=int, default=100, help="of each kind; 100")
    parser.add_argument("--still-s", type=int, default=30, help="seconds that a still screen is looked at; 30")
    parser.add_argument("--targets", type=int, default=40, help="in the switcher; 40")
    parser.add_argument("--loads", nargs="+", choices=loads.LOADS, default=loads.LOADS)
    parser.add_argument("--contestants", nargs="+", choices=list(peers.ALL), default=list(peers.ALL))
    arguments = bench.parse(parser, QUICK)
    if any(TABLES[name][1] for name in arguments.tables):
        network.become_root()
    reason = network.why_not()

    def run(name, arguments):
        measure, needs_network = TABLES[name]
        if needs_network and reason:
            raise Failed(reason)
        return measure(arguments)
    return bench.run_tables("screen", run, arguments)


if __name__ == "__main__":
    sys.exit(main())
