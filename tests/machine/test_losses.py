#!/usr/bin/python3
"""Every way to lose a keyboard, on a real kernel with the programs installed as packaging/ does it: devices that come
and go, other programs that hold them, programs of ours that are killed, stopped, or in a busy loop; and what the
console's kernel does with keys that are its own.

usage: test_losses.py [--factor N] [CHECK...]
"""

import json
import os
import re
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]

import harness  # noqa: E402
import installed_console  # noqa: E402
import test_console  # noqa: E402
from harness import wait_for  # noqa: E402
from test_console import pairs, x_pairs  # noqa: E402
from vm import KEY_OF  # noqa: E402

# USB HID usages of the keyboard page, for the Bluetooth keyboard.
USAGE = {"a": 4, "b": 5, "c": 6, "k": 14, "0": 39, "scroll_lock": 71, "caps_lock": 57}
KEYBOARD, MOUSE = "QEMU QEMU USB Keyboard", "QEMU QEMU USB Mouse"
BLUETOOTH = "Gadget Bluetooth Keyboard"
CAPS = 2  # of the LEDs
ACTIONS = {"KILL": "killed", "STOP": "stopped", "USR2": "in a busy loop"}


class Test(test_console.Test):
    def __init__(self, desk, console):
        self.desk, self.console, self.machine = desk, console, console.machine
        display = desk.display()
        self.logs = {"lab1": display.keylog("--raw")}
        self.lab = self.logs["lab1"]
        self.targets = {"lab1": desk.machine("lab1", display=display)}
        console.pair(self.targets["lab1"])
        self.sh("for port in /sys/bus/serio/devices/*; do printf manual > $port/bind_mode; printf none > $port/drvctl; done")  # USB alone

    def go(self, name):
        """By command: hotkeys, which have times, are tried where they are what is asked about."""
        self.sh(f"hotdesk switch {name}")
        if name == "local":
            self.console.wait_free(5)
        else:
            wait_for("the grab", self.console.is_grabbed)
        self.mark()

    def still_switches(self):
        """By hotkey, there and back."""
        for key, name in (("1", "lab1"), ("0", "local")):
            self.switch_by_hotkey(key, name)
            if name == "local":
                self.console.wait_free(5)
            self.types_at(name, "e", "n", "d")

    def switch_by_hotkey(self, key, name):
        """On a busy host the taps of the leader can come too far apart: once more, and told."""
        for tries_left in (2, 1, 0):
            self.console.hotkey(key)
            try:
                return self.console.wait_active(name, 8)
            except harness.Failed as failure:
                if not tries_left:
                    raise
                print(f"# {failure}: the hotkey again")

    def sh(self, command):
        return self.machine.run(command, check=True)[1]

    def devices(self):
        """{name: what `hotdesk devices` says}"""
        return {device["name"]: device for device in json.loads(self.sh("hotdesk devices --json"))["devices"]}

    def wait_device(self, name, taken, why=""):
        def is_so():
            device = self.devices().get(name)
            return device and device["taken"] == taken and why in device["why"]
        try:
            wait_for(f"{name} to be {'taken' if taken else 'left'}", is_so)
        except harness.Failed as failure:
            raise harness.Failed(f"{failure}: {self.devices()}") from None

    def node_of(self, name):
        """eventN"""
        blocks = self.sh("cat /proc/bus/input/devices").split("\n\n")
        block = next(block for block in blocks if f'Name="{name}' in block)
        return re.search(r"event\d+", block)[0]

    def wait_lab(self, wanted):
        """The target's last key event is this one, and no key is down there."""
        wait_for(f"{wanted} at lab1, not {self.lab.keys()}", lambda: self.lab.keys()[-1:] == [wanted])

    def unplug(self, *names):
        """A release that the kernel makes for it comes first; only later is its node gone."""
        for name in names:
            self.machine.unplug(name)

    def plug(self, *names):
        """Not before the old one is gone, which has the same name. Taken, it can be read and is grabbed."""
        products = [{"keyboard": KEYBOARD, "mouse": MOUSE}[name] for name in names]
        wait_for(f"{products} to be gone", lambda: not set(products) & set(self.devices()))
        for name in names:
            self.machine.plug(name)
        for product in products:
            self.wait_device(product, True)

    # --- devices come and go ---

    def keyboard_unplugged_with_a_key_down(self):
        self.go("lab1")
        self.machine.key("a", True)
        wait_for("the key at the target", lambda: self.lab.keys())
        self.unplug("keyboard")
        self.wait_lab(("release", KEY_OF["a"] + 8))
        self.machine.key("a", False)
        assert self.console.active() == "lab1"  # the mouse is still there
        self.lab.wait_keys(x_pairs("a"))
        self.plug("keyboard")
        self.types_at("lab1", "b", "c")
        self.go("local")
        self.types_at("local", "d", "e")

    def mouse_unplugged_with_a_button_down(self):
        self.go("lab1")
        self.machine.button("left", True)
        wait_for("the button at the target", lambda: self.buttons() == ["down"])
        self.unplug("mouse")
        wait_for("its release", lambda: self.buttons() == ["down", "up"])
        self.machine.button("left", False)
        self.plug("mouse")
        self.machine.button("left", True)
        self.machine.button("left", False)
        wait_for("a click with it", lambda: self.buttons() == ["down", "up"] * 2)
        self.wait_desktop([])
        self.go("local")

    def buttons(self):
        return [event[2] for event in self.lab.events() if event[0] == "button"]

    def all_unplugged(self):
        self.go("lab1")
        self.machine.key("a", True)
        wait_for("the key at the target", lambda: self.lab.keys())
        self.unplug("keyboard", "mouse")
        self.wait_lab(("release", KEY_OF["a"] + 8))
        self.machine.key("a", False)
        self.console.wait_active("local")
        self.plug("keyboard", "mouse")
        self.types_at("local", "f", "g")
        self.still_switches()

    # --- Bluetooth LE ---

    def bluetooth(self, *events):
        for name, down in events:
            self.sh(f"echo {USAGE[name]} {down} >&7")

    def bluetooth_tap(self, *names):
        for name in names:
            self.bluetooth((name, 1), (name, 0))

    def bluetooth_connect(self):
        if BLUETOOTH in self.devices():
            return
        self.sh("rm -f /tmp/bluetooth; mkfifo /tmp/bluetooth")
        self.machine.run("gadget --bluetooth < /tmp/bluetooth > /tmp/bluetooth.log 2>&1 & echo $! > /tmp/bluetooth.pid")
        self.sh("exec 7> /tmp/bluetooth")
        self.wait_device(BLUETOOTH, True, "keyboard")

    def bluetooth_keyboard(self):
        self.go("lab1")
        self.bluetooth_connect()  # while lab1 is active: it is grabbed
        sysfs = self.sh(f"grep -A 4 '{BLUETOOTH}' /proc/bus/input/devices")
        assert "Sysfs=/devices/virtual/misc/uhid/" in sysfs, sysfs
        self.mark()
        self.bluetooth_tap("a", "b")
        self.lab.wait_keys(x_pairs("a", "b"))
        # The target's Caps Lock is shown on it, as on all.
        for leds in (f"leds {CAPS}", "leds 0"):
            self.bluetooth_tap("caps_lock")
            self.machine.wait(f"tail -n 1 /tmp/bluetooth.log | grep -qx '{leds}'")
        self.wait_desktop([])
        self.bluetooth_tap("scroll_lock", "scroll_lock")
        time.sleep(0.15)
        self.bluetooth_tap("0")
        self.console.wait_active("local")
        self.console.wait_free(5)
        self.mark()
        self.bluetooth_tap("c")
        self.wait_desktop(pairs("c"))

    def key_held_on_two_keyboards(self):
        self.bluetooth_connect()
        self.go("lab1")
        self.bluetooth(("k", 1))
        self.machine.key("k", True)
        self.bluetooth(("k", 0))
        self.bluetooth_tap("a")
        self.lab.wait_keys([("press", KEY_OF["k"] + 8), *x_pairs("a")])
        self.machine.key("k", False)
        self.lab.wait_keys([("press", KEY_OF["k"] + 8), *x_pairs("a"), ("release", KEY_OF["k"] + 8)])
        self.go("local")

    def bluetooth_lost_with_a_key_down(self):
        self.bluetooth_connect()
        self.go("lab1")
        self.bluetooth(("k", 1))
        wait_for("the key at the target", lambda: self.lab.keys())
        self.sh("kill -KILL $(cat /tmp/bluetooth.pid); rm /tmp/bluetooth.pid; exec 7>&-")
        self.wait_lab(("release", KEY_OF["k"] + 8))
        self.lab.wait_keys(x_pairs("k"))
        wait_for("udev to tell of it", lambda: BLUETOOTH not in self.devices())
        self.types_at("lab1", "a")
        self.go("local")

    # --- other programs that hold devices ---

    def hold(self, program="evlog --hold"):
        """Another program grabs the keyboard."""
        self.console.held = self.node_of(KEYBOARD)
        self.machine.run(f"{program} {self.console.held} > /tmp/held 2>&1 & echo $! > /tmp/holder")
        self.machine.wait("grep -q . /tmp/held")

    def let_go(self):
        self.sh("kill -KILL $(cat /tmp/holder); rm /tmp/holder")
        self.console.held = None

    def held_by_another_program(self):
        self.hold()
        self.sh("hotdesk switch lab1")
        self.mark()
        self.wait_device(KEYBOARD, False, "another program has grabbed it")
        self.machine.tap("a")  # the holder has it
        self.machine.button("left", True)
        self.machine.button("left", False)
        wait_for("the click at the target", lambda: self.buttons() == ["down", "up"])
        self.lab.wait_keys([])
        # What lets go while a target is active is the target's from then on.
        self.let_go()
        self.wait_device(KEYBOARD, True)
        self.types_at("lab1", "a", "b")
        self.go("local")

    def held_and_let_go_in_local(self):
        self.hold()
        self.sh("hotdesk switch lab1")
        self.wait_device(KEYBOARD, False, "another program has grabbed it")
        self.sh("hotdesk switch local")
        self.let_go()
        self.wait_device(KEYBOARD, True)
        self.types_at("local", "c", "d")
        self.still_switches()

    def remap(self):
        if not self.console.held:
            self.hold("gadget --remap")
        self.wait_device(KEYBOARD, False, "another program has grabbed it")
        self.wait_device("gadget remapped keyboard", True, "used in place")

    def key_remapper(self):
        self.remap()
        self.mark()
        self.machine.tap("a", "c")
        self.wait_desktop(pairs("b", "c"))
        self.go("lab1")
        self.machine.tap("a", "c")
        self.lab.wait_keys(x_pairs("b", "c"))
        self.wait_desktop([])
        self.go("local")
        self.mark()
        self.machine.tap("b")
        self.wait_desktop(pairs("a"))

    def key_remapper_lost_with_a_key_down(self):
        self.remap()
        self.go("lab1")
        self.machine.key("a", True)
        wait_for("the key at the target", lambda: self.lab.keys())
        self.let_go()
        self.wait_lab(("release", KEY_OF["b"] + 8))
        self.machine.key("a", False)
        self.lab.wait_keys(x_pairs("b"))
        self.wait_device(KEYBOARD, True)
        self.types_at("lab1", "a", "b")
        self.go("local")
        self.types_at("local", "a")

    # --- keys that are the kernel's ---

    def kernel_signs(self):
        """Of SysRq+H, Ctrl+Alt+F2 and Ctrl+Alt+Del: (times that it helped, the terminal in front, signals of cad)."""
        helped = self.sh("dmesg | grep -c 'sysrq: HELP' || true")
        return int(helped), self.sh("cat /sys/class/tty/tty0/active").strip(), self.sh("cat /tmp/cad").count("interrupted")

    def press_the_kernels_keys(self):
        for keys in (("alt", "sysrq", "h"), ("ctrl", "alt", "f2"), ("ctrl", "alt", "delete")):
            self.machine.chord(*keys)

    def sysrq_and_terminals(self):
        self.sh("echo 1 > /proc/sys/kernel/sysrq; echo 0 > /proc/sys/kernel/ctrl-alt-del")
        self.machine.run("sleep 100000 < /dev/tty2 &")  # else there is no second one
        # Ctrl+Alt+Del is a signal to this process instead of init.
        self.machine.run("gadget --signals > /tmp/cad & echo $! > /proc/sys/kernel/cad_pid")
        before = self.kernel_signs()
        self.go("lab1")
        self.press_the_kernels_keys()
        wanted = [(word, KEY_OF[key] + 8) for keys in (("alt", "sysrq", "h"), ("ctrl", "alt", "f2"), ("ctrl", "alt", "delete"))
                  for word, order in (("press", keys), ("release", keys[::-1])) for key in order]
        self.lab.wait_keys(wanted)
        assert self.kernel_signs() == before, self.kernel_signs()
        self.go("local")
        self.press_the_kernels_keys()
        wanted = (before[0] + 1, "tty2", before[2] + 1)
        try:
            wait_for("the kernel to do as its keys say", lambda: self.kernel_signs() == wanted)
        except harness.Failed as failure:
            raise harness.Failed(f"{failure}: {self.kernel_signs()}, not {wanted}") from None
        self.machine.chord("alt", "f1")
        wait_for("the first terminal", lambda: self.kernel_signs()[1] == "tty1")
        self.sh("kill -KILL $(cat /proc/sys/kernel/cad_pid)")

    # --- programs of ours end, stop, spin ---

    def devices_are_open_in_one_process(self):
        self.go("lab1")
        self.console.wait_decoder()
        holders = self.console.holders()
        assert "hotdesk-input" in holders, holders
        assert holders <= set(installed_console.MAY_OPEN_DEVICES), holders
        users = self.sh("for pid in $(pidof hotdesk-server hotdesk-input); do grep -h '^Uid\\|^CapEff' /proc/$pid/status; done")
        assert set(re.findall(r"Uid:\s+(\d+)", users)) == {"901", "902"}, users
        assert set(re.findall(r"CapEff:\s+(\w+)", users)) == {"0" * 16}, users
        self.go("local")

    def input_is_realtime(self):
        """As its unit lets it: what follows is so, too."""
        for who, priority in (("worker", 10), ("watchdog", 11)):
            policy, wanted = (self.sh(f"cut -d ' ' -f {field} /proc/{self.console.processes([who])[0]}/stat").strip()
                              for field in (41, 40))
            assert (policy, wanted) == ("1", str(priority)), (who, policy, wanted)

    def no_core_file(self):
        """With limits as generous as they get, and with a program that takes cores, as systemd-coredump does."""
        self.machine.put("#!/bin/sh\ncat > /tmp/core.$1\nchmod 600 /tmp/core.$1\n", "/tmp/take-core")
        self.sh("chmod 755 /tmp/take-core")
        for pattern in ("/tmp/core.%e", "|/tmp/take-core %e"):
            self.sh(f"echo '{pattern}' > /proc/sys/kernel/core_pattern; rm -f /tmp/core.*")
            self.go("lab1")
            self.types_at("lab1", "s", "e", "c", "r", "e", "t")
            ids = self.console.processes(["server", "worker"])
            assert len(ids) == 2, ids
            self.sh("kill -SEGV $(pidof hotdesk) " + " ".join(map(str, ids)))
            self.machine.wait("test -s /tmp/core.hotdesk")  # else the check shows nothing
            wait_for("them to end", lambda: not set(ids) & {pid for pid, _ in self.console.processes_named()})
            self.console.wait_free(5)
            cores = self.sh("ls /tmp | grep '^core' || true").split()
            assert cores == ["core.hotdesk"], cores
            self.again()
        self.sh("echo core > /proc/sys/kernel/core_pattern")

    def again(self):
        """After a loss: everything is there anew, here and at the target."""
        self.console.wait_running()
        self.console.wait_state("lab1", "ready", 60)
        self.types_at("local", "o", "k")
        self.still_switches()

    def lose(self, signal, who):
        """With a key and a button held at the target: home, the target lifts both, then all works again. The seconds."""
        self.go("lab1")
        self.machine.key("h", True)
        self.machine.button("left", True)
        wait_for("key and button at the target", lambda: self.lab.keys() and self.buttons())
        self.console.wait_decoder()
        ids = self.console.processes(who)
        assert len(ids) == len(who), ids
        killed_by_watchdog = self.sh("grep -c 'does not answer: killing' /tmp/input.log || true")
        if signal == "USR2":
            self.sh(": > /tmp/spin")
        self.sh(f"kill -{signal} " + " ".join(map(str, ids)))
        seconds = self.console.wait_free(self.home_within_s + 10)
        self.machine.key("h", False)
        self.machine.button("left", False)
        wait_for("the target to lift key and button", lambda: self.buttons() == ["down", "up"] and
                 self.lab.keys()[-1:] == [("release", KEY_OF["h"] + 8)])
        start = self.machine.desktop_mark()
        self.machine.tap("l")
        wait_for("a key at the desktop", lambda: pairs("l") == [
            key for key in self.machine.desktop_keys(start) if key[0] == KEY_OF["l"]])
        if signal == "STOP":
            self.sh("kill -CONT " + " ".join(map(str, ids)) + " 2>/dev/null || true")
        self.sh("rm -f /tmp/spin")
        if (signal, who) == ("USR2", ["worker"]):  # it is real-time: the kernel was the first
            assert self.sh("grep -c 'does not answer: killing' /tmp/input.log || true") == killed_by_watchdog
        self.again()
        print(f"# home after {seconds:.1f} s ({seconds / harness.FACTOR:.1f} s at factor 1)")
        return seconds


