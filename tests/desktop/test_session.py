#!/usr/bin/python3
"""hotdesk-viewer --session on the console's own display: real lockers, a blanked screen, notices, no lock while in use."""

import ctypes
import os
import re
import signal
import sys
import time

from chain import Chain, run_checks
from harness import FACTOR, Failed, Harness, Tap, wait_for
from bus import Bus

KEY_A, KEY_B = 30, 48
# xscreensaver locks nothing for root.
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []


class SaverInfo(ctypes.Structure):
    _fields_ = [("window", ctypes.c_ulong), ("state", ctypes.c_int), ("kind", ctypes.c_int),
                ("til_or_since", ctypes.c_ulong), ("idle_ms", ctypes.c_ulong), ("event_mask", ctypes.c_ulong)]


class Saver:
    """MIT-SCREEN-SAVER of a display."""

    def __init__(self, name):
        self.x11, self.xss = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x11.XOpenDisplay(name.encode()))
        self.root = ctypes.c_ulong(self.x11.XDefaultRootWindow(self.display))

    def idle_ms(self):
        info = SaverInfo()
        self.xss.XScreenSaverQueryInfo(self.display, self.root, ctypes.byref(info))
        return info.idle_ms


def locked(chain):
    return chain.console.ask("status")["session"]["locked"]


def go_away(chain):
    wait_for("the screen to be free", lambda: not locked(chain))
    chain.switch("lab")
    lab = chain.targets["lab"]
    chain.link.key(KEY_A, True)
    lab.wait_down(KEY_A + 8)
    lab.ear.mark()


def expect_home(chain, why):
    """The lock has come up: local is active, and the next key is not the target's."""
    wait_for("local to be active", lambda: chain.console.active_name() == "local", 10, 0.002)
    wait_for("the keyboard to be given back", lambda: not chain.link.grabbed)
    lab = chain.targets["lab"]
    chain.link.key(KEY_B, True)
    chain.link.key(KEY_B, False)
    chain.link.key(KEY_A, False)
    lab.wait_quiet()
    if any(code == KEY_B + 8 for _, code in lab.ear.keys()):
        raise Failed("the first key of the password went to the target")
    connection = chain.console.connect()
    connection.send("switch", target="lab")
    answer = connection.read_line()
    connection.close()
    if answer.get("code") != "locked" or why not in answer["error"]:
        raise Failed(answer)


def expect_free(chain):
    wait_for("the screen to be unlocked", lambda: not locked(chain), 10)
    go_away(chain)
    chain.link.key(KEY_A, False)
    chain.console.ask("switch", target="local")


def i3lock_comes_up(chain):
    go_away(chain)
    locker = chain.screen.start("i3lock", ["i3lock", "--nofork"])
    expect_home(chain, "holds the keyboard")
    time.sleep(1.5 * FACTOR)  # longer than one look at who has the keyboard
    if not locked(chain):
        raise Failed("the lock is forgotten")
    locker.stop()
    expect_free(chain)


def end_savers(chain):
    """xscreensaver's helpers outlive it when it is killed, with their windows."""
    mark = f"HOTDESK_HARNESS={chain.desk.token}".encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8") as comm, open(f"/proc/{pid}/environ", "rb") as environ:
                if comm.read().startswith("xscreensaver") and mark in environ.read().split(b"\0"):
                    os.kill(int(pid), signal.SIGKILL)
        except OSError:
            continue


def xscreensaver_locks(chain):
    home = os.path.join(chain.desk.directory, "nobody")
    os.makedirs(home, exist_ok=True)
    os.chmod(home, 0o777)
    os.chmod(chain.desk.directory, 0o711)
    env = {**chain.screen.environment(), "HOME": home}
    daemon = chain.desk.start("xscreensaver", [*AS_NOBODY, "xscreensaver", "--no-splash"], env=env)

    def asked():
        try:
            return "locking" in chain.desk.run(*AS_NOBODY, "xscreensaver-command", "--lock", env=env)
        except Failed:
            return False
    wait_for("xscreensaver", lambda: "_SCREENSAVER_STATUS(" in chain.screen.run("xprop", "-root"), 20)
    go_away(chain)
    wait_for("xscreensaver to take the order", asked, 20, 0.2)
    expect_home(chain, "xscreensaver")
    daemon.stop()
    end_savers(chain)
    chain.screen.run("xprop", "-root", "-remove", "_SCREENSAVER_STATUS")
    expect_free(chain)


def the_screen_is_blanked(chain):
    go_away(chain)
    chain.screen.run("xset", "s", "activate")
    expect_home(chain, "screen saver is on")
    chain.screen.run("xset", "s", "reset")
    expect_free(chain)


def a_desktops_locker_tells(chain):
    for name in ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.xfce.ScreenSaver"):
        go_away(chain)
        chain.services.do(f"active {name} 1")
        expect_home(chain, name)
        chain.services.do(f"active {name} 0")
        expect_free(chain)
    chain.services.do("active org.gnome.ScreenSaver 1")
    wait_for("the lock", lambda: locked(chain))
    chain.services.do("leave org.gnome.ScreenSaver")  # it crashed
    expect_free(chain)


