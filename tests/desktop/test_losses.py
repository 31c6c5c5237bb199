#!/usr/bin/python3
"""No key stays down, whatever goes away in the middle: agent, server, source, or another client's grab of the X server."""

import signal
import sys

from chain import EVDEV_OFFSET, Chain, run_checks
from harness import Harness, Tap, monotonic_us, wait_for
from link import BTN_LEFT, EV_KEY
from Xlib import display as xlib_display

KEY_A, KEY_B, KEY_C, KEY_LEFTSHIFT, KEY_LEFTCTRL, KEY_DELETE = 30, 48, 46, 42, 29, 111
X_A, X_B, X_SHIFT, X_CTRL = (code + EVDEV_OFFSET for code in (KEY_A, KEY_B, KEY_LEFTSHIFT, KEY_LEFTCTRL))
LAB, DEN = "lab", "den"


def hold(chain, *codes):
    for code in codes:
        chain.link.key(code, True)


def an_agent_killed_with_keys_down_lifts_them_when_it_is_back(chain):
    lab = chain.targets[LAB]
    chain.switch(LAB)
    hold(chain, KEY_LEFTSHIFT, KEY_A, BTN_LEFT)
    lab.wait_down(X_SHIFT, X_A)
    wait_for("the button", lab.buttons_down)
    lab.machine.process.kill(signal.SIGKILL)
    wait_for("local to be active", lambda: chain.console.active_name() == "local", 3)
    wait_for("the target to be offline", lambda: chain.console.target(LAB)["state"] == "offline")
    assert lab.keys_down() == sorted((X_SHIFT, X_A)) and lab.buttons_down(), "the X server lifted them by itself?"
    lab.machine.start()
    lab.wait_quiet()
    chain.desk.wait_ready(chain.console, LAB)
    # What is still held at the console is spent.
    chain.switch(LAB)
    chain.link.key(KEY_B, True)
    lab.wait_down(X_B)
    for code in (KEY_B, KEY_A, BTN_LEFT, KEY_LEFTSHIFT):
        chain.link.key(code, False)
    lab.wait_quiet()


def an_agent_that_is_asked_to_end_lifts_first(chain):
    lab = chain.targets[LAB]
    for number in (signal.SIGTERM, signal.SIGINT):
        chain.switch(LAB)
        hold(chain, KEY_LEFTSHIFT, BTN_LEFT)
        lab.wait_down(X_SHIFT)
        lab.machine.process.kill(number)
        assert lab.is_quiet(), f"after signal {number} down are {lab.keys_down()}"
        lift(chain, KEY_LEFTSHIFT, BTN_LEFT)
        lab.machine.start()
        chain.desk.wait_ready(chain.console, LAB)


def lift(chain, *codes):
    for code in codes:
        chain.link.key(code, False)


def another_clients_grab_of_the_server_stops_no_key(chain):
    lab = chain.targets[LAB]
    chain.switch(LAB)
    grabber = xlib_display.Display(lab.display.name)
    eye, lab.eye = lab.eye, grabber  # no other client is served now
    try:
        grabber.grab_server()
        grabber.sync()
        hold(chain, KEY_LEFTSHIFT, KEY_A)
        lab.wait_down(X_SHIFT, X_A)
        lift(chain, KEY_A, KEY_LEFTSHIFT)
        lab.wait_quiet()
        hold(chain, KEY_B)
        lab.wait_down(X_B)
        chain.switch("local")
        lab.wait_quiet()
    finally:
        grabber.ungrab_server()
        grabber.sync()
        grabber.close()
        lab.eye = eye
        lift(chain, KEY_B)


def a_key_held_over_a_switch_goes_nowhere(chain):
    lab, den = chain.targets[LAB], chain.targets[DEN]
    chain.switch(LAB)
    hold(chain, KEY_LEFTSHIFT, KEY_A, BTN_LEFT)
    lab.wait_down(X_SHIFT, X_A)
    chain.switch(DEN)
    lab.wait_quiet()
    hold(chain, KEY_B)
    den.wait_down(X_B)
    assert not den.buttons_down()
    lift(chain, KEY_LEFTSHIFT, KEY_A, BTN_LEFT, KEY_B)
    den.wait_quiet()
    hold(chain, KEY_LEFTSHIFT)
    den.wait_down(X_SHIFT)
    lift(chain, KEY_LEFTSHIFT)
    den.wait_quiet()


