#!/usr/bin/python3
"""hotdesk-viewer's window alone, against a server of this file: what it sends, shows, and does when things go away."""

import json
import os
import re
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SCROLL_LOCK, SHIFT, Failed, Harness, Side, Tap, difference, wait_for  # noqa: E402
import link  # noqa: E402
from Xlib import X, display as xlib_display  # noqa: E402

LIST = {"ok": True, "active": 0, "targets": [
    {"number": 1, "name": "lab3", "state": "ready", "reason": "", "since_s": 1, "active": False},
    {"number": 2, "name": "lab4", "state": "offline", "reason": "never connected", "since_s": 1, "active": False}]}
LEADER = 70
# Keys that belong to the computer that one sits at: power, sleep, radio, brightness.
OWN_KEYS = (116, 142, 143, 205, 224, 225, 227, 228, 229, 230, 237, 238, 239, 241, 242, 243, 244, 245, 246, 247)


class FakeServer:
    """Accepts `input` and `watch`, keeps what the window sends, pings while it is grabbed."""

    def __init__(self, path):
        self.path = path
        self.input_answer = {"ok": True}
        self.messages = []  # [(type, grab number, command number, fields)]
        self.input = self.watch = None
        self.grabbed = False
        self.answers = True
        self.open()

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def close(self):
        for one in (self.listener, self.input, self.watch):
            if one:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()
        self.input = self.watch = None
        os.unlink(self.path)

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        line = connection.makefile("rb", buffering=0).readline()
        verb = json.loads(line)["verb"] if line else None
        if verb == "watch":
            connection.sendall(json.dumps(LIST).encode() + b"\n")
            self.watch = connection
        elif verb == "input":
            connection.sendall(json.dumps(self.input_answer).encode() + b"\n")
            if self.input_answer["ok"]:
                self.input = connection
                self._take(connection)
            connection.close()

    def _take(self, connection):
        threading.Thread(target=self._ping, args=(connection,), daemon=True).start()
        buffer = b""
        while True:
            while len(buffer) >= link.MESSAGE_BYTES:
                self._keep(buffer[:link.MESSAGE_BYTES])
                buffer = buffer[link.MESSAGE_BYTES:]
            try:
                some = connection.recv(65536)
            except OSError:
                return
            if not some:
                self.grabbed = False
                return
            buffer += some

    def _keep(self, message):
        kind, number, command = struct.unpack_from(">BII", message)
        if kind == link.GRABBED:
            self.grabbed = True
        elif kind == link.UNGRABBED:
            self.grabbed = False
        if kind != link.PONG:
            self.messages.append((kind, number, command, message[9:]))
            self.number, self.command = number, command

    def _ping(self, connection):
        count = 0
        while self.input is connection:
            if self.grabbed and self.answers:
                count += 1
                try:
                    self.order(link.PING, struct.pack(">I", count))
                except OSError:
                    return
            time.sleep(0.05)

    def order(self, kind, fields=b""):
        self.input.sendall(link.encode(kind, self.number, self.command, fields))

    def tell(self, **event):
        self.watch.sendall(json.dumps(event).encode() + b"\n")

    def wait(self, kind, count=1, bound_s=10):
        """The fields of the messages of that kind, when there are as many."""
        def found():
            return [message for message in self.messages if message[0] == kind]
        wait_for(f"{count} messages of kind {kind}", lambda: len(found()) >= count, bound_s)
        return found()

    def events(self):
        """[(type, code, value)] of all reports."""
        events = []
        for kind, _, _, fields in list(self.messages):
            if kind == link.REPORT:
                for place in range(fields[8]):
                    events.append(struct.unpack_from(">BHi", fields, 9 + 7 * place))
        return events

    def keys(self):
        return [(code, value) for kind, code, value in self.events() if kind == link.EV_KEY]


