"""A Wayland desktop on an X server of its own, so that a hand (xtype) can type on it and its pixels can be read.

weston is a desktop with a shell; sway lets a window keep the desktop's own shortcuts (keyboard-shortcuts-inhibit).
"""

import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import Failed, wait_for  # noqa: E402
from Xlib import X, display as xlib_display  # noqa: E402

WIDTH_PX, HEIGHT_PX = 800, 600
BACKGROUND = 0x204060
NOBODY = 65534
# sway does not run as root.
AS_NOBODY = (["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.getuid() == 0 else [])

WESTON_CONF = f"""[core]
idle-time=0
[shell]
locking=false
panel-position=none
animation=none
close-animation=none
startup-animation=none
background-type=scale
background-color=0xff{BACKGROUND:06x}
"""
SWAY_CONF = f"""xwayland disable
default_border none
output * bg #{BACKGROUND:06x} solid_color
output * resolution {WIDTH_PX}x{HEIGHT_PX}
output * scale {{scale}}
for_window [title="{{full}}"] fullscreen enable
bindsym Mod1+Tab exec touch {{marks}}/alt-tab
bindsym Mod4+a exec touch {{marks}}/meta-a
"""


class Compositor:
    """`full`: the title of windows that sway makes full screen by itself. `scale`: pixels of its screen, which has the same size
    at each scale, that are one of its own."""

    def __init__(self, desk, kind, full="none", scale=1):
        self.desk, self.kind, self.scale = desk, kind, scale
        self.display = desk.display(WIDTH_PX, HEIGHT_PX)
        self.xlib = xlib_display.Display(self.display.name)
        self.runtime_dir = os.path.join(desk.directory, f"{kind}.{len(desk.processes)}")
        os.mkdir(self.runtime_dir, 0o700)
        os.chmod(desk.directory, 0o711)
        self.socket_path = os.path.join(self.runtime_dir, "wayland-1")
        {"weston": self._start_weston, "sway": self._start_sway}[kind](full)
        wait_for(f"{kind}'s socket", self._has_started, 20)
        wait_for(f"{kind}'s window", self._takes_focus, 20, 0.05)

    def _conf(self, text):
        path = os.path.join(self.runtime_dir, "conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _environment(self, **more):
        return {**self.display.environment(), "XDG_RUNTIME_DIR": self.runtime_dir, "HOME": self.runtime_dir, **more}

    def _start_weston(self, _):
        self.process = self.desk.start(
            "weston", ["weston", "--backend=x11-backend.so", "--use-pixman", f"--width={WIDTH_PX // self.scale}",
                       f"--height={HEIGHT_PX // self.scale}", f"--scale={self.scale}", "--socket=wayland-1", f"--config={self._conf(WESTON_CONF)}"],
            env=self._environment())

    def _start_sway(self, full):
        conf = self._conf(SWAY_CONF.format(marks=self.runtime_dir, full=full, scale=self.scale))
        if AS_NOBODY:
            os.chmod(conf, 0o644)
            shutil.chown(self.runtime_dir, NOBODY, NOBODY)
        self.process = self.desk.start(
            "sway", [*AS_NOBODY, "sway", "-c", conf],
            env=self._environment(WLR_BACKENDS="x11", WLR_RENDERER="pixman", WLR_LIBINPUT_NO_DEVICES="1"))

    def _has_started(self):
        if not self.process.is_running():
            raise Failed(f"{self.kind} ended: {self.process.text()[-1000:]}")
        return os.path.exists(self.socket_path)

    def _takes_focus(self):
        """Its window, which is all that there is on the X server, gets the keys."""
        for window in self.xlib.screen().root.query_tree().children:
            if window.get_attributes().map_state == X.IsViewable:
                window.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
                self.xlib.sync()
                return True
        return False

    def environment(self):
        """Of a program that is a client of this desktop."""
        return {"WAYLAND_DISPLAY": self.socket_path, "XDG_SESSION_TYPE": "wayland"}

    def rescale(self, scale):
        """sway's screen, from now on."""
        socket = next(name for name in os.listdir(self.runtime_dir) if name.startswith("sway-ipc"))
        self.desk.run("swaymsg", "-s", os.path.join(self.runtime_dir, socket), "output", "*", "scale", str(scale))

    def mark(self, name):
        """sway's own shortcut was used since the last question."""
        try:
            os.unlink(os.path.join(self.runtime_dir, name))
            return True
        except FileNotFoundError:
            return False