def a_source_that_goes_lifts_all(chain):
    den = chain.targets[DEN]
    chain.switch(DEN)
    hold(chain, KEY_LEFTCTRL, KEY_B)
    den.wait_down(X_CTRL, X_B)
    chain.link.close()
    den.wait_quiet()
    assert chain.console.active_name() == "local"
    chain.connect_source("link")


def a_source_that_falls_silent_lifts_all(chain):
    den = chain.targets[DEN]
    chain.switch(DEN)
    hold(chain, KEY_LEFTCTRL)
    den.wait_down(X_CTRL)
    chain.link.answers_pings = False
    den.wait_quiet()
    wait_for("local to be active", lambda: chain.console.active_name() == "local")
    chain.link.answers_pings = True
    lift(chain, KEY_LEFTCTRL)


def a_server_killed_with_keys_down_lifts_all(chain):
    lab = chain.targets[LAB]
    chain.switch(LAB)
    hold(chain, KEY_LEFTSHIFT, BTN_LEFT)
    lab.wait_down(X_SHIFT)
    chain.console.process.kill(signal.SIGKILL)
    lab.wait_quiet()
    restart_server(chain)
    chain.switch(LAB)
    chain.link.tap(KEY_A)
    hold(chain, KEY_B)
    lab.wait_down(X_B)
    lift(chain, KEY_B)
    lab.wait_quiet()


def a_server_that_is_stopped_lifts_all(chain):
    """SIGSTOP: the connection stays, nothing comes; modifiers too go up in the end."""
    lab = chain.targets[LAB]
    chain.switch(LAB)
    hold(chain, KEY_LEFTSHIFT, KEY_DELETE)
    lab.wait_down(X_SHIFT, KEY_DELETE + EVDEV_OFFSET)
    chain.console.process.send_signal(signal.SIGSTOP)
    try:
        lab.wait_down(X_SHIFT, bound_s=3)  # Delete at once, before it has repeated for long
        lab.wait_quiet()
    finally:
        chain.console.process.send_signal(signal.SIGCONT)
    chain.console.process.kill(signal.SIGKILL)
    restart_server(chain)


def restart_server(chain):
    chain.link.close()
    chain.console.start()
    chain.connect_source("link")
    chain.desk.wait_ready(chain.console, LAB, DEN)


def a_forgotten_target_lifts_all(chain):
    den = chain.targets[DEN]
    chain.switch(DEN)
    hold(chain, KEY_LEFTSHIFT)
    den.wait_down(X_SHIFT)
    chain.console.command("forget", DEN)
    den.wait_quiet()
    assert chain.console.active_name() == "local"
    assert chain.console.target(DEN) is None


def an_old_report_is_not_typed(chain):
    """Nothing that was pressed more than a second ago is sent."""
    lab = chain.targets[LAB]
    chain.switch(LAB)
    ear = lab.display.keylog("--raw")
    chain.link.report((EV_KEY, KEY_C, 1), time_us=monotonic_us() - 5_000_000)
    wait_for("local to be active", lambda: chain.console.active_name() == "local")
    chain.desk.wait_ready(chain.console, LAB)
    chain.switch(LAB)
    chain.link.tap(KEY_A)
    ear.wait_keys([("press", X_A), ("release", X_A)])
    ear.stop()


def main():
    tap = Tap()
    with Harness() as desk:
        chain = Chain(desk, [LAB, DEN])
        run_checks(tap, chain, (an_agent_killed_with_keys_down_lifts_them_when_it_is_back,
                                an_agent_that_is_asked_to_end_lifts_first,
                                another_clients_grab_of_the_server_stops_no_key,
                                a_key_held_over_a_switch_goes_nowhere,
                                a_source_that_goes_lifts_all,
                                a_source_that_falls_silent_lifts_all,
                                an_old_report_is_not_typed,
                                a_server_killed_with_keys_down_lifts_all,
                                a_server_that_is_stopped_lifts_all,
                                a_forgotten_target_lifts_all))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
