"""A console with a VNC port, and a target on a display of its own, for these tests."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, ".."), os.path.join(HERE, "../desktop")]
from Xlib import X, display as xlib_display  # noqa: E402
from harness import Failed, wait_for  # noqa: E402
from rfb import differing, plain  # noqa: E402

NAME = "lab"
WIDTH_PX, HEIGHT_PX = 640, 400
EVDEV_OFFSET = 8
KEY_A, KEY_LEFTSHIFT = 30 + EVDEV_OFFSET, 42 + EVDEV_OFFSET
CONTROL_L, SHIFT_L = 0xffe3, 0xffe1


class Screen:
    """What is on a display, and how it gets there."""

    def __init__(self, display):
        self.x = xlib_display.Display(display.name)
        self.root = self.x.screen().root

    def fill(self, color, x_px=0, y_px=0, width_px=WIDTH_PX, height_px=HEIGHT_PX):
        context = self.root.create_gc(foreground=color, subwindow_mode=X.IncludeInferiors)
        self.root.fill_rectangle(context, x_px, y_px, width_px, height_px)
        self.x.sync()

    def draw(self):
        """Something of which every place is different."""
        for at in range(40):
            self.fill(at * 0x061f37 & 0xffffff, at * 16, at * 7, 90, 70)

    def pixels(self, x_px=0, y_px=0, width_px=WIDTH_PX, height_px=HEIGHT_PX):
        return plain(self.root.get_image(x_px, y_px, width_px, height_px, X.ZPixmap, 0xffffffff).data)


class Keys:
    """What is down at the target, as its X server says."""

    def __init__(self, lab):
        self.screen = lab.screen

    def down(self):
        bits = self.screen.x.query_keymap()
        return [code for code in range(256) if bits[code // 8] >> code % 8 & 1]

    def button_is_down(self):
        return bool(self.screen.root.query_pointer().mask & X.Button1Mask)

    def wait(self, *codes):
        try:
            wait_for("these keys", lambda: self.down() == sorted(codes), 15)
        except Failed as failure:
            raise Failed(f"{failure}: {sorted(codes)}; down are {self.down()}") from None

    def wait_button(self, is_down):
        wait_for("the button to be " + ("down" if is_down else "up"), lambda: self.button_is_down() == is_down, 15)


class Lab:
    """`via`: see Harness.pair."""

    def __init__(self, desk, conf, via=None, kind="xvfb"):
        self.desk = desk
        self.console = desk.console(conf="log-level = debug\n" + conf)
        self.display = desk.display(WIDTH_PX, HEIGHT_PX, kind)
        self.screen = Screen(self.display)
        self.screen.draw()
        self.machine = desk.machine(NAME, display=self.display)
        desk.pair(self.console, self.machine, via=via)
        desk.wait_ready(self.console, NAME)
        self.path = os.path.join(self.console.runtime_dir, "vnc-" + NAME)
        self.number = self.console.target(NAME)["number"]

    def status(self):
        return self.console.target(NAME)["vnc"]

    def clients(self, in_only=True):
        return [client for client in self.status()["clients"] if client["in"] or not in_only]

    def picture(self):
        return self.console.target(NAME)["picture"]

    def wait_nobody(self):
        wait_for("no client to be left", lambda: not self.clients(in_only=False), 15)

    def child(self):
        """The process id of hotdesk-vnc, or None."""
        return next(iter(self.console.children("hotdesk-vnc")), None)

    def viewer(self, *options, where=None, size=(800, 600)):
        """A real one, on a display of its own, shown."""
        display = self.desk.display(*size)
        process = display.start("xtigervncviewer", ["xtigervncviewer", "-AutoSelect=0", "-NoJPEG", "-FullColor",
                                                    "-RemoteResize=0", *options, where or self.path])

        def window():
            if not process.is_running():
                raise Failed("the viewer ended: " + process.text())
            try:
                return display.run("xdotool", "search", "--onlyvisible", "--class", "TigerVNC").split()
            except Failed:
                return None
        return Viewer(display, process, wait_for("the viewer's window", window, 20, 0.1)[-1])


class Library:
    """A client made of libvncclient (library.c), connected."""

    def __init__(self, lab, where, encodings="tight zrle raw", password=""):
        self.lab = lab
        host, port = (where, "0") if isinstance(where, str) else ("127.0.0.1", str(where))
        self.file = os.path.join(lab.desk.directory, f"kept.{len(lab.desk.processes)}")
        self.process = lab.desk.start("vnc-library", [os.path.join(lab.desk.build_dir, "tests/vnc/vnc-library"), host, port,
                                                      encodings], env={"VNC_PASSWORD": password}, stdin=subprocess.PIPE)
        wait_for("libvncclient to be let in or not", lambda: self.said("connected ") or self.said("refused"), 20)
        if self.said("refused"):
            raise Failed("libvncclient: refused: " + self.process.text())

    def said(self, word):
        """The lines that begin so."""
        return [line for line in self.process.text().splitlines() if line.startswith(word)]

    def tell(self, *commands):
        self.process.write("".join(command + "\n" for command in commands))

    def tap(self, *keysyms):
        self.tell(*(f"key {keysym} {down}" for keysym in keysyms for down in (1, 0)))

    def size(self):
        return tuple(map(int, self.said("size ")[-1].split()[1:3]))

    def image(self):
        before = len(self.said("kept"))
        self.tell("keep " + self.file)
        wait_for("the picture of libvncclient", lambda: len(self.said("kept")) > before)
        with open(self.file, "rb") as file:
            return plain(file.read())

    def wait_shows(self, target, size=(WIDTH_PX, HEIGHT_PX)):
        try:
            wait_for("the same picture", lambda: self.size() == size and self.image() == target.pixels(0, 0, *size), 20, 0.05)
        except Failed as failure:
            raise Failed(f"{failure}: libvncclient has {self.size()}, wanted is {size}") from None

    def close(self):
        self.process.stop()


class Viewer:
    def __init__(self, display, process, window):
        self.display, self.process, self.window = display, process, window
        self.screen = Screen(display)

    def place(self):
        """(x, y) of the picture."""
        text = self.display.run("xdotool", "getwindowgeometry", "--shell", self.window)
        found = dict(line.split("=") for line in text.split())
        return int(found["X"]), int(found["Y"])

    def wait_shows(self, target):
        """Every pixel as it is there, without a pointer."""
        try:
            wait_for("the same picture", lambda: self.screen.pixels(*self.place()) == target.pixels(), 20, 0.1)
        except Failed as failure:
            seen, wanted = self.screen.pixels(*self.place()), target.pixels()
            raise Failed(f"{failure}: {differing(seen, wanted)} pixels differ") from None

    def stop(self):
        self.process.stop()
        self.display.process.stop()


def run_checks(tap, lab, checks):
    for check in checks:
        if not tap.check(check.__name__.replace("_", " "), check, lab):
            print("# " + lab.console.log()[-2500:].replace("\n", "\n# "), flush=True)
