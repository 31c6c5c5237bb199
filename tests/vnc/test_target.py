#!/usr/bin/python3
"""What becomes of VNC clients when their target does not go on: it is paused, its owner takes rights away, its link is
cut or stalls, its agent is killed, the server is, it is given another number or name, it is forgotten. Nothing stays
down there, what is typed meanwhile is never typed later, clients see a dark field or their end, and `hotdesk vnc` tells
which."""

import os
import signal
import sys

from lab import KEY_A, KEY_LEFTSHIFT, NAME, SHIFT_L, Keys, Lab, run_checks
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../pair"))
from harness import Failed, Harness, Tap, wait_for
from proxy import Proxy
from rfb import Client

CONF = 'vnc-port { "*" = "unix" }\nvnc-control { "*" = "yes" }\n'
PAUSED = "paused at the target"
NO_TYPING, NO_LOOK = "its owner does not let this console type", "its owner does not let this console see it"


class Target(Lab):
    def __init__(self, desk):
        self.proxy = None
        super().__init__(desk, CONF, self.make_proxy)
        self.keys = Keys(self)
        self.terminal = self.display.terminal()
        self.display.run("xset", "r", "off")  # what is typed is then what was sent
        self.client = self.watcher = None

    def make_proxy(self, port):
        self.proxy = Proxy("127.0.0.1", port)
        return self.proxy.port

    def agent(self, *words):
        return self.desk.run(self.desk.program("hotdesk-agent"), *words, env=self.machine.environment)

    def set_rights(self, conf):
        with open(self.machine.config_file, "w", encoding="utf-8") as file:
            file.write(conf)
        self.machine.process.send_signal(signal.SIGHUP)

    def come(self):
        """One who types, and one who only looks."""
        self.client, self.watcher = (Client(self.path).enter() for _ in range(2))
        self.watcher.wait_image(self.screen.pixels)

    def hold(self):
        self.terminal.mark()
        self.client.key(ord("a"), True)
        self.client.key(SHIFT_L, True)
        self.client.point(5, 5, 1)
        self.keys.wait(KEY_A, KEY_LEFTSHIFT)
        self.keys.wait_button(True)
        self.terminal.wait_text("a")
        self.terminal.mark()

    def wait_up(self):
        self.keys.wait()
        self.keys.wait_button(False)

    def wait_refused(self, why):
        """What the client types now is dropped, and that is told."""
        before = self.status()["refused"]
        self.client.tap(ord("x"))
        wait_for("it to be refused", lambda: self.status()["refused"] > before)
        told = self.console.command("vnc")
        if self.status()["why"] != why or f"times not: {why}" not in told or "somebody does" in told:
            raise Failed(f"{self.status()['why']}: {told}")

    def wait_told(self, shown):
        """The table of who is connected, and what they see."""
        number = self.console.target(NAME)["number"]
        wanted = f"{number} {NAME}: no screen: {shown}" if shown else f"{number} {NAME}"

        def is_told():
            lines = self.console.command("vnc").splitlines()
            return lines[0].strip() == wanted and sum("looks, for" in line for line in lines) == 2
        try:
            wait_for(wanted, is_told, 15)
        except Failed as failure:
            raise Failed(f"{failure}: {self.console.command('vnc')}") from None

    def wait_goes_on(self, holds=True):
        """Both are still there; what was held has to be pressed again, and what was refused is not typed."""
        self.desk.wait_ready(self.console, NAME)
        self.watcher.wait_image(self.screen.pixels)
        self.wait_told("")
        if holds:
            for key in (ord("a"), SHIFT_L):
                self.client.key(key, True)  # as keys that repeat
                self.client.key(key, False)
            self.client.point(6, 6, 0)
        self.client.tap(ord("b"))
        self.terminal.wait_text("b")
        self.wait_up()

    def go(self):
        for one in (self.client, self.watcher):
            one.close()
        self.wait_nobody()


def paused(lab):
    lab.come()
    lab.hold()
    lab.agent("pause")
    assert not lab.keys.down() and not lab.keys.button_is_down(), "down when the command ended"
    lab.watcher.wait_dark()
    lab.wait_refused(PAUSED)
    lab.wait_told(PAUSED)
    lab.agent("resume")
    lab.wait_goes_on()
    lab.go()


def the_right_to_type_is_taken_away(lab):
    lab.come()
    lab.hold()
    lab.set_rights('rights { "*" = "view" }\n')
    lab.wait_up()
    wait_for("it not to be ready", lambda: lab.console.target(NAME)["state"] == "not ready")
    lab.wait_refused(NO_TYPING)
    lab.screen.fill(0x135724, 600, 380, 9, 9)
    lab.watcher.wait_image(lab.screen.pixels)
    lab.set_rights("")
    lab.wait_goes_on()


