#!/usr/bin/python3
"""./dev demo: two computers under one keyboard, whole and for real, on virtual displays.

    tests/demo/demo.py BUILD_DIR

A server with its window on one virtual display, an agent and a desktop on each of two others. Real key events go into
the window, over TLS, into a terminal there; the screens come back into the window. What arrived is read back and
compared. Exit status 0 when all of it arrived. Pictures of what a person would have seen are left in BUILD_DIR/demo:
a computer with its number and name over it (osd.png), one alone (lab3.png), the switcher and the wall.

On a desktop, in a terminal, it goes on: a window on that desktop with the two computers, to be tried by hand. Without it:
--no-window. Everything that it starts is gone when it ends.
"""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from album import Album  # noqa: E402
from desktops import ATTIC, LAB, OFFICE, TEXTS, Desktop  # noqa: E402
from harness import (BACKSPACE, CODE, ENTER, ESCAPE, KEYCODES, SCROLL_LOCK, Failed, Harness, difference,  # noqa: E402
                     percentile, text_commands, wait_for)

CONSOLE_PX = TARGET_PX = (1280, 800)  # the window fills the console's display
WALL_PX = (1280, 720)  # as large as its window is at first
EVENTS_PER_SECOND = 400  # far above what fingers do, so that enough is measured in a second


class Row:
    """One line of the account: what is done, a dot while it runs, what came of it."""

    def __init__(self, text):
        print(f"  {text:<44}", end="", flush=True)

    def __enter__(self):
        self.start = time.monotonic()
        self.result = "ok"
        return self

    def __exit__(self, kind, error, trace):
        print("FAILED" if kind else self.result, flush=True)


def milliseconds(us):
    return f"{us / 1000:.2f} ms"