LOSSES = [("KILL", ["worker"]), ("KILL", ["watchdog"]), ("KILL", ["server"]), ("KILL", ["server", "worker", "watchdog"]),
          ("STOP", ["worker"]), ("STOP", ["worker", "watchdog"]), ("STOP", ["server"]),
          ("STOP", ["server", "worker", "watchdog"]), ("USR2", ["server"]), ("USR2", ["worker"])]
# test_console.py has some, and each of these takes ten seconds and more.
LONG_LOSSES = [("KILL", ["server"]), ("STOP", ["worker"]), ("STOP", ["worker", "watchdog"]), ("USR2", ["server"])]


def main():
    words = sys.argv[1:]
    if words[:1] == ["--factor"]:
        harness.FACTOR = int(words[1])
        os.environ["HOTDESK_TIME_FACTOR"] = words[1]
        words = words[2:]
    tap = harness.Tap()
    with harness.Harness() as desk, installed_console.InstalledConsole(desk, "usb", harness.FACTOR) as console:
        test = Test(desk, console)
        test.home_within_s = 3 * harness.FACTOR  # the design: local keys work again within 3 s
        checks = [(name.replace("_", " "), getattr(test, name), ()) for name in (
            "keyboard_unplugged_with_a_key_down", "mouse_unplugged_with_a_button_down", "all_unplugged",
            "bluetooth_keyboard", "key_held_on_two_keyboards", "bluetooth_lost_with_a_key_down",
            "held_by_another_program", "held_and_let_go_in_local", "key_remapper", "key_remapper_lost_with_a_key_down",
            "sysrq_and_terminals", "devices_are_open_in_one_process", "input_is_realtime")]
        checks += [(f"{', '.join(who)} {ACTIONS[signal]}: keys are local again", test.loss, (signal, who))
                   for signal, who in LOSSES if harness.IS_LONG or words or (signal, who) not in LONG_LOSSES]
        checks.append(("no core file", test.no_core_file, ()))
        for name, check, arguments in checks:
            if words and not any(word in name for word in words):
                continue
            console.check(tap, "losses: " + name, check, *arguments)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
