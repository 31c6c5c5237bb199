#!/usr/bin/python3
"""The agent's side of a computer (injector xtest, desktop) on real X servers: what is typed arrives, what is pressed goes
up, and whatever the X server does is a state, never an end."""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import harness  # noqa: E402  (found by the line above)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pair"))
from proxy import Proxy  # noqa: E402
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fakes"))
from dpms import Dpms  # noqa: E402
from Xlib import display as xdisplay  # noqa: E402
from Xlib.ext import screensaver, xinput  # noqa: E402

KEY_MAX_SENDABLE = 247
EATEN = (241, 242)  # their presses: XF86Next_VMode and XF86Prev_VMode in every keymap, which the X server acts on
SHIFT, A, Z, CAPS_LOCK, DELETE = 42, 30, 44, 58, 111
BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA, BTN_TASK = 0x110, 0x111, 0x112, 0x113, 0x114, 0x117


class SideTool:
    """tests/agent/side-tool on a display."""

    def __init__(self, desk, display, *arguments, env=None):
        path = os.path.join(desk.build_dir, "tests/agent/side-tool")
        environment = {"XDG_SESSION_TYPE": "x11", **(display.environment() if display else {}), **(env or {})}
        self.process = desk.start("side-tool", [path, *arguments], env=environment, stdin=subprocess.PIPE)

    def do(self, *commands):
        before = self.process.text().count("synced\n")
        self.process.write("".join(command + "\n" for command in commands) + "sync\n")
        harness.wait_for("the side tool", lambda: self.process.text().count("synced\n") > before)

    def wait_line(self, line, bound_s=10.0):
        harness.wait_for(f"{line!r}", lambda: line in self.process.text().splitlines(), bound_s)

    def wait_begin(self, words, bound_s=10.0):
        harness.wait_for(f"{words!r}", lambda: any(line.startswith(words) for line in self.process.text().splitlines()),
                         bound_s)

    def wait_last(self, word, line):
        """The last line that begins with this word becomes this one."""
        harness.wait_for(f"{line!r}", lambda: self.last(word) == line)

    def last(self, word):
        return next((line for line in reversed(self.process.text().splitlines()) if line.startswith(word)), None)

    def stop(self):
        self.process.stop()
        return self.process.popen.returncode


def ready_tool(desk, display):
    tool = SideTool(desk, display)
    tool.wait_line("ready xtest")
    return tool


def sees(log, wanted):
    """All but motion that the log's window gets is exactly this, in order."""
    def seen():
        return [" ".join(event[:-1]) for event in log.events() if event[0] != "motion"]
    try:
        harness.wait_for("events", lambda: len(seen()) >= len(wanted))
    except harness.Failed as failure:
        raise harness.Failed(f"{failure}: {harness.difference(wanted, seen())}") from None
    if seen() != wanted:
        raise harness.Failed(harness.difference(wanted, seen()))


def every_code_once(desk, display, log):
    tool = ready_tool(desk, display)
    log.mark()
    wanted = []
    for code in range(1, KEY_MAX_SENDABLE + 1):
        tool.do(f"tap {code}")
        wanted += [("press", code + 8)] * (code not in EATEN) + [("release", code + 8)]
    log.wait_keys(wanted)
    # Lock keys were tapped as well.
    tool.do("tap 58", "tap 69", "tap 70")
    assert tool.stop() == 0


def codes_above_are_counted(desk, display, log):
    tool = ready_tool(desk, display)
    log.mark()
    tool.do("tap 248", "tap 767", f"tap {BTN_TASK}", f"tap {A}", "unsendable")
    sees(log, [f"press {A + 8}", f"release {A + 8}"])
    tool.wait_line("unsendable 3")
    assert tool.stop() == 0


def buttons(desk, display, log):
    tool = ready_tool(desk, display)
    tool.do("abs 100 100")
    log.mark()
    wanted = []
    for code, button in ((BTN_LEFT, 1), (BTN_MIDDLE, 2), (BTN_RIGHT, 3), (BTN_SIDE, 8), (BTN_EXTRA, 9)):
        tool.do(f"tap {code}")
        wanted += [f"button {button} down", f"button {button} up"]
    sees(log, wanted)
    assert tool.stop() == 0


def wheel(desk, display, log):
    tool = ready_tool(desk, display)
    log.mark()
    tool.do("wheel 120 0", "wheel -240 0", "wheel 0 120", "wheel 0 -120")
    # Eight parts of a notch are one; what is left over is forgotten by leave.
    tool.do(*["wheel 15 0"] * 8, "wheel 100 0", "leave", "wheel 100 0", "wheel 20 0")
    clicks = [4, 5, 5, 7, 6, 4, 4]
    sees(log, [f"button {button} {way}" for button in clicks for way in ("down", "up")])
    assert tool.stop() == 0