class Demo:
    def __init__(self, desk):
        self.desk = desk
        self.rows = []  # (name, seen from outside [us], status of the server)

    def set_up(self):
        print("\nThree virtual displays: the console, and two computers with a desktop each")
        with Row("server, and its window as keyboard") as row:
            self.screen = self.desk.display(*CONSOLE_PX)
            displays = {name: self.desk.display(*TARGET_PX) for name in TEXTS}
            desktops = {name: Desktop(name, display) for name, display in displays.items()}
            self.console = self.desk.console(viewer_conf="")
            self.window = self.console.window(self.screen)
            self.screen.run("xdotool", "search", "--class", "hotdesk-viewer", "windowmove", "0", "0", "windowsize",
                            "--sync", *map(str, CONSOLE_PX))
            row.result = f"on display {self.screen.name}; no device of this computer is touched"
        self.hand = self.screen.typist()
        self.desktops, self.machines, self.terminals, self.ears = desktops, {}, {}, {}
        for name, desktop in desktops.items():
            with Row(f"computer {name!r}") as row:
                self.machines[name] = self.desk.machine(name, display=desktop.display)
                self.terminals[name] = desktop.furnish()
                self.ears[name] = desktop.display.keylog("--raw")
                row.result = f"on display {desktop.display.name}, with a window manager and some windows"
        self.album = Album(os.path.join(self.desk.build_dir, "demo"), self.console, self.screen, self.machines)

    def pair(self):
        print("\nPaired as you would pair them")
        for name, machine in self.machines.items():
            with Row(f"console$ hotdesk pair --name {name}") as row:
                pairing, code = self.desk.start_console_pairing(self.console, name)
                row.result = f"shows {code}"
            with Row(f"{name}$ hotdesk-agent pair 127.0.0.1:{self.console.port}") as row:
                machine.start_pairing(self.console.port, code)
                if pairing.wait(20) != 0:
                    raise Failed(pairing.text())
                self.desk.wait_ready(self.console, name)
                self.desktops[name].watch_agent(machine.process.pid)
                row.result = f"takes the code; {name} is target {self.console.target(name)['number']}, ready"
        with Row(f"and a third one, {ATTIC!r}") as row:
            typed = os.path.join(self.desk.directory, "attic.typed")
            attic = self.desk.machine(ATTIC, conf=f'screen = none\ninjector = record\nrecord-file = "{typed}"\n')
            self.desk.pair(self.console, attic)
            self.desk.wait_ready(self.console, ATTIC)
            attic.process.stop()
            wait_for(f"{ATTIC} to be offline", lambda: self.console.target(ATTIC)["state"] == "offline")
            row.result = "in the same way; then it is switched off"

    def switch(self, digit, name):
        events = self.console.watch()
        try:
            with Row(f"Scroll Lock, Scroll Lock, {digit}") as row:
                self.tap_leader(digit)
                event = events.wait_event("switched")
                row.result = f"switched from {event['from_name']} to {event['name']}"
                if event["name"] != name:
                    raise Failed(f"wanted {name}, {event['name']} is active")
        finally:
            events.close()

    def tap_leader(self, digit):
        self.hand.do(f"key {SCROLL_LOCK}", "sleep 20", f"key {SCROLL_LOCK}", f"key {KEYCODES[str(digit)]}")

    def type(self, name):
        """Types the text; the times from each key event at the console to the same one on the target's display."""
        text, terminal, ear = TEXTS[name], self.terminals[name], self.ears[name]
        terminal.mark()
        ear.mark()
        with Row(f"{len(text)} letters typed") as row:
            sent = self.type_timed(text)
            terminal.wait_text(text)
            heard = wait_for("the key events", lambda: len(ear.keys()) >= len(sent) and ear.events())
            if [(event[0], event[1]) for event in heard] != [(event[0], event[1]) for event in sent]:
                raise Failed("key events: " + difference(sent, heard))
            row.result = f"{name}'s terminal got exactly them:"
        print(f"      {terminal.text()}")
        self.rows.append((name, [int(there[2]) - int(here[2]) for here, there in zip(sent, heard)]))

    def type_timed(self, text):
        """[[word, key code, time]] as typed, evenly."""
        typist = self.screen.typist("--times", "--rate", str(EVENTS_PER_SECOND))
        typist.do(*text_commands(text), bound_s=20)
        typist.stop()
        lines = typist.process.text().splitlines()
        return [line.split() for line in lines if line.startswith(("press", "release"))]

    def point(self, name):
        display = self.machines[name].display
        x, y = CONSOLE_PX[0] // 3, CONSOLE_PX[1] // 2
        wanted = x * TARGET_PX[0] // CONSOLE_PX[0], y * TARGET_PX[1] // CONSOLE_PX[1]
        with Row(f"pointer to {x}, {y} in the window") as row:
            self.hand.do("move 5 5", f"move {x} {y}")
            try:
                wait_for("the pointer", lambda: display.pointer_is_near(*wanted, slack_px=3))
            except Failed:
                raise Failed(f"{name}'s pointer is at {display.pointer()}, not near {wanted}") from None
            row.result = f"{name}'s pointer (xdotool says) is at {', '.join(map(str, display.pointer()))}"

    def see(self, name):
        with Row(f"{name}'s screen in the window") as row:
            row.result = f"every pixel the same; {self.album.keep_exact(name)}"

    def see_name(self, digit, name):
        with Row("its number and name over it, for a while") as row:
            row.result = f"and every other pixel the same; {self.album.keep_named(name, lambda: self.tap_leader(digit))}"

    def choose(self, active):
        with Row("Scroll Lock, and once more, held; Enter") as row:
            path, name = self.album.keep_switcher(self.hand, active)
            row.result = f"the switcher, then {name}; {path}"
            if name != OFFICE:
                raise Failed(f"{OFFICE} was active before {active}")

    def see_all(self, active):
        """The wall of a control room, in a window on a display of its own."""
        display = self.desk.display(*WALL_PX)
        with Row("console$ hotdesk view --wall") as row:
            wall = self.desk.start("hotdesk-viewer", [self.desk.program("hotdesk-viewer"), "--wall"],
                                   env={**self.console.environment, **display.environment(), "SDL_VIDEODRIVER": "x11"})
            row.result = f"all computers in one window; {self.album.keep_wall(display, active)}"
            wall.stop()

    def come_home(self):
        """Panic, and that the keyboard then is nobody's but the console's."""
        for name in TEXTS:
            self.terminals[name].mark()
            self.ears[name].mark()
        events = self.console.watch()
        with Row("Escape+Backspace+Enter held together") as row:
            self.hand.do(*(f"press {key}" for key in (ESCAPE, BACKSPACE, ENTER)),
                         *(f"release {key}" for key in (ENTER, BACKSPACE, ESCAPE)))
            event = events.wait_event("switched")
            events.close()
            row.result = f"panic: switched from {event['from_name']} to {event['name']}"
            if event["name"] != "local":
                raise Failed(f"{event['name']} is active after the panic chord")
        with Row("'my password' typed at the console") as row:
            self.hand.type("my password")
            # Back once more: had a letter been on its way to a computer, it would be there before this one.
            self.tap_leader(1)
            self.hand.do(*text_commands("z"))
            wait_for("the letter after it", lambda: self.terminals[OFFICE].text().endswith("z"))
            texts = [self.terminals[name].text().lstrip("\x1b\x7f\r") for name in TEXTS]
            if texts != ["z", ""]:
                raise Failed(f"it reached a computer: {texts}")
            row.result = "neither computer got a letter of it"

    def tell_latency(self):
        print("\nFrom the key at the console to the program on the other computer")
        print(f"  {'':<10}{'measured outside, X to X':^28}{'hotdesk status says':^28}")
        print(f"  {'':<10}{'p50':>12}{'p99':>12}{'':<4}{'p50':>12}{'p99':>12}")
        for name, outside in self.rows:
            status = self.console.target(name)
            inside = [milliseconds(status[key]) for key in ("latency_p50_us", "latency_p99_us")]
            print(f"  {name:<10}{milliseconds(percentile(outside, 50)):>12}"
                  f"{milliseconds(percentile(outside, 99)):>12}{'':<4}{inside[0]:>12}{inside[1]:>12}"
                  f"{'':<4}{len(outside)} key events")

    def run(self):
        self.set_up()
        self.pair()
        print("\nAt the keyboard")
        self.switch(1, OFFICE)
        self.type(OFFICE)
        self.see_name(1, OFFICE)
        self.point(OFFICE)
        self.switch(2, LAB)
        self.type(LAB)
        self.see(LAB)
        self.point(LAB)
        self.choose(LAB)
        self.see_all(OFFICE)
        self.come_home()
        self.tell_latency()

    def hand_over(self):
        """The same two computers in a window on the user's desktop, until he closes it."""
        print(BY_HAND, flush=True)
        self.window.stop()
        environment = {**self.console.environment,
                       **{key: os.environ[key] for key in ("DISPLAY", "XAUTHORITY") if key in os.environ}}
        wayland = os.environ.get("WAYLAND_DISPLAY")
        if wayland:
            environment["WAYLAND_DISPLAY"] = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), wayland)
        window = self.desk.start("hotdesk-viewer", [self.desk.program("hotdesk-viewer"), "--window"], env=environment)
        window.popen.wait()


