"""The contestants of `./dev bench screen`: what stands between the target's display and the console's."""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import wait_for  # noqa: E402

WIDTH_PX, HEIGHT_PX = 1920, 1080


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Contestant:
    """Two displays, and the programs between them. `from_name` and `to_name` are theirs."""

    name = ""

    def __init__(self, desk):
        self.desk = desk
        self.processes = []
        self.console = desk.display(WIDTH_PX, HEIGHT_PX)
        self.target = self.make_target()
        self.connect()

    def make_target(self):
        return self.desk.display(WIDTH_PX, HEIGHT_PX)

    def connect(self):
        raise NotImplementedError

    def start(self, display, name, *argv):
        process = display.start(name, list(argv))
        self.processes.append(process)
        return process

    def watch(self, port):
        """Full screen, as its user would, with its defaults."""
        wait_for(f"{self.name} to listen", lambda: answers(port), 20)
        self.start(self.console, "xtigervncviewer", "xtigervncviewer", "-FullScreen", "-RemoteResize=0",
                   "-SecurityTypes=None", f"127.0.0.1::{port}")

    def stop(self):
        for process in reversed(self.processes):
            process.stop()
        for display in (self.target, self.console):
            display.process.stop()


class X0vncserver(Contestant):
    name = "x0vncserver"

    def connect(self):
        port = free_port()
        self.start(self.target, self.name, "x0vncserver", "-display", self.target.name, "-SecurityTypes", "None",
                   "-rfbport", str(port), "-localhost")
        self.watch(port)


class Xtigervnc(Contestant):
    """The target's X server is the VNC server itself."""

    name = "Xtigervnc"

    def make_target(self):
        self.port = free_port()
        return self.desk.display(WIDTH_PX, HEIGHT_PX, kind="tigervnc",
                                 options=("-rfbport", str(self.port), "-localhost"))

    def connect(self):
        self.watch(self.port)


class X11vnc(Contestant):
    name = "x11vnc"

    def connect(self):
        port = free_port()
        self.start(self.target, self.name, "x11vnc", "-display", self.target.name, "-rfbport", str(port), "-localhost",
                   "-nopw", "-forever", "-quiet")
        self.watch(port)


class Hotdesk(Contestant):
    """The whole line: agent, TLS, server, decoder, full-screen viewer."""

    name = "hotdesk"

    def connect(self):
        number = len(self.desk.processes)
        server = self.desk.console(name=f"console{number}")
        machine = self.desk.machine(f"lab{number}", display=self.target)
        self.desk.pair(server, machine, "lab")
        self.desk.wait_ready(server, "lab")
        viewer = self.desk.start("hotdesk-viewer", [self.desk.program("hotdesk-viewer"), "--screen"],
                                 env={**server.environment, **self.console.environment(), "SDL_VIDEODRIVER": "x11"})
        self.processes += [server.process, machine.process, viewer]
        server.command("switch", "lab")


ALL = {one.name: one for one in (Hotdesk, X0vncserver, Xtigervnc, X11vnc)}