def motion(desk, display, log):
    tool = ready_tool(desk, display)
    tool.do("abs 300 200")
    harness.wait_for("the place", lambda: display.pointer() == (300, 200))
    tool.do("rel 40 -30", "rel 3 0", "rel 0 5")
    harness.wait_for("the movement", lambda: display.pointer_is_near(343, 175))
    tool.do("rel 100000 100000")
    harness.wait_for("the corner", lambda: display.pointer() == (display.width_px - 1, display.height_px - 1))
    assert tool.stop() == 0


def motion_and_button(desk, display, log):
    """In one report: the button goes down where the pointer is then."""
    tool = ready_tool(desk, display)
    tool.do("abs 300 200")
    harness.wait_for("the place", lambda: display.pointer() == (300, 200))
    log.mark()
    tool.do(f"relkey 20 10 {BTN_LEFT} 1", f"key {BTN_LEFT} 0")
    harness.wait_for("the click", lambda: [event for event in log.events() if event[0] == "button"][1:])
    order = [event[0] for event in log.events()]
    assert order == ["motion", "button", "button"], log.events()
    assert tool.stop() == 0


def a_killed_predecessor(desk, display, log):
    """Shift, a key and a button stay down in the X server when who pressed them is killed; the next one lifts them."""
    log.mark()
    tool = ready_tool(desk, display)
    tool.do(f"key {SHIFT} 1", f"key {Z} 1", f"key {BTN_LEFT} 1")
    pressed = [f"press {SHIFT + 8}", f"press {Z + 8}", "button 1 down"]
    harness.wait_for("the presses", lambda: {" ".join(event[:-1]) for event in log.events()} >= set(pressed))
    tool.process.kill(signal.SIGKILL)
    log.mark()
    successor = ready_tool(desk, display)
    released = {f"release {SHIFT + 8}", f"release {Z + 8}", "button 1 up"}
    harness.wait_for("the releases", lambda: {" ".join(event[:-1]) for event in log.events()} >= released)
    # And what a hand holds at that moment stays: here nothing does, so the next key is a plain one.
    log.mark()
    successor.do(f"tap {A}")
    sees(log, [f"press {A + 8}", f"release {A + 8}"])
    assert successor.stop() == 0


def another_client_grabs_the_server(desk, display, log):
    tool = ready_tool(desk, display)
    log.mark()
    grabber = xdisplay.Display(display.name)
    grabber.grab_server()
    grabber.sync()
    try:
        # Programs see nothing while the server is grabbed; what matters is that nobody here hangs or loses a key.
        tool.do(f"tap {A}", f"tap {CAPS_LOCK}", "rel 5 5", "enter")
        tool.wait_last("locks", "locks 2")  # nor waits the connection that asks
        tool.do(f"tap {CAPS_LOCK}")
        tool.wait_last("locks", "locks 0")
    finally:
        grabber.close()
    sees(log, [f"{way} {code + 8}" for code in (A, CAPS_LOCK, CAPS_LOCK) for way in ("press", "release")])
    assert tool.stop() == 0


def locks(desk, display, log):
    tool = ready_tool(desk, display)
    tool.wait_last("locks", "locks 0")
    tool.do(f"tap {CAPS_LOCK}")
    tool.wait_last("locks", "locks 2")
    tool.do("tap 69")
    tool.wait_last("locks", "locks 3")
    tool.do(f"tap {CAPS_LOCK}", "tap 69")
    tool.wait_last("locks", "locks 0")
    assert tool.stop() == 0


def another_virtual_terminal(desk, display, log):
    tool = ready_tool(desk, display)
    display.run("xprop", "-root", "-f", "XFree86_has_VT", "32i", "-set", "XFree86_has_VT", "0")
    tool.wait_last("not ready", "not ready: another virtual terminal is in front of the X display")
    display.run("xprop", "-root", "-f", "XFree86_has_VT", "32i", "-set", "XFree86_has_VT", "1")
    harness.wait_for("ready again", lambda: tool.process.text().count("ready xtest\n") == 2)
    display.run("xprop", "-root", "-remove", "XFree86_has_VT")
    assert tool.stop() == 0


