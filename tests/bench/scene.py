"""hotdesk as a person has it, for figures that no peer has: a console with its full-screen window, targets with pages to
type on and films, a network between them that may be slow and long, and programs that tell when which pixel is seen.
"""

import os
import random
import re
import signal
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, ".."), os.path.join(HERE, "../desktop")]
from harness import Failed, monotonic_us, percentile, wait_for  # noqa: E402
from link import Link  # noqa: E402
from network import CONSOLE, Network  # noqa: E402

WIDTH_PX, HEIGHT_PX = 1920, 1080
PAGE = "640x1080+0+0"  # to type on; the rest is the film's
FILM_WIDTH_PX, FILM_HEIGHT_PX, FILM_X_PX, FILM_Y_PX = 1280, 704, 640, 192
FILM = f"{FILM_WIDTH_PX}x{FILM_HEIGHT_PX}+{FILM_X_PX}+{FILM_Y_PX}"
FIRST_MARK = "0,0,16,16"
KEY_CODES = range(16, 26)  # q to p
SEEN_S = 5.0


def quick_link(console):
    """A source that answers the server in time, as hotdesk-input does, which is real-time where it is installed."""
    link = Link(console)
    try:
        os.setpriority(os.PRIO_PROCESS, link.thread.native_id, -10)
    except PermissionError:
        pass  # a user's; then the machine had better be quiet
    return link


class Target:
    """A computer: a display and hotdesk-agent."""

    def __init__(self, scene, name):
        self.scene, self.name = scene, name
        self.display = scene.desk.display(WIDTH_PX, HEIGHT_PX)
        self.machine = scene.desk.machine(name, display=self.display)
        pairing, code = scene.desk.start_console_pairing(scene.console, name)
        self.machine.start_pairing(scene.console.port, code, CONSOLE)
        if pairing.wait(20) != 0:
            raise Failed(f"hotdesk pair: {pairing.text()}")
        scene.desk.wait_ready(scene.console, name)
        self.number = scene.console.target(name)["number"]
        self.page = self.film = None
        self.typed = 0

    def open_page(self, area=PAGE):
        self.page = self.scene.tool(self.display, "keypage", "--area", area, stdin=-1)

    def draw(self, what, number):
        """`page` or `mark` of keypage; returns when the X server has it."""
        self.page.write(f"{what} {number}\n")
        wait_for("the page to be drawn", lambda: f"drawn {number}\n" in self.page.text(), 10, 0.001)

    def start_film(self, rate=30, area=FILM):
        self.film = self.scene.tool(self.display, "screenload", "--from", self.display.name, "--load", "film",
                                    "--rate", str(rate), "--area", area, ready="drawn 1 ")

    def freeze_film(self):
        """Its last picture stays."""
        self.film.send_signal(signal.SIGSTOP)

    def film_marks(self):
        return re.findall(r"^place (\S+)$", self.film.text(), re.M)

    def film_drawn(self):
        """{number: at_us}"""
        return {int(number): int(at_us) for number, at_us in re.findall(r"^drawn (\d+) (\d+)$", self.film.text(), re.M)}


class Scene:
    """Targets lab1, lab2 ...; the first is switched to."""

    def __init__(self, build, targets=1, trip_ms=0, rate=None, conf=""):
        self.desk = Network(build, trip_ms=trip_ms)
        self.desk.__enter__()
        try:
            if rate:
                self.desk.throttle(rate, latency="100ms", burst="5kb")
            self.display = self.desk.display(WIDTH_PX, HEIGHT_PX)
            self.console = self.desk.console(conf=conf)
            self.link = quick_link(self.console)
            self.targets = [Target(self, f"lab{i + 1}") for i in range(targets)]
            self.viewer = self.desk.start("hotdesk-viewer", [self.desk.program("hotdesk-viewer"), "--screen"],
                                          env={**self.console.environment, **self.display.environment(),
                                               "SDL_VIDEODRIVER": "x11"})
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise

    def __enter__(self):
        return self

    def __exit__(self, *what):
        if hasattr(self, "link"):
            self.link.close()
        self.desk.__exit__(*what)

    def tool(self, display, name, *arguments, ready="ready\n", stdin=None):
        program = os.path.join(self.desk.build_dir, "tests/bench/tools", name)
        more = {} if stdin is None else {"stdin": stdin}
        process = display.start(name, [program, *arguments], **more)
        wait_for(f"{name} to begin", lambda: ready in process.text() or not process.is_running(), 20)
        if not process.is_running():
            raise Failed(f"{name}: {process.text()}")
        return process

    def watch(self, *marks, pointer=None):
        """markwatch on the console's display."""
        options = [option for mark in marks for option in ("--mark", mark)]
        return Watch(self.tool(self.display, "markwatch", *options, *(("--pointer", pointer) if pointer else ())))

    def switch(self, target):
        self.console.ask("switch", target=target.name)
        self.link.wait_grabbed()

    def begin(self):
        """The first target's page is on the console's display, its number 1."""
        target = self.targets[0]
        self.switch(target)
        with self.watch(FIRST_MARK) as watch:
            target.draw("mark", 1)
            watch.wait_seen(1, 30)
        return target

    def decoders(self):
        return self.console.children("hotdesk-decode", with_dead=True)


class Watch:
    """What markwatch has seen."""

    def __init__(self, process):
        self.process = process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()

    def seen(self, index=0):
        """[(number, at_us)]"""
        return [(int(number), int(at_us)) for number, at_us in
                re.findall(rf"^seen {index} (\d+) (\d+)$", self.process.text(), re.M)]

    def pointer(self):
        """[(x_px, at_us)]"""
        return [(int(x), int(at_us)) for x, at_us in re.findall(r"^pointer (\d+) (\d+)$", self.process.text(), re.M)]

    def wait_seen(self, number, bound_s=SEEN_S, index=0):
        """When that number or a later one was seen first."""
        def first():
            return next((at_us for seen, at_us in self.seen(index) if seen >= number), None)
        return wait_for(f"{number} to be seen", first, bound_s, 0.005)


def type_keys(scene, count, a_second, chance=None):
    """Taps keys that draw numbers on the first target's page, at times that follow no beat. Milliseconds from each key's
    press, as the console's device tells it, to its number on the console's display."""
    target = scene.targets[0]
    chance = chance or random.Random(1)
    pressed_us = {}
    with scene.watch(FIRST_MARK) as watch:
        for _ in range(count):
            target.typed += 1
            pressed_us[target.typed] = monotonic_us()
            scene.link.tap(KEY_CODES[target.typed % len(KEY_CODES)])
            time.sleep(chance.uniform(0.5, 1.5) / a_second)
        watch.wait_seen(target.typed)
        seen = watch.seen()
    return [(next(at_us for shown, at_us in seen if shown >= number and at_us > start_us) - start_us) / 1000
            for number, start_us in pressed_us.items()]


def summary(times_ms):
    return {"p50_ms": statistics.median(times_ms), "p95_ms": percentile(times_ms, 95), "count": len(times_ms)}
