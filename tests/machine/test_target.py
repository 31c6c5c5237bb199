#!/usr/bin/python3
"""The target as a real kernel without a display: hotdesk-agent types by uinput in it, as a user who may do nothing else,
and evdev is read back. The server and its source of keys are on the host.
"""

import base64
import os
import re
import struct
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
sys.path.insert(0, os.path.join(sys.path[1], "desktop"))

import harness  # noqa: E402
import kernel_console  # noqa: E402
import link  # noqa: E402
import vm  # noqa: E402
from harness import wait_for  # noqa: E402
from link import EV_KEY, EV_REL  # noqa: E402

FACTOR = 4  # of the times on both sides
os.environ["HOTDESK_TIME_FACTOR"] = str(FACTOR)
harness.FACTOR = FACTOR
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOST = "10.0.2.2"  # as QEMU's user network calls it

KEY_A, KEY_B, KEY_ENTER, KEY_LEFTSHIFT, KEY_CAPSLOCK = 30, 48, 28, 42, 58
REL_WHEEL, REL_HWHEEL = 8, 6
LOCK_CAPS = 2
CODES = [*range(1, 0x100), *range(0x160, 0x220), *range(0x224, 0x2c0)]  # keys; between them are buttons
BUTTONS = range(0x110, 0x118)
LOCK_KEYS = (69, 58, 70)
KEYS_AT_ONCE = 12  # a reader that is not scheduled has room for 64 events, four a tap


class Target:
    """The virtual machine, with the devices that the agent made in it."""

    def __init__(self, desk):
        self.desk = desk
        self.console = desk.console()
        programs = [desk.program("hotdesk-agent"), os.path.join(desk.build_dir, "tests/machine/evlog")]
        self.machine = vm.Machine(kernel_console.kernel_dir(), programs, kernel_console.free_port(), factor=FACTOR)
        self.link = None

    def __enter__(self):
        self.machine.__enter__()
        return self

    def __exit__(self, *unused):
        if self.link:
            self.link.close()
        self.machine.close()

    def sh(self, command):
        return self.machine.run(command, check=True)[1]

    def put(self, source, path):
        with open(source, "rb") as file:
            self.sh(f"echo {base64.b64encode(file.read()).decode()} | base64 -d > {path}")

    def users(self):
        """What packaging/ does: a user of the agent, a group, the udev rule of /dev/uinput."""
        self.sh("echo hotdesk-uinput:x:900:hotdesk-agent >> /etc/group")
        for name, number in (("hotdesk-agent", 901), ("somebody", 902)):
            self.sh(f"mkdir -p /home/{name}; echo {name}:x:{number}: >> /etc/group")
            self.sh(f"echo {name}:x:{number}:{number}::/home/{name}:/bin/sh >> /etc/passwd")
            self.sh(f"chown {number}:{number} /home/{name}; chmod 755 / /home /etc /tmp; chmod 644 /etc/passwd /etc/group")
        self.put(os.path.join(TOP, "packaging/60-hotdesk-uinput.rules"), "/usr/lib/udev/rules.d/60-hotdesk-uinput.rules")
        self.sh("udevadm control --reload; udevadm trigger --action=change --sysname-match=uinput; udevadm settle")

    def start_agent(self, user, *words, stdin="/dev/null"):
        """In the background; its log is /tmp/USER.log."""
        command = " ".join(["hotdesk-agent", *words])
        self.sh(f": > /tmp/{user}.log; chmod 666 /tmp/{user}.log")
        self.sh(f"su -s /bin/sh {user} -c '{command}' < {stdin} >> /tmp/{user}.log 2>&1 &")

    def log(self, user="hotdesk-agent"):
        return self.machine.run(f"cat /tmp/{user}.log")[1]

    def stop_agent(self, number="KILL"):
        self.sh(f"kill -{number} $(pidof hotdesk-agent)")
        self.machine.wait("! pidof hotdesk-agent")

    def devices(self):
        """{name: the kernel's description} of what hotdesk made; a device that is made anew has another inputN in it."""
        blocks = self.sh("cat /proc/bus/input/devices").split("\n\n")
        found = [(re.search(r'Name="(hotdesk .*)"', block), block) for block in blocks]
        return {name[1]: block for name, block in found if name}

    def node(self, name):
        return re.search(r"event\d+", self.devices()[name])[0]

    def find_nodes(self):
        self.keyboard, self.mouse, self.pointer = (self.node("hotdesk " + name) for name in ("keyboard", "mouse", "pointer"))
        for node in (self.keyboard, self.mouse, self.pointer):
            self.machine.wait(f"test -e /dev/input/{node}")
        time.sleep(0.2)  # evlog looks for nodes each 50 ms of the machine's time; proved by what is read from then on

    def enter(self):
        self.console.ask("switch", target="lab")
        self.link.wait_grabbed()

    def leave(self):
        self.console.ask("switch", target="local")
        wait_for("the keys to be given back", lambda: not self.link.grabbed)

    def mark(self):
        self.start = self.machine.desktop_mark()

    def events(self, node, kind, repeats=False):
        """[(code, value)] since the mark."""
        return [(code, value) for where, what, code, value in list(self.machine.events[self.start:])
                if where == node and what == kind and (repeats or value != 2 or kind != "KEY")]

    def wait_events(self, node, kind, wanted):
        try:
            wait_for(f"{len(wanted)} events", lambda: len(self.events(node, kind)) >= len(wanted), 10)
        except harness.Failed as failure:
            raise harness.Failed(f"{failure}: {harness.difference(wanted, self.events(node, kind))}") from None
        if self.events(node, kind) != wanted:
            raise harness.Failed(harness.difference(wanted, self.events(node, kind)))