class Case:
    """One window, one server, one hand."""

    def __init__(self, desk):
        self.desk = desk
        self.screen = desk.display(1000, 700)
        self.side = Side(desk, "console", "viewer.conf", "log-level = debug\n")
        self.server = FakeServer(os.path.join(self.side.runtime_dir, "control"))
        self.hand = self.screen.typist()
        self.start_window()

    def start_window(self):
        self.window = self.side.process = self.desk.start(
            "hotdesk-viewer", [self.desk.program("hotdesk-viewer"), "--window"],
            env={**self.side.environment, **self.screen.environment(), "SDL_VIDEODRIVER": "x11"})
        wait_for("the window", lambda: self.find() is not None, 20, 0.05)
        self.focus()
        self.server.wait(link.HELLO)

    def find(self):
        try:
            return self.screen.run("xdotool", "search", "--onlyvisible", "--class", "hotdesk-viewer").split()[0]
        except (Failed, IndexError):
            return None

    def focus(self):
        self.screen.run("xdotool", "windowfocus", "--sync", self.find())

    def title(self):
        return self.screen.run("xdotool", "getwindowname", self.find()).strip()

    def wait_title(self, pattern):
        try:
            wait_for(f"the title {pattern!r}", lambda: re.search(pattern, self.title()), 10, 0.05)
        except Failed as failure:
            raise Failed(f"{failure}; it is {self.title()!r}") from None

    def enter_remote(self):
        """The hotkey: a leader grabs, the server keeps. SDL takes two taps without a pause for a repeat."""
        before = self.count(link.COMMAND)
        self.hand.do(f"key {SCROLL_LOCK}", "sleep 20", f"key {SCROLL_LOCK}", "key 10")
        self.server.wait(link.COMMAND, before + 1)
        self.server.order(link.KEEP)
        self.server.messages.clear()

    def count(self, kind):
        return len([message for message in self.server.messages if message[0] == kind])

    def leave_remote(self):
        self.server.order(link.UNGRAB, b"\0")
        self.server.wait(link.UNGRABBED)
        self.server.messages.clear()


def local_sends_nothing(case):
    case.hand.tap(38, 39)
    case.hand.do("move 100 100", "button 1 down", "button 1 up")
    case.hand.tap(SCROLL_LOCK, SCROLL_LOCK)
    case.server.wait(link.GRABBED)
    assert case.server.events() == [], case.server.events()
    case.hand.tap(10)
    fields = case.server.wait(link.COMMAND)[-1][3]
    assert struct.unpack_from(">BH", fields) == (link.COMMAND_TARGET, 1), fields[:3]
    case.server.order(link.KEEP)
    case.leave_remote()


def every_key_is_itself(case):
    """All X key codes, each once; those that belong to this computer are not sent."""
    codes = [code for code in range(1, 248) if code not in (LEADER, *OWN_KEYS)]
    case.enter_remote()
    case.hand.do(*(f"key {code + 8}" for code in range(1, 248) if code != LEADER), "key 38", bound_s=20)
    codes.append(30)
    wanted = [(code, value) for code in codes for value in (1, 0)]
    wait_for("all keys", lambda: len(case.server.keys()) >= len(wanted))
    assert case.server.keys() == wanted, difference(wanted, case.server.keys())
    case.leave_remote()


def repeats_are_left_out(case):
    # How long until this X server has certainly repeated, seen by a program that does get repeats.
    log = case.screen.keylog()
    start = time.monotonic()
    case.hand.do("press 38")
    wait_for("repeats of the X server", lambda: len(log.keys()) >= 6)
    hold_s = 2 * (time.monotonic() - start)
    case.hand.do("release 38")
    log.stop()
    case.focus()
    case.enter_remote()
    case.hand.do("press 38", f"sleep {round(hold_s * 1000)}", "release 38", "key 39")
    wait_for("the last key", lambda: (31, 0) in case.server.keys())
    assert case.server.keys() == [(30, 1), (30, 0), (31, 1), (31, 0)], case.server.keys()
    case.leave_remote()


def pointer_buttons_and_wheel(case):
    case.enter_remote()
    case.screen.run("xdotool", "windowmove", case.find(), "0", "0")
    case.screen.run("xdotool", "windowsize", "--sync", case.find(), "801", "601")
    case.hand.do("move 0 0", "move 400 300", "move 800 600")

    def places():
        return [value for kind, code, value in case.server.events() if kind == link.EV_ABS and code == link.ABS_X]
    wait_for("the corner", lambda: places() and places()[-1] == 65535)
    assert 0 in places() and 32768 in places(), places()
    case.server.messages.clear()
    case.hand.do("move 200 200")
    for button in (1, 2, 3, 8, 9):
        case.hand.do(f"button {button} down", f"button {button} up")
    wanted = [(code, value) for code in (0x110, 0x112, 0x111, 0x113, 0x114) for value in (1, 0)]
    wait_for("all buttons", lambda: len(case.server.keys()) >= len(wanted))
    assert case.server.keys() == wanted, case.server.keys()
    case.server.messages.clear()
    for button in (4, 5, 6, 7):
        case.hand.do(f"button {button} down", f"button {button} up")

    def wheel():
        return [(code, value) for kind, code, value in case.server.events() if kind == link.EV_REL]
    wanted = [(11, 120), (11, -120), (12, -120), (12, 120)]
    wait_for("four notches", lambda: len(wheel()) >= 4)
    assert wheel() == wanted, wheel()
    case.leave_remote()


