#!/usr/bin/python3
"""./dev demo: two computers under one keyboard, whole and for real, on virtual displays.

    tests/demo/demo.py BUILD_DIR

A server with its window on one virtual display, an agent and a terminal on each of two others. Real key events go into
the window, over TLS, into the terminals; their screens come back into the window. What arrived is read back and
compared. Exit status 0 when all of it arrived. Pictures of what a person would have seen are left in BUILD_DIR/demo.

On a desktop, in a terminal, it goes on: a window on that desktop with the two computers, to be tried by hand. Without it:
--no-window. Everything that it starts is gone when it ends.
"""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import (BACKSPACE, CODE, ENTER, ESCAPE, KEYCODES, SCROLL_LOCK, Failed, Harness, difference,  # noqa: E402
                     percentile, text_commands, wait_for)
from pictures import Screen  # noqa: E402

CONSOLE_PX = TARGET_PX = (1280, 800)  # the window fills the console's display
EVENTS_PER_SECOND = 400  # far above what fingers do, so that enough is measured in a second
TEXTS = {
    "left": "Dear left computer, this came from another keyboard: @ # $ {braces} ~ and 100% of it.",
    "right": "To the right one: The quick brown fox jumps over the lazy dog; (7 * 6 == 42) is true!",
}


# What is on each computer beside the terminal that is typed into: something that moves, so that one sees it live.
CLOCK = r"""
name=$1
while :; do
    printf '\033[H\033[2J\n  this is %s\n\n  %s\n\n  %s' "$name" "$(date '+%A, %H:%M:%S')" \
        "$(cut -d' ' -f1-3 /proc/loadavg | sed 's/^/load /')"
    sleep 1
done"""
LOOKS = {"left": ("#10243e", "#dce8f8"), "right": ("#2c1a12", "#f8e8d8")}  # background, text


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
        self.picture_dir = os.path.join(desk.build_dir, "demo")
        self.rows = []  # (name, seen from outside [us], status of the server)

    def set_up(self):
        print("\nThree virtual displays: the console, and two computers with a terminal each")
        with Row("server, and its window as keyboard") as row:
            self.screen = self.desk.display(*CONSOLE_PX)
            self.console = self.desk.console()
            self.window = self.console.window(self.screen)
            self.screen.run("xdotool", "search", "--class", "hotdesk-viewer", "windowmove", "0", "0", "windowsize",
                            "--sync", *map(str, CONSOLE_PX))
            row.result = f"on display {self.screen.name}; no device of this computer is touched"
        self.hand = self.screen.typist()
        self.machines, self.terminals, self.ears = {}, {}, {}
        for name in TEXTS:
            with Row(f"computer {name!r}") as row:
                display = self.desk.display(*TARGET_PX)
                self.machines[name] = self.desk.machine(name, display=display)
                self.furnish(name, display)
                self.ears[name] = display.keylog("--raw")
                row.result = f"on display {display.name}, with xterm"

    def furnish(self, name, display):
        paper, ink = LOOKS[name]
        colors = ("-bg", paper, "-fg", ink, "-cr", ink, "-b", "12")
        display.run("xsetroot", "-solid", "#20262d")
        display.start("clock", ["xterm", "-class", "Clock", "-fn", "fixed", "-geometry", "44x12+940+40", *colors, "-e", "sh", "-c", CLOCK,
                                "sh", name])
        self.terminals[name] = display.terminal(options=("-geometry", "140x50+40+40", *colors))

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
                row.result = f"takes the code; {name} is target {self.console.target(name)['number']}, ready"

    def switch(self, digit, name):
        events = self.console.watch()
        try:
            with Row(f"Scroll Lock, Scroll Lock, {digit}") as row:
                self.hand.do(f"key {SCROLL_LOCK}", "sleep 20", f"key {SCROLL_LOCK}", f"key {KEYCODES[str(digit)]}")
                event = events.wait_event("switched")
                row.result = f"switched from {event['from_name']} to {event['name']}"
                if event["name"] != name:
                    raise Failed(f"wanted {name}, {event['name']} is active")
        finally:
            events.close()

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
        """Until the window shows exactly what is on that computer's screen."""
        os.makedirs(self.picture_dir, exist_ok=True)
        path = os.path.join(self.picture_dir, f"{name}.png")
        with Row(f"{name}'s screen in the window") as row:
            here, there = Screen(self.screen.name), Screen(self.machines[name].display.name)
            try:
                wait_for(f"{name}'s picture", lambda: here.pixels() == there.pixels(), 20, 0.05)
                here.save(path)
            finally:
                here.close()
                there.close()
            row.result = f"every pixel the same; {os.path.relpath(path)}"

    def see_all(self):
        """The wall of a control room: both computers at once, in a window on a display of its own."""
        path = os.path.join(self.picture_dir, "wall.png")
        display = self.desk.display(1280, 720)  # as large as its window is at first
        with Row("console$ hotdesk view --wall") as row:
            wall = self.desk.start("hotdesk-viewer", [self.desk.program("hotdesk-viewer"), "--wall"],
                                   env={**self.console.environment, **display.environment(), "SDL_VIDEODRIVER": "x11"})
            there = Screen(display.name)
            try:
                wait_for("both pictures", lambda: self.papers_on(there), 20, 0.05)
                there.save(path)
            finally:
                there.close()
            wall.stop()
            row.result = f"both computers in one window; {os.path.relpath(path)}"

    @staticmethod
    def papers_on(screen):
        """In the middle of each half is the terminal of its computer."""
        pixels, paper = screen.pixels(), [int(LOOKS[name][0][1:], 16) for name in TEXTS]
        at = [4 * (screen.width_px * (screen.height_px * 2 // 5) + screen.width_px * quarter // 4) for quarter in (1, 3)]
        return [int.from_bytes(pixels[one:one + 3], "little") for one in at] == paper

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
            self.hand.do(f"key {SCROLL_LOCK}", "sleep 20", f"key {SCROLL_LOCK}", "key 10", *text_commands("z"))
            wait_for("the letter after it", lambda: self.terminals["left"].text().endswith("z"))
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
        for digit, name in enumerate(TEXTS, 1):
            self.switch(digit, name)
            self.type(name)
            self.see(name)
            self.point(name)
        self.see_all()
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
  Scroll Lock twice, 1     the left computer
  Scroll Lock twice, 2     the right one
  Scroll Lock twice, 0     neither
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