def the_right_to_look_is_taken_away(lab):
    """Nor may it point then: a place is one of the picture."""
    lab.terminal.mark()
    lab.set_rights('rights { "*" = "input" }\n')
    lab.watcher.wait_dark()
    lab.wait_told(NO_LOOK)
    before = lab.display.pointer()
    lab.client.point(300, 300)
    lab.client.tap(ord("a"))
    lab.terminal.wait_text("a")
    assert lab.display.pointer() == before
    lab.terminal.mark()
    lab.set_rights("")
    lab.wait_goes_on(holds=False)


def the_link_is_cut(lab):
    lab.hold()
    lab.proxy.refuse()
    lab.proxy.cut(reset=True)
    lab.wait_up()
    lab.watcher.wait_dark()
    lab.wait_refused(lab.console.target(NAME)["reason"])
    lab.wait_told("its agent is not connected")
    lab.proxy.refuse(False)
    lab.wait_goes_on()


def the_link_stalls(lab):
    """The agent lifts all by itself; the server gives the link up, and nothing of it comes later."""
    lab.hold()
    lab.proxy.stall("both")
    lab.client.tap(ord("x"))
    lab.wait_up()
    lab.proxy.newest().go("both")
    wait_for("it to be offline", lambda: lab.console.target(NAME)["state"] == "offline", 15)
    lab.watcher.wait_dark()
    lab.proxy.cut()
    lab.proxy.go("both")
    lab.wait_goes_on()


def the_agent_is_killed(lab):
    lab.hold()
    lab.machine.process.kill()
    lab.watcher.wait_dark()
    lab.machine.start()
    lab.wait_up()
    lab.wait_goes_on()


def the_server_is_killed(lab):
    lab.hold()
    child = lab.child()
    lab.console.process.kill()
    lab.client.wait_end()
    lab.watcher.wait_end()
    wait_for("hotdesk-vnc to end", lambda: not os.path.exists(f"/proc/{child}"))
    lab.wait_up()


def who_comes_while_nothing_is_shown(lab):
    lab.machine.process.stop()
    lab.agent("pause")
    lab.console.start()
    lab.machine.start()
    wait_for("the port", lambda: not lab.status()["problem"])  # and all of the server goes
    lab.client, lab.watcher = (Client(lab.path).enter() for _ in range(2))  # they are let in after a while
    lab.watcher.wait_dark()
    lab.wait_told(PAUSED)
    lab.agent("resume")
    lab.wait_goes_on(holds=False)


def it_is_given_another_number(lab):
    """What clients see and hold goes on."""
    lab.hold()
    lab.console.command("order", NAME, "7")
    lab.screen.fill(0x2468ac, 610, 380, 9, 9)
    lab.watcher.wait_image(lab.screen.pixels)
    lab.keys.wait(KEY_A, KEY_LEFTSHIFT)
    lab.client.point(9, 9, 0)
    lab.client.key(ord("a"), False)
    lab.client.key(SHIFT_L, False)
    lab.wait_up()
    lab.wait_goes_on(holds=False)


def it_is_renamed(lab):
    """Its port has another name then: the old one ends."""
    lab.hold()
    lab.console.command("rename", NAME, "shed")
    lab.client.wait_end()
    lab.watcher.wait_end()
    lab.wait_up()
    assert not os.path.exists(lab.path) and lab.console.target("shed")["vnc"]["clients"] == []
    lab.console.command("rename", "shed", NAME)
    lab.come()


def it_is_forgotten(lab):
    lab.hold()
    child = lab.child()
    lab.console.command("forget", NAME)
    lab.client.wait_end()
    lab.watcher.wait_end()
    lab.wait_up()
    wait_for("hotdesk-vnc to end", lambda: not os.path.exists(f"/proc/{child}"))
    assert not os.path.exists(lab.path)
    assert "no target has a VNC port" in lab.console.command("vnc"), lab.console.command("vnc")
    lab.machine.process.stop()
    lab.desk.pair(lab.console, lab.machine)
    lab.desk.wait_ready(lab.console, NAME)
    lab.come()
    lab.go()


def main():
    tap = Tap()
    with Harness() as desk:
        lab = Target(desk)
        run_checks(tap, lab, (paused, the_right_to_type_is_taken_away, the_right_to_look_is_taken_away, the_link_is_cut,
                              the_link_stalls, the_agent_is_killed, the_server_is_killed,
                              who_comes_while_nothing_is_shown, it_is_given_another_number, it_is_renamed,
                              it_is_forgotten))
        lab.proxy.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