def focus_loss_lifts_and_gives_back(case):
    case.enter_remote()
    case.hand.do(f"press {SHIFT}", "button 1 down")
    wait_for("Shift and button", lambda: len(case.server.keys()) == 2)
    log = case.screen.keylog()
    case.server.wait(link.UNGRABBED)
    # Told again when a ping that was on its way shows that the server may not know.
    reasons = {message[3][0] for message in case.server.messages if message[0] == link.UNGRABBED}
    assert reasons == {link.UNGRAB_FOCUS}, reasons
    assert sorted(case.server.keys()[2:]) == [(42, 0), (0x110, 0)], case.server.keys()
    case.hand.do(f"release {SHIFT}", "button 1 up")
    case.hand.tap(38)
    log.stop()
    case.focus()
    case.hand.tap(39)
    case.enter_remote()
    case.hand.tap(40)
    wait_for("a key after it came back", lambda: len(case.server.keys()) >= 2)
    assert case.server.keys() == [(32, 1), (32, 0)], case.server.keys()
    case.leave_remote()


def panic_gives_back(case):
    case.enter_remote()
    case.hand.do("press 9", "press 22", "press 36", "release 36", "release 22", "release 9")
    fields = case.server.wait(link.UNGRABBED)[0][3]
    assert fields[0] == link.UNGRAB_PANIC, fields[0]


def orders_grab_and_give(case):
    case.server.messages.clear()
    case.server.order(link.GRAB)
    case.server.wait(link.GRABBED)
    case.hand.tap(38)
    wait_for("a key", lambda: case.server.keys() == [(30, 1), (30, 0)])
    case.leave_remote()
    case.hand.tap(38)
    case.hand.tap(SCROLL_LOCK, SCROLL_LOCK)
    case.server.wait(link.GRABBED)
    case.hand.tap(19)
    case.server.wait(link.COMMAND)
    assert case.server.keys() == []
    case.server.order(link.UNGRAB, b"\0")
    case.server.wait(link.UNGRABBED)


def desktop_shortcuts_go_to_the_target_too(case):
    """The window holds the display's keyboard while a target is active, and at no other time."""
    case.server.messages.clear()
    other = xlib_display.Display(case.screen.name)

    def can_grab():
        status = other.screen().root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        other.ungrab_keyboard(X.CurrentTime)
        other.sync()
        return status == X.GrabSuccess
    assert can_grab()
    case.focus()
    case.enter_remote()
    wait_for("the keyboard to be held", lambda: not can_grab())
    case.leave_remote()
    wait_for("the keyboard to be free", can_grab)
    other.close()
    case.focus()


def title_follows_the_server(case):
    case.wait_title(r"^hotdesk: local — Scroll Lock twice, then 1 for lab3$")
    case.server.tell(event="switched", time=1, **{"from": 0}, from_name="local", number=1, name="lab3", why=None)
    case.wait_title(r"^hotdesk: lab3 \(active\)$")
    case.server.tell(event="refused", time=1, number=2, name="lab4", why="lab4 is offline: never connected")
    case.wait_title(r"^hotdesk: lab3 — lab4 is offline: never connected$")
    case.wait_title(r"^hotdesk: lab3 \(active\)$")
    case.server.tell(event="switched", time=1, **{"from": 1}, from_name="lab3", number=0, name="local", why=None)
    case.wait_title(r"^hotdesk: local — ")
    case.server.messages.clear()
    case.hand.tap(SCROLL_LOCK, SCROLL_LOCK)
    case.wait_title(r"^hotdesk: 1 lab3, 0 local$")
    case.hand.tap(19)
    case.server.wait(link.COMMAND)
    case.server.order(link.UNGRAB, b"\0")
    case.wait_title(r"^hotdesk: local — ")