def layouts(desk, display, log):
    """The hardware's keyboard has a layout that XTEST's has not: what is typed has the hardware's."""
    physical = keyboard_of(display, "keyboard", but="XTEST")
    xtest = keyboard_of(display, "XTEST keyboard")

    def layout(device):
        keys = display.run("sh", "-c", f'xkbcomp -w 0 -i {device} "$DISPLAY" - | sed -n "/^xkb_symbols/,$ p"')
        return [" ".join(line.split()) for line in keys.splitlines() if "Group1" in line or "key <" in line]

    def xtest_follows():
        return layout(xtest) == layout(physical)

    us = layout(physical)
    display.run("setxkbmap", "-device", str(physical), "de")
    assert layout(physical) != us and layout(xtest) == us, "the test itself: layouts are set for each device"
    tool = ready_tool(desk, display)
    harness.wait_for("the layout at start", xtest_follows)
    terminal = display.terminal()
    tool.do(f"tap {Z}")  # the key that is Y in Germany
    terminal.wait_text("y")
    display.run("setxkbmap", "-device", str(physical), "us")
    harness.wait_for("the layout after a change", xtest_follows)
    terminal.mark()
    tool.do(f"tap {Z}")
    terminal.wait_text("z")
    terminal.stop()
    assert tool.stop() == 0


def keyboard_of(display, part, but="\0"):
    """The id of the X device whose name has this in it."""
    connection = xdisplay.Display(display.name)
    try:
        devices = connection.xinput_query_device(xinput.AllDevices).devices
        return next(device.deviceid for device in devices
                    if device.use == xinput.SlaveKeyboard and part in device.name and but not in device.name)
    finally:
        connection.close()


def the_display_is_killed(desk):
    display = desk.display()
    tool = ready_tool(desk, display)
    tool.wait_last("geometry", f"geometry {display.width_px}x{display.height_px} screen")
    tool.do(f"key {A} 1")
    display.process.kill(signal.SIGKILL)
    tool.wait_line("not ready: the X display went away")
    tool.wait_begin("not ready: cannot open the X display, and /dev/uinput cannot be opened: ")
    tool.do(f"key {A} 0", "enter", "leave", "rel 1 1")
    # The same display comes back, as after a logout.
    again = desk.start("xvfb", ["Xvfb", display.name, "-nolisten", "tcp", "-screen", "0", "640x480x24"])
    tool.wait_last("geometry", "geometry 640x480 screen")
    harness.wait_for("ready again", lambda: tool.process.text().count("ready xtest\n") == 2)
    assert tool.process.is_running()
    assert tool.stop() == 0
    again.stop()


def a_display_that_is_cut(desk):
    """At any byte of its set-up and after: the agent's side lives on and comes back."""
    display = desk.display(options=("-listen", "tcp"))
    with Proxy("127.0.0.1", 6000 + int(display.name[1:])) as proxy:
        environment = {"DISPLAY": f"127.0.0.1:{proxy.port - 6000}"}
        for size_bytes in (0, 1, 13, 40, 60, 90, 150, 250, 400, 700, 1000, 2000, 4000):
            proxy.cut_after("up", size_bytes)
            tool = SideTool(desk, None, env=environment)
            tool.wait_line("ready xtest")
            tool.do(f"tap {A}")
            assert tool.process.is_running() and tool.stop() == 0
    display.process.stop()


def a_screen_that_changes(desk):
    display = desk.display(kind="tigervnc")
    tool = ready_tool(desk, display)
    display.run("xrandr", "-s", "800x600")
    harness.wait_for("the new size", lambda: (tool.last("geometry") or "").startswith("geometry 800x600 "))
    assert tool.stop() == 0


def no_display(desk):
    tool = SideTool(desk, None)
    tool.wait_begin("not ready: no X display (DISPLAY is not set), and /dev/uinput cannot be opened: ")
    assert tool.stop() == 0


def no_xtest(desk):
    display = desk.display(options=("-extension", "XTEST"))
    tool = SideTool(desk, display)
    tool.wait_begin("not ready: the X display has no XTEST extension, and /dev/uinput cannot be opened: ")
    assert tool.stop() == 0
    display.process.stop()


def a_wayland_session(desk, display, log):
    for environment in ({"XDG_SESSION_TYPE": "wayland"}, {"WAYLAND_DISPLAY": "wayland-0"}):
        tool = SideTool(desk, display, env=environment)
        tool.wait_begin("not ready: Wayland session, needs uinput: /dev/uinput cannot be opened: ")
        assert tool.stop() == 0


def xwayland(desk):
    """(processes, name) of the X display of a Wayland desktop without a screen."""
    runtime = os.path.join(desk.directory, "wayland")
    os.mkdir(runtime, 0o700)
    environment = {"XDG_RUNTIME_DIR": runtime, "WAYLAND_DISPLAY": "wayland-test"}
    weston = desk.start("weston", ["weston", "--no-config", "--backend=headless-backend.so", "--shell=kiosk-shell.so",
                                   "--socket=wayland-test", "--idle-time=0"], env={"XDG_RUNTIME_DIR": runtime})
    harness.wait_for("weston", lambda: os.path.exists(os.path.join(runtime, "wayland-test")), 20)
    reader, writer = os.pipe()
    with os.fdopen(reader) as number:
        server = desk.start("Xwayland", ["Xwayland", "-rootless", "-displayfd", str(writer), "-nolisten", "tcp"],
                            env=environment, pass_fds=(writer,))
        os.close(writer)
        return (server, weston), ":" + number.readline().strip()


