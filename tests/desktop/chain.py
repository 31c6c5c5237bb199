"""The whole line for a desktop test: a console with a source, targets on X servers of their own, paired and ready."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import Xlib.ext  # noqa: E402
from Xlib import X, display as xlib_display  # noqa: E402

from harness import CAPS_LOCK, KEYCODES, NUM_LOCK, SCROLL_LOCK, Failed, wait_for  # noqa: E402
from link import Link  # noqa: E402

EVDEV_OFFSET = 8
# python3-xlib stumbles over Xtigervnc's other extensions, and this is all that is used here.
Xlib.ext.__extensions__[:] = [extension for extension in Xlib.ext.__extensions__ if extension[0] == "XTEST"]
BUTTON_MASK = X.Button1Mask | X.Button2Mask | X.Button3Mask


class Target:
    """One target: its display, its agent, and a client of that display that looks at the state of its keys."""

    def __init__(self, chain, name, kind="xvfb", size=(1280, 800)):
        self.name = name
        self.display = chain.desk.display(*size, kind=kind)
        self.machine = chain.desk.machine(name, display=self.display)
        chain.desk.pair(chain.console, self.machine)
        chain.desk.wait_ready(chain.console, name)
        self.eye = xlib_display.Display(self.display.name)

    def keys_down(self):
        """X key codes that are down there."""
        bits = self.eye.query_keymap()
        return [code for code in range(256) if bits[code // 8] >> code % 8 & 1]

    def buttons_down(self):
        return bool(self.eye.screen().root.query_pointer().mask & BUTTON_MASK)

    def wait_down(self, *keycodes, bound_s=10):
        try:
            wait_for("these keys to be down", lambda: self.keys_down() == sorted(keycodes), bound_s)
        except Failed as failure:
            raise Failed(f"{failure}: {sorted(keycodes)}; down are {self.keys_down()}") from None

    def locks(self):
        """Bits of X modifiers that are locked: 2 Caps Lock, 16 Num Lock."""
        return self.eye.screen().root.query_pointer().mask & (X.LockMask | X.Mod2Mask)

    def reset_locks(self):
        """Caps and Num Lock off, by keys of this display alone."""
        for mask, keycode in ((X.LockMask, CAPS_LOCK), (X.Mod2Mask, NUM_LOCK)):
            if self.locks() & mask:
                self.eye.xtest_fake_input(X.KeyPress, keycode)
                self.eye.xtest_fake_input(X.KeyRelease, keycode)
                self.eye.sync()

    def is_quiet(self):
        return not self.keys_down() and not self.buttons_down()

    def wait_quiet(self, bound_s=10):
        wait_for(f"all keys and buttons of {self.name} to be up", self.is_quiet, bound_s)


class Chain:
    """`source`: "window" types by XTEST into hotdesk-viewer's window, "link" is a source in Python."""

    def __init__(self, desk, names, source="link", kind="xvfb"):
        self.desk = desk
        self.console = desk.console(conf="log-level = debug\n")
        self.link = self.screen = self.hand = None
        self.connect_source(source)
        self.targets = {name: Target(self, name, kind) for name in names}

    def connect_source(self, source):
        if source == "link":
            self.link = Link(self.console)
        else:
            self.screen = self.desk.display(960, 600)
            self.window = self.console.window(self.screen)
            self.hand = self.screen.typist()

    def number(self, name):
        return self.console.target(name)["number"]

    def hotkey(self, name):
        """xtype's commands of the hotkey of a target; `local` too."""
        digit = "0" if name == "local" else str(self.number(name))
        return [f"key {SCROLL_LOCK}", f"key {SCROLL_LOCK}", f"key {KEYCODES[digit]}"]

    def switch(self, name):
        """By hotkey in the window, else by the control socket."""
        if self.hand:
            self.hand.do(*self.hotkey(name))
        else:
            self.console.ask("switch", target=name)
        wait_for(f"{name} to be active", lambda: self.console.active_name() == name)
        if self.link and name != "local":
            self.link.wait_grabbed()

    def logs(self):
        sides = [self.console, *(target.machine for target in self.targets.values())]
        return "\n".join(f"--- {side.name}\n{side.log()[-1500:]}" for side in sides)


def run_checks(tap, chain, checks):
    """Each check is a function of the chain; its name is the line."""
    for check in checks:
        if not tap.check(check.__name__.replace("_", " "), check, chain):
            print("# " + chain.logs().replace("\n", "\n# "), flush=True)