def server_loss_is_told_and_mended(case):
    case.enter_remote()
    case.server.close()
    case.wait_title(r"^hotdesk: hotdesk-server ended the connection|^hotdesk: hotdesk-server is not running")
    case.wait_title(r"^hotdesk: hotdesk-server is not running$")
    case.server.messages.clear()
    case.server.open()
    case.server.wait(link.HELLO)
    case.wait_title(r"^hotdesk: local — ")
    case.hand.tap(38)
    case.enter_remote()
    case.hand.tap(39)
    wait_for("a key", lambda: case.server.keys() == [(31, 1), (31, 0)])
    case.leave_remote()


def a_refusal_to_be_the_source_is_told(case):
    case.server.close()
    case.server.input_answer = {"ok": False, "code": "busy", "error": "another window is the source"}
    case.server.open()
    case.wait_title(r"^hotdesk: another window is the source$")
    case.server.input_answer = {"ok": True}
    case.wait_title(r"^hotdesk: local — ")


def a_silent_server_ends_the_grab(case):
    case.enter_remote()
    case.server.answers = False
    fields = case.server.wait(link.UNGRABBED)[0][3]
    case.server.answers = True
    assert fields[0] == link.UNGRAB_SILENT, fields[0]


def it_sleeps_when_nothing_happens(case):
    def ticks():
        with open(f"/proc/{case.window.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    before = ticks()
    time.sleep(1)  # measured, not waited for
    assert ticks() - before <= 5, f"{ticks() - before} ticks of 10 ms in a second"


def closing_lifts_and_ends(case):
    case.enter_remote()
    case.hand.do("press 38")
    wait_for("the key", lambda: case.server.keys() == [(30, 1)])
    case.window.popen.terminate()
    status = case.window.wait()
    case.hand.do("release 38")
    assert status == 0, f"exit status {status}"
    wait_for("its up", lambda: case.server.keys() == [(30, 1), (30, 0)])
    assert case.count(link.UNGRABBED) >= 1


def other_key_codes_are_understood(case):
    """An X server whose key codes are not evdev's: SDL knows some such, here the old XFree86's."""
    case.screen.run("setxkbmap", "-keycodes", "xfree86")
    case.server.input = None
    case.server.messages.clear()
    case.start_window()
    case.side.wait_log("keys are SDL's scancodes")
    case.enter_remote()
    case.hand.do("key 38", "key 98", "key 10", "press 99", "release 99")  # A, Up, 1, Page Up
    wanted = [(code, value) for code in (30, 103, 2, 104) for value in (1, 0)]
    wait_for("all keys", lambda: len(case.server.keys()) >= len(wanted))
    assert case.server.keys() == wanted, case.server.keys()


def wrong_use_is_explained(case):
    program = case.desk.program("hotdesk-viewer")

    def run(*arguments, conf="", **env):
        with open(case.side.config_file, "w", encoding="utf-8") as file:
            file.write(conf)
        process = case.desk.start("hotdesk-viewer", [program, *arguments], env={**case.side.environment, **env})
        return process.wait(), process.text()
    status, text = run("--window", SDL_VIDEODRIVER="x11", DISPLAY=":nowhere")
    assert status == 1 and "DISPLAY" in text, (status, text)
    for arguments, conf, wanted in (((), "", "Usage"), (("--window", "more"), "", "Usage"),
                                    (("--check-config",), "leader = shift\n", "viewer.conf:1: leader: "),
                                    (("--window",), "\nlog-level = 7\n", "viewer.conf:2: log-level: "),
                                    (("--window", "--config", "/nowhere"), "", "/nowhere")):
        status, text = run(*arguments, conf=conf)
        assert status == 2 and wanted in text, (arguments, status, text)
    status, text = run("--print-config", conf="leader = right-ctrl\n")
    assert status == 0 and "\nleader = right-ctrl\n" in text, text


def main():
    tap = Tap()
    with Harness() as desk:
        case = Case(desk)
        for check in (local_sends_nothing, every_key_is_itself, repeats_are_left_out, pointer_buttons_and_wheel,
                      focus_loss_lifts_and_gives_back, panic_gives_back, orders_grab_and_give,
                      desktop_shortcuts_go_to_the_target_too, title_follows_the_server, server_loss_is_told_and_mended,
                      a_refusal_to_be_the_source_is_told, a_silent_server_ends_the_grab,
                      it_sleeps_when_nothing_happens, closing_lifts_and_ends,
                      other_key_codes_are_understood, wrong_use_is_explained):
            if sys.argv[1:] and not any(word in check.__name__ for word in sys.argv[1:]):
                continue
            if not tap.check(check.__name__.replace("_", " "), check, case):
                print("# " + case.side.log().strip().replace("\n", "\n# ")[-2000:])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