def an_xwayland_display(desk):
    """Known by its output's name alone, whatever the environment says: nothing is typed into half of the windows."""
    processes, name = xwayland(desk)
    assert name != ":", processes[0].text() + processes[1].text()
    for environment in ({}, {"XDG_SESSION_TYPE": "tty"}):
        tool = SideTool(desk, None, env={"DISPLAY": name, **environment})
        tool.wait_begin("not ready: Wayland session, needs uinput: /dev/uinput cannot be opened: ")
        assert tool.stop() == 0
    tool = SideTool(desk, None, "xtest", env={"DISPLAY": name})
    tool.wait_line("not ready: the X display is Xwayland, which needs uinput")
    assert tool.stop() == 0
    for process in processes:
        process.stop()


def a_blanked_screen(desk):
    """Whoever switches to a computer wants to see it. Xvfb has no DPMS; its screen saver is the test."""
    display = desk.display()
    tool = ready_tool(desk, display)
    connection = xdisplay.Display(display.name)

    def is_blank():
        return screensaver.query_info(connection.screen().root).state == screensaver.StateOn
    display.run("xset", "s", "activate")
    harness.wait_for("a blank screen", is_blank)
    tool.do("enter")
    harness.wait_for("the screen to wake", lambda: not is_blank())
    connection.close()
    assert tool.stop() == 0
    display.process.stop()


def a_monitor_that_sleeps(desk):
    """By DPMS, which a stand-in has: it is forced on at each enter, and never off."""
    display = desk.display()
    dpms = Dpms(display)
    tool = ready_tool(desk, dpms)
    assert not dpms.levels, dpms.levels
    tool.do("enter")
    harness.wait_for("the monitor to be forced on", lambda: dpms.levels == [0])
    tool.do("leave", "enter")
    harness.wait_for("the same again", lambda: dpms.levels == [0, 0])
    assert tool.stop() == 0
    dpms.close()
    display.process.stop()


def a_session_of_unknown_kind(desk):
    """startx from a text console: the display is what counts."""
    display = desk.display()
    for kind in ("tty", ""):
        tool = SideTool(desk, display, env={"XDG_SESSION_TYPE": kind})
        tool.wait_line("ready xtest")
        assert tool.stop() == 0
    display.process.stop()


def events_of_a_flush(desk, display, log):
    assert display.run(os.path.join(desk.build_dir, "tests/agent/display-tool")).strip() == "told"


ON_ONE_DISPLAY = [
    ("every key code from 1 to 247 arrives as itself, once", every_code_once),
    ("key codes that X has not are counted", codes_above_are_counted),
    ("five buttons", buttons),
    ("the wheel clicks once a notch", wheel),
    ("the pointer moves by counts and to places", motion),
    ("a button goes down after the motion of its report", motion_and_button),
    ("a successor lifts what a killed agent held", a_killed_predecessor),
    ("typing goes on while another client holds XGrabServer", another_client_grabs_the_server),
    ("lock state is told", locks),
    ("another virtual terminal in front is a state", another_virtual_terminal),
    ("a Wayland session is a state", a_wayland_session),
    ("what is typed has the layout of the hardware's keyboard", layouts),
    ("events that are read while something is sent are told", events_of_a_flush),
]

ON_THEIR_OWN = [
    ("a display that is killed is a state, and taken up again when it is back", the_display_is_killed),
    ("a display that is cut off at any byte is a state", a_display_that_is_cut),
    ("a screen that changes its size is told", a_screen_that_changes),
    ("no display is a state", no_display),
    ("a display without XTEST is a state", no_xtest),
    ("Xwayland under a real Wayland desktop is a state", an_xwayland_display),
    ("an X display in a session of unknown kind is used", a_session_of_unknown_kind),
    ("enter wakes a blanked screen", a_blanked_screen),
    ("enter wakes a monitor that sleeps", a_monitor_that_sleeps),
]


def chosen(checks):
    """Those with one of our arguments in their names; without any, all."""
    return [check for check in checks if not sys.argv[1:] or any(word in check[0] for word in sys.argv[1:])]


def main():
    tap = harness.Tap()
    with harness.Harness() as desk:
        display = desk.display()
        log = display.keylog()
        for name, function in chosen(ON_ONE_DISPLAY):
            tap.check(name, function, desk, display, log)
        for name, function in chosen(ON_THEIR_OWN):
            tap.check(name, function, desk)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
