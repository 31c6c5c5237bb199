#!/usr/bin/python3
"""A picture over a line that is far too slow for what changes: it stays as new as the line allows, keys get through, and
once nothing changes any more it becomes exact. A kernel's own throttle, and a long way (tests/network.py).
"""

import os
import random
import re
import sys
import threading
import time

from Xlib import X
from Xlib import display as xdisplay

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[1:1] = [os.path.join(HERE, ".."), os.path.join(HERE, "../desktop")]
import png  # noqa: E402
from following import CURRENT, Follower  # noqa: E402
from harness import FACTOR, Failed, Tap, wait_for  # noqa: E402
from link import Link  # noqa: E402
from network import CONSOLE, Network, become_root, why_not  # noqa: E402

WIDTH_PX, HEIGHT_PX = 400, 300
FILM_WIDTH_PX, FILM_HEIGHT_PX = 256, 192  # 30 of its pictures a second are six times what the line carries
RATE, RATE_BYTES, TRIP_MS = "2mbit", 250000, 20
FILM_S = 4
QUEUE_S = 1.0  # of the line's time, in the kernel's queue of the target's connection: a third of that is usual
LATE_S = 5.0  # were all of it sent, a key's pixel would wait much longer
EXACT_S = 20.0
KEY_Q = 16


class Film:
    """A window of noise, at most 30 times a second another."""

    def __init__(self, name):
        self.display = xdisplay.Display(name)
        self.root = self.display.screen().root
        chance = random.Random(1)
        self.pictures = [chance.randbytes(FILM_WIDTH_PX * FILM_HEIGHT_PX * 4) for _ in range(4)]
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        window = self.root.create_window(0, 0, FILM_WIDTH_PX, FILM_HEIGHT_PX, 0, X.CopyFromParent,
                                         override_redirect=True)
        window.map()
        context, rows, number = window.create_gc(), 48, 0
        while not self.ends.is_set():
            picture = self.pictures[number % len(self.pictures)]
            for top in range(0, FILM_HEIGHT_PX, rows):
                at = top * FILM_WIDTH_PX * 4
                window.put_image(context, 0, top, FILM_WIDTH_PX, rows, X.ZPixmap, 24, 0,
                                    picture[at:at + rows * FILM_WIDTH_PX * 4])
            self.display.sync()
            number += 1
            self.ends.wait(1 / 30)

    def start(self):
        self.thread.start()

    def stop(self):
        self.ends.set()
        self.thread.join()


class Chain:
    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console()
        self.link = Link(self.console)
        self.screen = desk.display(WIDTH_PX, HEIGHT_PX)
        self.machine = desk.machine("lab", display=self.screen)
        pairing, code = desk.start_console_pairing(self.console, "lab")
        self.machine.start_pairing(self.console.port, code, CONSOLE)
        if pairing.wait(20) != 0:
            raise Failed(f"hotdesk pair: {pairing.text()}")
        desk.wait_ready(self.console, "lab")
        self.number = self.console.target("lab")["number"]
        self.follower = Follower(self.console)
        self.console.ask("switch", target="lab")
        self.link.wait_grabbed()
        wait_for("the picture", lambda: self.follower.has(CURRENT, self.number), 20)
        self.film, self.square = Film(self.screen.name), None
        self.path = os.path.join(desk.directory, "shot.png")

    def queued_bytes(self):
        """In the target's kernel, not sent yet or not acknowledged."""
        sizes = re.findall(r"^ESTAB\s+\d+\s+(\d+)", self.desk.on("target", "ss", "-tn"), re.MULTILINE)
        return max((int(size) for size in sizes), default=0)

    def is_exact(self):
        self.console.command("screenshot", "lab", self.path)
        width_px, height_px, rows = png.read(self.path)
        if (width_px, height_px) != (WIDTH_PX, HEIGHT_PX):
            return False
        image = self.film.root.get_image(0, 0, WIDTH_PX, HEIGHT_PX, X.ZPixmap, 0xffffffff).data
        for y, row in enumerate(rows):
            shown = image[y * 4 * WIDTH_PX:(y + 1) * 4 * WIDTH_PX]
            if row[0::3] != shown[2::4] or row[1::3] != shown[1::4] or row[2::3] != shown[0::4]:
                return False
        return True


def film_on_a_slow_line(chain):
    """Nothing piles up: neither in the kernel, nor before what is drawn for a key."""
    chain.desk.throttle(RATE, latency="200ms", burst="5kb")
    log = chain.screen.keylog()
    chain.film.start()
    most, before = 0, chain.desk.passed("console")[1]
    end = time.monotonic() + FILM_S
    while time.monotonic() < end:
        most = max(most, chain.queued_bytes())
        time.sleep(0.1)
    passed = chain.desk.passed("console")[1] - before
    print(f"# {passed * 8 / FILM_S / 1e6:.2f} Mbit/s, {most} bytes queued at most")
    if passed < FILM_S * RATE_BYTES / 4:
        raise Failed("the line was hardly used: nothing was tried")
    if most > QUEUE_S * RATE_BYTES:
        raise Failed(f"{most} bytes in the kernel's queue")
    start = time.monotonic()
    chain.link.tap(KEY_Q)
    wait_for("the key", lambda: len(log.keys()) >= 2, LATE_S)
    print(f"# the key took {(time.monotonic() - start) * 1000:.0f} ms")
    log.stop()


def a_change_during_the_film(chain):
    """What a program draws beside it is seen soon: a square in a corner, of one colour after the other."""
    display = xdisplay.Display(chain.screen.name)
    window = display.screen().root.create_window(WIDTH_PX - 40, HEIGHT_PX - 40, 40, 40, 0, X.CopyFromParent,
                                                 override_redirect=True)
    window.map()
    for color in (0xff0000, 0x00ff00):
        window.fill_rectangle(window.create_gc(foreground=color), 0, 0, 40, 40)
        display.sync()
        start = time.monotonic()

        def seen():
            chain.console.command("screenshot", "lab", chain.path)
            row = png.read(chain.path)[2][HEIGHT_PX - 20]
            return row[3 * (WIDTH_PX - 20):3 * (WIDTH_PX - 20) + 3] == color.to_bytes(3, "big")
        wait_for("the square", seen, LATE_S)
        print(f"# the square took {(time.monotonic() - start) * 1000:.0f} ms, with a screenshot")
    chain.square = display  # it stays


def exact_in_the_end(chain):
    chain.film.stop()
    start = time.monotonic()
    wait_for("the picture to be exact", chain.is_exact, EXACT_S, 0.1)
    print(f"# exact {time.monotonic() - start:.1f} s after the film")


CHECKS = [("a film on a slow line", film_on_a_slow_line), ("a change while it plays", a_change_during_the_film),
          ("exact once it has stopped", exact_in_the_end)]


def main():
    become_root()
    tap = Tap()
    reason = why_not()
    if reason:
        tap.skip("a picture over a slow line", reason)
        return tap.end()
    with Network(trip_ms=TRIP_MS * FACTOR) as desk:
        chain = Chain(desk)
        for name, check in CHECKS:
            if not tap.check(name, check, chain):
                print("# " + f"{chain.console.log()[-1500:]}\n{chain.machine.log()[-1000:]}".replace("\n", "\n# "))
        chain.follower.close()
        chain.link.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
