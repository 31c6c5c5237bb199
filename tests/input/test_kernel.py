#!/usr/bin/python3
"""hotdesk-input alone on a real kernel, with link_peer as its server: what umockdev cannot show. Hotplug while grabbed,
a queue that ran over, LEDs that somebody else writes, a key remapper, a silent server.

usage: test_kernel.py [CHECK...]
"""

import os
import re
import struct
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, "machine")]

import harness  # noqa: E402
import kernel_console  # noqa: E402
import vm  # noqa: E402
from vm import KEY_OF  # noqa: E402

FACTOR = 4  # of the times in the machine
EV_LED, LED_NUM, LED_CAPS = 0x11, 0, 1
NUM, CAPS = 1 << LED_NUM, 1 << LED_CAPS


class Failed(Exception):
    pass


class Test:
    def __init__(self, machine):
        self.machine = machine
        machine.run("mkfifo /tmp/orders", check=True)
        machine.run("link_peer hotdesk-input --link-fd 3 < /tmp/orders >> /tmp/link.log 2>> /tmp/input.log &")
        machine.run("exec 4> /tmp/orders", check=True)
        self.wait_said(r"^hello$")
        self.wait_said(r"^device \d+ taken .* mouse$")
        self.grab_number = 0

    def forget(self):
        self.machine.run(": > /tmp/link.log")

    def said(self):
        return self.machine.run("cat /tmp/link.log")[1]

    def wait_said(self, pattern, timeout_s=30):
        deadline = time.monotonic() + timeout_s
        while True:
            said = self.said()
            found = re.search(pattern, said, re.MULTILINE)
            if found:
                return found
            if time.monotonic() > deadline:
                raise Failed(f"{pattern!r} is not in:\n{said}")

    def reports(self):
        """[(code, value)] of the keys in all reports since forget()."""
        return [(int(code), int(value)) for line in self.said().splitlines() if line.startswith("report ")
                for code, value in re.findall(r" 1:(\d+):(-?\d+)", line)]

    def wait_reports(self, wanted, timeout_s=20):
        deadline = time.monotonic() + timeout_s
        while self.reports() != wanted:
            if time.monotonic() > deadline:
                raise Failed(f"reports: {harness.difference(wanted, self.reports())}")

    def order(self, text):
        self.machine.run(f"echo '{text}' >&4", check=True)

    def grab(self):
        """Number of the new grab. The server's order names the last one that it knows."""
        self.forget()
        self.order(f"grab {self.grab_number} 0")
        self.grab_number = int(self.wait_said(r"^grabbed (\d+)$").group(1))
        return self.grab_number

    def order_ungrab(self):
        self.order(f"ungrab {self.grab_number} 0 0")
        self.wait_said(rf"^ungrabbed {self.grab_number} 1$")

    def ungrab(self):
        self.order_ungrab()
        if "grabbed" in self.machine.run("evlog --grab-test")[1]:
            raise Failed("still grabbed")

    def nodes(self):
        """{eventN: "grabbed" or "free"}"""
        lines = self.machine.run("evlog --grab-test")[1].splitlines()
        return {line.split()[0]: line.split()[1] for line in lines}

    def plug(self, driver, name):
        """A USB device more: its eventN, once hotdesk-input has it."""
        before = set(self.nodes())
        self.machine.qmp("device_add", driver=driver, id=name)
        found = self.wait_said(r"^device \d+ taken /dev/input/(event\d+) ")
        if found.group(1) in before:
            raise Failed("told of an old one")
        return found.group(1)

    def unplug(self, name):
        self.machine.qmp("device_del", id=name)
        self.wait_said(r"^gone \d+$")

    def keyboard(self):
        """The eventN whose keys QMP presses."""
        start = self.machine.desktop_mark()
        self.machine.tap("f8")
        self.machine.wait_desktop(lambda keys: (KEY_OF["f8"], 0) in keys, start)
        return next(event[0] for event in self.machine.events[start:] if event[1] == "KEY")

    def leds(self, node):
        """Bits of its LEDs that are lit."""
        state = self.machine.run("evlog --state", check=True)[1]
        words = re.search(rf"^{node} leds(.*)$", state, re.MULTILINE).group(1).split()
        return sum(1 << int(word) for word in words)

    def wait_leds(self, node, leds, timeout_s=10):
        deadline = time.monotonic() + timeout_s
        while self.leds(node) != leds:
            if time.monotonic() > deadline:
                raise Failed(f"LEDs {self.leds(node)}, not {leds}")

    def worker(self):
        return self.machine.run("grep -l '^hotdesk-input$' /proc/[0-9]*/comm | cut -d/ -f3")[1].split()[0]

    # Checks.

    def plugged_while_grabbed(self):
        self.grab()
        self.forget()
        node = self.plug("usb-kbd", "extra")
        if self.nodes()[node] != "grabbed":
            raise Failed(f"{node} is not grabbed: {self.nodes()}")
        self.machine.tap("a")
        self.wait_reports([(KEY_OF["a"], 1), (KEY_OF["a"], 0)])
        self.ungrab()

    def unplugged_with_a_key_down(self):
        self.grab()
        self.machine.key("s", True)
        self.wait_reports([(KEY_OF["s"], 1)])
        self.unplug("extra")
        self.wait_reports([(KEY_OF["s"], 1), (KEY_OF["s"], 0)])
        self.machine.key("s", False)
        self.ungrab()

    def queue_ran_over(self):
        """More than the kernel keeps while hotdesk-input stands still: no key stays down, none is invented."""
        self.grab()
        worker = self.worker()
        self.machine.run(f"kill -STOP {worker}", check=True)
        self.machine.key("a", True)
        self.machine.tap(*"bcdefghijklmnopqrstuvw" * 2, pause_s=0.02)
        self.machine.key("shift", True)  # still down when it goes on
        self.machine.key("a", False)
        time.sleep(0.3)
        self.machine.run(f"kill -CONT {worker}", check=True)
        self.machine.tap("z")
        self.wait_said(r"^report .* 1:44:0")
        self.machine.key("shift", False)
        self.wait_said(r"^report .* 1:42:0")
        down = set()
        for code, value in self.reports():
            if value == (code in down):
                raise Failed(f"{code} twice {value}: {self.reports()}")
            (down.add if value else down.discard)(code)
        if down:
            raise Failed(f"left down: {down}")
        if len(self.reports()) >= 2 * 47:
            raise Failed("nothing was lost: the check shows nothing")
        if (KEY_OF["shift"], 1) not in self.reports():
            raise Failed("a key that was pressed in the gap and is held was not told")
        self.ungrab()

    def write_led(self, node, led, lit):
        """Another program writes a LED, which anybody who can open the node may, also during a grab."""
        frame = struct.pack("qqHHi", 0, 0, EV_LED, led, lit) + struct.pack("qqHHi", 0, 0, 0, 0, 0)
        octal = "".join(f"\\{byte:03o}" for byte in frame)
        self.machine.run(f"printf '{octal}' > /dev/input/{node}", check=True)

    def leds_of_the_target(self):
        node = self.keyboard()
        self.write_led(node, LED_NUM, 1)
        if self.leds(node) != NUM:
            raise Failed("another program cannot write LEDs: the check shows nothing")
        number = self.grab()
        self.order(f"keep {number} 0")
        self.order(f"leds {number} {CAPS}")
        self.wait_leds(node, CAPS)
        self.write_led(node, LED_CAPS, 0)
        self.write_led(node, LED_NUM, 1)
        self.wait_leds(node, CAPS)
        self.order_ungrab()  # without --grab-test: the end of any grab puts the LEDs out
        self.wait_leds(node, NUM)
        self.write_led(node, LED_NUM, 0)

    def key_remapper(self):
        node = self.keyboard()
        self.machine.run(f"evlog --hold {node} > /tmp/held & echo $! > /tmp/remapper")
        self.machine.wait("grep -q held /tmp/held")
        self.grab()
        self.wait_said(rf"^device \d+ left /dev/input/{node} another program has grabbed it")
        if "grabbed" not in [word for other, word in self.nodes().items() if other != node]:
            raise Failed("nothing else was grabbed")
        self.ungrab_beside(node)
        self.machine.run("kill $(cat /tmp/remapper)", check=True)
        self.machine.wait("! evlog --grab-test | grep grabbed")
        self.grab()
        self.wait_said(rf"^device \d+ taken /dev/input/{node} keyboard")
        self.machine.tap("a")
        self.wait_reports([(KEY_OF["a"], 1), (KEY_OF["a"], 0)])
        self.ungrab()

    def ungrab_beside(self, node):
        self.order_ungrab()
        taken = [other for other, word in self.nodes().items() if word == "grabbed"]
        if taken != [node]:
            raise Failed(f"grabbed: {taken}")

    def silent_server(self):
        number = self.grab()
        self.order("mute")
        self.wait_said(rf"^ungrabbed {number + 1} 3$")
        self.order("unmute")
        self.grab_number = number + 1
        if "grabbed" in self.nodes().values():
            raise Failed("still grabbed")
        start = self.machine.desktop_mark()
        self.machine.tap("l")
        if not self.machine.wait_desktop(lambda keys: keys == [(KEY_OF["l"], 1), (KEY_OF["l"], 0)], start):
            raise Failed(f"the desktop saw {self.machine.desktop_keys(start)}")

    def end_of_the_link(self):
        self.grab()
        self.order("close")
        self.wait_said(r"^ended 0$")
        self.machine.wait("! evlog --grab-test | grep grabbed")


def main():
    tap = harness.Tap()
    build = os.environ.get("HOTDESK_BUILD") or harness.find_build_dir()
    programs = [os.path.join(build, path)
                for path in ("server/input/hotdesk-input", "tests/machine/evlog", "tests/input/link_peer")]
    with vm.Machine(kernel_console.kernel_dir(), programs, kernel_console.free_port(), "usb", FACTOR) as machine:
        test = Test(machine)
        checks = [test.plugged_while_grabbed, test.unplugged_with_a_key_down, test.queue_ran_over,
                  test.leds_of_the_target, test.key_remapper, test.silent_server, test.end_of_the_link]
        for check in checks if len(sys.argv) == 1 else [getattr(test, name) for name in sys.argv[1:]]:
            if not tap.check(check.__name__.replace("_", " "), check):
                print("# " + machine.run("tail -20 /tmp/input.log")[1].replace("\n", "\n# "))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
