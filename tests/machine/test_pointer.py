#!/usr/bin/python3
"""A console that is a virtual machine itself, with a pointer that tells places (usb-tablet), and a barcode reader: a
keyboard that types two hundred keys as fast as it can. On a real kernel."""

import os
import random
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]

import hand  # noqa: E402
import harness  # noqa: E402
import kernel_console  # noqa: E402
import witness  # noqa: E402
from harness import wait_for  # noqa: E402
from oracle import LOCAL  # noqa: E402

FACTOR = 4  # of the times in the machine and of its agents; the harness gets it from the environment
os.environ["HOTDESK_TIME_FACTOR"] = str(FACTOR)
harness.FACTOR = FACTOR
TABLET_MAX = 32767
SPAN = 65535  # REPORT_FIELD_SPAN
SCREEN_PX = (1920, 1080)  # of the injector record
BURST_KEYS = 200


class Test:
    def __init__(self, desk, console):
        self.desk, self.console, self.machine = desk, console, console.machine
        self.path = os.path.join(desk.directory, "typed")
        console.pair(desk.machine("lab1", conf=f'injector = record\nrecord-file = "{self.path}"\n'))

    def go(self, name):
        self.machine.run(f"hotdesk switch {name}", check=True)
        kind = "true" if name != LOCAL else "false"
        self.machine.wait(f"hotdesk status --json | tr -d ' \\n' | grep -q '\"grabbed\":{kind}'")

    def place(self, x, y):
        self.machine.qmp("input-send-event", events=[
            {"type": "abs", "data": {"axis": axis, "value": value}} for axis, value in (("x", x), ("y", y))])

    def places(self):
        lines = [line.split()[1:] for line in harness.read_text(self.path).splitlines()]
        return [(int(line[1]), int(line[2])) for line in lines if line[0] == "abs"]

    def places_are_scaled(self):
        self.go("lab1")
        before = len(self.machine.events)
        for x, y in ((100, 200), (TABLET_MAX, TABLET_MAX), (0, 0), (16384, 8192), (12345, 30000)):
            wanted = tuple(((value * SPAN + TABLET_MAX // 2) // TABLET_MAX * (size - 1) + SPAN // 2) // SPAN
                           for value, size in zip((x, y), SCREEN_PX))
            self.place(x, y)
            wait_for(f"{(x, y)} to be {wanted}", lambda: self.places()[-1:] == [wanted])
        seen = [event for event in self.machine.events[before:] if event[1] == "ABS"]
        self.go(LOCAL)
        if seen:
            raise harness.Failed(f"the desktop saw places of the target: {seen}")

    def places_are_local_again(self):
        count, start = len(self.places()), len(self.machine.events)
        self.place(5000, 6000)
        wait_for("the desktop's places", lambda: [event[2:] for event in self.machine.events[start:] if event[1] == "ABS"]
                 == [(0, 5000), (1, 6000)])
        if len(self.places()) != count:
            raise harness.Failed("the target got a local place")

    def burst_is_whole(self):
        self.go("lab1")
        seen = witness.Witness(self.machine, {"lab1": self.path})
        seen.pull()
        seen.clear()
        typist = hand.Hand(self.machine, random.Random(1), False, seen.key_count)
        for number in range(BURST_KEYS):
            code = hand.WORD_KEYS[number % 26]
            typist.set(code, 1)
            typist.set(code, 0)
        wanted = [event[:2] for event in typist.events]

        def came():
            seen.pull()
            return len(seen.places["lab1"].streams["keys"]) >= len(wanted)
        wait_for("two hundred keys", came)
        got = seen.places["lab1"].streams["keys"]
        if got != wanted or seen.desktop.streams["keys"]:
            raise harness.Failed(harness.difference(wanted, got))
        self.go(LOCAL)


def main():
    tap = harness.Tap()
    options = ("-device", "usb-tablet")
    with harness.Harness() as desk, kernel_console.KernelConsole(desk, "usb", FACTOR, options) as console:
        test = Test(desk, console)
        for check in (test.places_are_scaled, test.places_are_local_again, test.burst_is_whole):
            tap.check(check.__name__.replace("_", " "), check)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