def taps(codes):
    return [(code, value) for code in codes for value in (1, 0)]


class Test:
    def __init__(self, target):
        self.target, self.machine = target, target.machine

    # --- in this order ---

    def missing_right_is_a_state(self):
        self.target.users()
        self.target.start_agent("somebody")
        self.machine.wait("grep -q 'not ready: no X display (DISPLAY is not set), and /dev/uinput cannot be opened: "
                          "Permission denied; hotdesk-agent-system.service has the right' /tmp/somebody.log")
        status = self.target.sh("su -s /bin/sh somebody -c 'hotdesk-agent status'")
        assert "/dev/uinput cannot be opened: Permission denied" in status, status
        assert not self.target.devices()
        self.target.stop_agent()

    def pairs_and_says_what_it_types_by(self):
        target = self.target
        pairing, code = target.desk.start_console_pairing(target.console, "lab")
        target.sh(f"echo {code} > /tmp/code; chmod 644 /tmp/code")
        target.start_agent("hotdesk-agent", "pair", f"{HOST}:{target.console.port}", stdin="/tmp/code")
        try:
            wait_for("the pairing", lambda: not pairing.is_running(), 20)
        except harness.Failed as failure:
            raise harness.Failed(f"{failure}: {target.log()}") from None
        target.desk.wait_ready(target.console, "lab", bound_s=20)
        known = target.console.target("lab")
        assert known["injector"] == "uinput" and known["width_px"] is None, known
        assert known["injector_reason"] == "no X display: text consoles and login screens", known
        said = target.console.command("status")
        assert "uinput: no X display: text consoles and login screens" in said, said
        status = target.sh("su -s /bin/sh hotdesk-agent -c 'hotdesk-agent status'")
        assert "types by uinput: no X display: text consoles and login screens" in status, status

    def devices_are_virtual_and_three(self):
        devices = self.target.devices()
        assert sorted(devices) == ["hotdesk keyboard", "hotdesk mouse", "hotdesk pointer"], devices
        for block in devices.values():
            assert "Bus=0006" in block, block
        self.target.find_nodes()
        tags = self.target.sh(f"udevadm info -q property /dev/input/{self.target.keyboard}")
        assert "ID_INPUT_KEYBOARD=1" in tags and "ID_INPUT_MOUSE" not in tags, tags
        for node in (self.target.mouse, self.target.pointer):
            tags = self.target.sh(f"udevadm info -q property /dev/input/{node}")
            assert "ID_INPUT_MOUSE=1" in tags and "JOYSTICK" not in tags, tags

    def enter_moves_one_count_and_back(self):
        self.target.link = link.Link(self.target.console)
        self.target.mark()
        self.target.enter()
        self.target.wait_events(self.target.mouse, "REL", [(0, 1), (0, -1)])

    def every_key_arrives_once(self):
        target = self.target
        for first in range(0, len(CODES), KEYS_AT_ONCE):
            target.mark()
            codes = [code for code in CODES[first:first + KEYS_AT_ONCE] if code not in LOCK_KEYS]
            target.link.tap(*codes)
            target.wait_events(target.keyboard, "KEY", taps(codes))
        target.mark()
        target.link.tap(*BUTTONS)
        target.wait_events(target.mouse, "KEY", taps(BUTTONS))
        known = target.console.target("lab")
        assert known["unsendable_keys"] == 0, known

    def wheel_in_both_units(self):
        target = self.target
        target.mark()
        for _ in range(4):
            target.link.report((EV_REL, link.REL_WHEEL_HI_RES, -30))
            target.link.report((EV_REL, link.REL_HWHEEL_HI_RES, 60))
        sums = {}

        def summed():
            for axis in (link.REL_WHEEL_HI_RES, link.REL_HWHEEL_HI_RES, REL_WHEEL, REL_HWHEEL):
                sums[axis] = sum(value for code, value in target.events(target.mouse, "REL") if code == axis)
            return sums == {link.REL_WHEEL_HI_RES: -120, link.REL_HWHEEL_HI_RES: 240, REL_WHEEL: -1, REL_HWHEEL: 2}
        try:
            wait_for("the wheels", summed)
        except harness.Failed as failure:
            raise harness.Failed(f"{failure}: {sums}") from None

    def motion_by_counts_and_places(self):
        target = self.target
        target.mark()
        for _ in range(20):
            target.link.report((EV_REL, link.REL_X, 7), (EV_REL, link.REL_Y, -3))
        wait_for("the motion", lambda: [sum(value for code, value in target.events(target.mouse, "REL") if code == axis)
                                        for axis in (0, 1)] == [140, -60])
        target.link.report((link.EV_ABS, 0, 65535), (link.EV_ABS, 1, 1000))
        target.wait_events(target.pointer, "ABS", [(0, 65535), (1, 1000)])

    def text_console_takes_it(self):
        target = self.target
        target.sh("cat < /dev/tty1 > /tmp/typed &")
        target.link.tap(*(vm.KEY_OF[letter] for letter in "kvm"), KEY_ENTER)
        self.machine.wait("grep -q kvm /tmp/typed")
        target.sh("kill $(pidof cat)")

    def lock_state_comes_back(self):
        target = self.target
        write_led = "printf '{}' > /dev/input/" + target.keyboard
        for value, locks in ((1, LOCK_CAPS), (0, 0)):
            bytes_of = struct.pack("qqHHi", 0, 0, 0x11, 1, value) + struct.pack("qqHHi", 0, 0, 0, 0, 0)
            target.sh(write_led.format("".join(f"\\{byte:03o}" for byte in bytes_of)))
            wait_for("the lock state", lambda: (target.link.locks or 0) & LOCK_CAPS == locks)
        # The kernel's own text console lights it for a key.
        target.link.tap(KEY_CAPSLOCK)
        wait_for("Caps Lock", lambda: target.link.locks & LOCK_CAPS)
        target.leave()
        target.enter()
        wait_for("the lock state told by enter", lambda: target.link.locks & LOCK_CAPS)
        target.link.tap(KEY_CAPSLOCK)
        wait_for("Caps Lock off", lambda: not target.link.locks & LOCK_CAPS)

    def held_key_repeats(self):
        target = self.target
        target.mark()
        target.link.key(KEY_A, True)
        wait_for("repeats", lambda: target.events(target.keyboard, "KEY", True).count((KEY_A, 2)) >= 5)
        target.link.key(KEY_A, False)
        wait_for("the release", lambda: (KEY_A, 0) in target.events(target.keyboard, "KEY", True))
        self.is_quiet()

    def is_quiet(self):
        """Nothing is held: half a second, in which 15 repeats would come."""
        self.target.mark()
        time.sleep(0.5)
        down = self.target.sh("evlog --state | grep down")
        assert not re.search(r"down \d", down), down
        assert not self.target.events(self.target.keyboard, "KEY", True), self.target.events(self.target.keyboard, "KEY", True)

    def leave_lifts_what_is_held(self):
        target = self.target
        target.mark()
        target.link.key(KEY_LEFTSHIFT, True)
        target.link.key(KEY_B, True)
        wait_for("the presses", lambda: len(target.events(target.keyboard, "KEY")) == 2)
        target.leave()
        target.wait_events(target.keyboard, "KEY", [(KEY_LEFTSHIFT, 1), (KEY_B, 1), (KEY_B, 0), (KEY_LEFTSHIFT, 0)])
        self.is_quiet()
        target.link.key(KEY_B, False)
        target.link.key(KEY_LEFTSHIFT, False)

    def devices_stay_over_switches(self):
        target = self.target
        before = target.devices()
        for _ in range(10):
            target.enter()
            target.leave()
        assert target.devices() == before, target.devices()
        target.enter()

    def typed_on_the_console(self):
        """How many of the held key a text console shows."""
        return self.target.sh("cat /dev/vcs1").count("A")

    def killed_with_keys_held(self):
        target = self.target
        target.sh("sleep 1000 < /dev/tty1 & printf '\\033[2J' > /dev/tty1")  # it echoes, read or not
        target.mark()
        target.link.key(KEY_LEFTSHIFT, True)
        target.link.key(KEY_A, True)
        wait_for("repeats", lambda: target.events(target.keyboard, "KEY", True).count((KEY_A, 2)) >= 3)
        target.stop_agent()
        assert not target.devices(), target.devices()
        typed = self.typed_on_the_console()
        assert typed >= 3, typed
        self.is_quiet()
        assert self.typed_on_the_console() == typed, (typed, self.typed_on_the_console())
        wait_for("the server to see it", lambda: target.console.target("lab")["state"] == "offline", 20)

    def comes_back_with_nothing_held(self):
        target = self.target
        target.link.key(KEY_A, False)
        target.link.key(KEY_LEFTSHIFT, False)
        target.start_agent("hotdesk-agent", "--injector", "uinput")
        target.desk.wait_ready(target.console, "lab", bound_s=20)
        assert target.console.target("lab")["injector_reason"] == "chosen by the option injector"
        target.find_nodes()
        self.is_quiet()
        target.enter()
        target.mark()
        target.link.tap(KEY_B)
        target.wait_events(target.keyboard, "KEY", taps([KEY_B]))


def main():
    tap = harness.Tap()
    names = [name for name in vars(Test) if not name.startswith("_") and name not in ("is_quiet", "typed_on_the_console")]
    with harness.Harness() as desk, Target(desk) as target:
        test = Test(target)
        for name in names:
            if not tap.check("target: " + name.replace("_", " "), getattr(test, name)):
                print("# " + target.log()[-1500:].replace("\n", "\n# "))
                break  # each goes on from the one before
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