def a_window_that_only_covers_locks_for_a_moment(chain):
    """As a game or an old desktop's background: it has no hold of the keyboard."""
    cover = chain.screen.start("xterm", ["xterm", "-xrm", "*overrideRedirect: true", "-b", "0", "-bw", "0",
                                         "-geometry", "400x200+0+0"])
    wait_for("it to be taken for a locker", lambda: locked(chain))
    wait_for("it not to be", lambda: not locked(chain), 10)
    cover.stop()


def a_started_viewer_sees_a_lock_that_is_there(chain):
    locker = chain.screen.start("i3lock", ["i3lock", "--nofork"])
    wait_for("the lock", lambda: locked(chain))
    chain.viewer.kill()
    chain.start_viewer()
    wait_for("the new viewer", lambda: "the screen is locked" in chain.viewer.text())
    time.sleep(1.5 * FACTOR)
    if not locked(chain):
        raise Failed("the lock is forgotten")
    locker.stop()
    expect_free(chain)


def use_of_a_target_keeps_the_screen_on(chain):
    saver = Saver(chain.screen.name)
    wait_for("some idle time", lambda: saver.idle_ms() > 1000)
    go_away(chain)
    chain.link.key(KEY_A, False)
    before = len(chain.services.lines(r"inhibit \d+"))

    def used():
        chain.link.tap(KEY_A)
        return saver.idle_ms() < 1000 and len(chain.services.lines(r"inhibit \d+")) >= max(1, before)
    wait_for("the idle time to begin anew", used, 15, 0.2)
    cookie = chain.services.lines(r"inhibit (\d+)")[-1]
    # No input any more: the display counts on.
    wait_for("the display to become idle", lambda: saver.idle_ms() > 1500, 10, 0.1)
    chain.console.ask("switch", target="local")
    chain.services.wait(f"uninhibit {cookie}")


def refused_switches_are_told(chain):
    before = len(chain.services.lines("notice .*"))
    connection = chain.console.connect()
    connection.send("switch", target="nobody")
    connection.read_line()
    connection.close()
    chain.link.grab()
    chain.link.command(1, 7)
    notices = chain.services.wait("notice .*", before + 1)
    if notices[before] != "notice Not switched|there is no target 7":
        raise Failed(notices)
    wait_for("the keyboard to be given back", lambda: not chain.link.grabbed)
    # One that was asked for is not: that is `all`.
    chain.switch("lab")
    chain.console.ask("switch", target="local")
    if len(chain.services.lines("notice .*")) != before + 1:
        raise Failed(chain.services.lines("notice .*"))


def all_switches_are_told_if_wanted(chain):
    chain.viewer.stop()
    chain.start_viewer("notice = all\nbeep = all\n")
    before = len(chain.services.lines("notice .*"))
    chain.switch("lab")
    chain.console.ask("switch", target="local")
    notices = chain.services.wait("notice .*", before + 2)[before:]
    if notices != ["notice Keyboard|lab", "notice Keyboard|this computer"]:
        raise Failed(notices)


def a_server_that_comes_back_is_told_again(chain):
    chain.screen.run("xset", "s", "activate")
    wait_for("the lock", lambda: locked(chain))
    chain.link.close()
    chain.console.process.stop()
    chain.console.start()
    wait_for("the lock, told anew", lambda: locked(chain), 10)
    chain.screen.run("xset", "s", "reset")
    wait_for("the screen to be free", lambda: not locked(chain))


def start_viewer(chain, conf=""):
    path = os.path.join(chain.desk.directory, "viewer.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(conf)
    chain.viewer = chain.desk.start(
        "hotdesk-viewer", [chain.desk.program("hotdesk-viewer"), "--session", "--config", path],
        env={**chain.console.environment, **chain.screen.environment(),
             "DBUS_SESSION_BUS_ADDRESS": chain.bus.address})
    wait_for("the viewer", lambda: "connected to hotdesk-server" in chain.viewer.text())


def main():
    tap = Tap()
    with Harness() as desk:
        chain = Chain(desk, ["lab"])
        chain.screen = desk.display(options=("-s", "600"))
        chain.bus = Bus(desk)
        chain.services = chain.bus.start("fake_desktop.py")
        chain.start_viewer = lambda conf="": start_viewer(chain, conf)
        chain.start_viewer()
        chain.targets["lab"].ear = chain.targets["lab"].display.keylog("--raw")
        run_checks(tap, chain, (i3lock_comes_up, xscreensaver_locks, the_screen_is_blanked, a_desktops_locker_tells,
                                a_window_that_only_covers_locks_for_a_moment,
                                a_started_viewer_sees_a_lock_that_is_there, use_of_a_target_keeps_the_screen_on,
                                refused_switches_are_told, all_switches_are_told_if_wanted,
                                a_server_that_comes_back_is_told_again))
        if tap.failed:
            print("# " + chain.viewer.text()[-3000:].replace("\n", "\n# "), flush=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