BY_HAND = """
Now yours: a window is on your desktop, and in it
  Scroll Lock twice, 1             the computer 'office'
  Scroll Lock twice, 2             'lab3'
  Scroll Lock twice, 0             neither
  Scroll Lock twice, held          the switcher
Type there, move the pointer. Close the window to end."""

REAL = """
With real machines
  on both, in a checkout like this one    sudo ./dev install
  at the keyboard that is to be shared    sudo hotdesk pair
  on the other computer, in its desktop   hotdesk-agent pair NAME-OF-THE-FIRST
  and then                                Scroll Lock twice, 1     (back: 0)"""

REAL_DESKTOP = """
Or without root, from this desktop, with a window as the keyboard
  {build}/server/net/hotdesk-server &
  {build}/server/viewer/hotdesk-viewer --window &
  {build}/server/cli/hotdesk pair"""


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--no-window"]
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    has_desktop = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    start = time.monotonic()
    demo = None
    print("hotdesk: one keyboard and mouse, two other computers")
    try:
        with Harness(arguments[0]) as desk:
            demo = Demo(desk)
            try:
                demo.run()
            except Failed:
                print_logs(demo)
                raise
            print(f"\nAll of it arrived where it should, in {time.monotonic() - start:.1f} s.", flush=True)
            if has_desktop and sys.stdout.isatty() and len(sys.argv) == 2:
                demo.hand_over()
    except Failed as failure:
        print(f"\nFAILED: {failure}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running")
        return 130
    print("Nothing is left running.")
    print(REAL)
    if has_desktop:
        print(REAL_DESKTOP.format(build=os.path.relpath(desk.build_dir)))
    return 0


def print_logs(demo):
    """The programs' own words, for whoever mends it. They hold no typed key."""
    sides = [getattr(demo, "console", None), *getattr(demo, "machines", {}).values()]
    for side in filter(None, sides):
        print(f"\n--- log of {side.name}\n{CODE.sub('(the code)', side.log())[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
