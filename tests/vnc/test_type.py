#!/usr/bin/python3
"""VNC programs type on a target, where server.conf lets them: text of a real viewer, shortcuts, the mouse; all goes up
whatever ends it, and while the console has the target nobody else types there."""

import os
import signal
import struct
import sys

from lab import CONTROL_L, EVDEV_OFFSET, HEIGHT_PX, KEY_A, KEY_LEFTSHIFT, NAME, SHIFT_L, WIDTH_PX, Keys, Lab, Library, run_checks
from harness import Failed, Harness, Tap, wait_for
from link import Link
from rfb import Client, Ended

F1 = 0xffbe
TEXT = "Hello, World! 2+2=4 <a href=\"x\">{[~`|\\_^&*()@#$%]};:'?/.,- qwertzuiop QWERTY\r"


def text_of_a_real_viewer(lab):
    lab.terminal.mark()
    viewer = lab.viewer()
    viewer.display.run("xdotool", "windowfocus", "--sync", viewer.window)
    viewer.display.run("xdotool", "type", "--delay", "15", "--clearmodifiers", TEXT)
    lab.terminal.wait_text(TEXT, 20)
    lab.keys.wait()
    assert lab.console.active_name() == "local"
    viewer.stop()
    lab.wait_nobody()


def text_without_modifiers_of_its_own(lab):
    """As programs send it: only the characters."""
    lab.terminal.mark()
    client = Client(lab.path).enter()
    client.tap(*map(ord, TEXT.replace("\r", "")), 0xff0d)
    lab.terminal.wait_text(TEXT, 15)
    lab.keys.wait()
    client.close()


def text_and_the_mouse_of_libvncclient(lab):
    lab.terminal.mark()
    library = Library(lab, lab.path)
    library.tap(*map(ord, TEXT.replace("\r", "")), 0xff0d)
    lab.terminal.wait_text(TEXT, 15)
    library.tell("point 77 88 0", "point 77 88 1", f"key {SHIFT_L} 1")
    lab.keys.wait(KEY_LEFTSHIFT)
    lab.keys.wait_button(True)
    assert lab.display.pointer() == (77, 88), lab.display.pointer()
    library.process.kill()
    lab.keys.wait()
    lab.keys.wait_button(False)


def modifiers_of_its_own_stay(lab):
    client = Client(lab.path).enter()
    lab.terminal.mark()
    client.key(CONTROL_L, True)
    client.tap(ord("g"))
    client.key(CONTROL_L, False)
    client.key(SHIFT_L, True)
    client.tap(ord("a"), ord("A"), ord("/"))  # of these a, and / on this layout, are without
    client.key(SHIFT_L, False)
    lab.terminal.wait_text("\x07aA/")
    client.key(SHIFT_L, True)
    client.key(F1, True)
    lab.keys.wait(KEY_LEFTSHIFT, 59 + EVDEV_OFFSET)
    client.key(F1, False)
    client.key(SHIFT_L, False)
    lab.keys.wait()
    client.close()


def comes_as_it_is(lab, client, text):
    lab.terminal.mark()
    client.tap(*map(ord, text))
    wait_for("as many characters", lambda: len(lab.terminal.text()) == len(text))
    return lab.terminal.text() == text


def caps_lock_of_the_target_changes_nothing(lab):
    """Once the console has heard of it; several changes at once are told as one."""
    client = Client(lab.path).enter()
    for _ in range(2):
        lab.display.run("xdotool", "key", "Caps_Lock")
        wait_for("it to be known", lambda: comes_as_it_is(lab, client, "xXyY7"))
    assert lab.console.target(NAME)["locks"] == 0
    client.tap(0xffe5)
    assert comes_as_it_is(lab, client, "zZ")
    client.close()


def the_mouse(lab):
    client = Client(lab.path).enter()
    for place in ((0, 0), (WIDTH_PX - 1, HEIGHT_PX - 1), (123, 45), (9999, 50)):
        client.point(*place)
        wanted = min(place[0], WIDTH_PX - 1), place[1]
        try:
            wait_for("the pointer", lambda: lab.display.pointer() == wanted)
        except Failed as failure:
            raise Failed(f"{failure} at {wanted}: {lab.display.pointer()}") from None
    client.point(123, 45, 1)
    lab.keys.wait_button(True)
    client.close()
    lab.keys.wait_button(False)


def keys_go_up_when_a_client_goes(lab):
    client, other = Client(lab.path).enter(), Client(lab.path).enter()
    client.key(ord("a"), True)
    lab.keys.wait(KEY_A)
    other.key(SHIFT_L, True)
    lab.keys.wait(KEY_A, KEY_LEFTSHIFT)
    client.close()
    lab.keys.wait(KEY_LEFTSHIFT)
    other.close()
    lab.keys.wait()


def keys_go_up_when_a_client_goes_in_the_middle_of_an_update(lab):
    client, other = Client(lab.path).enter(), Client(lab.path).enter()
    client.key(ord("a"), True)
    client.point(5, 5, 1)
    lab.keys.wait(KEY_A)
    lab.keys.wait_button(True)
    client.ask()
    client.read(5000)
    client.key(SHIFT_L, True)
    client.send(struct.pack(">BB", 4, 0))  # the half of a key's up
    lab.keys.wait(KEY_A, KEY_LEFTSHIFT)
    client.close()
    lab.keys.wait()
    lab.keys.wait_button(False)
    other.wait_image(lab.screen.pixels)
    other.close()
    lab.wait_nobody()


def a_flood_of_keys_is_typed_to_the_last(lab):
    """However fast they come: the client waits, no key is dropped, and the link is not given up."""
    lab.terminal.mark()
    client = Client(lab.path).enter()
    text = "".join(chr(97 + at % 26) for at in range(3000))
    client.send(b"".join(struct.pack(">BBxxI", 4, down, ord(letter)) for letter in text for down in (1, 0)))
    lab.terminal.wait_text(text, 30)
    lab.keys.wait()
    client.close()
    lab.wait_nobody()


def keys_go_up_when_hotdesk_vnc_is_killed(lab):
    client = Client(lab.path).enter()
    client.key(ord("a"), True)
    lab.keys.wait(KEY_A)
    os.kill(lab.child(), signal.SIGKILL)
    lab.keys.wait()
    client.wait_end()
    lab.terminal.mark()
    client = Client(lab.path).enter()
    client.tap(ord("b"))
    lab.terminal.wait_text("b")
    assert lab.status()["faults"] == 1, lab.status()
    client.close()
    lab.wait_nobody()


def keys_go_up_when_hotdesk_vnc_hangs(lab):
    """Whatever a client did to it: no other one's key stays down with it."""
    client = Client(lab.path).enter()
    client.key(ord("a"), True)
    lab.keys.wait(KEY_A)
    os.kill(lab.child(), signal.SIGSTOP)
    lab.keys.wait()
    client.wait_end()
    lab.console.wait_log("hotdesk-vnc stopped, its clients are gone: it answered nothing any more")
    lab.terminal.mark()
    client = Client(lab.path).enter()
    client.tap(ord("b"))
    lab.terminal.wait_text("b")
    client.close()
    lab.wait_nobody()


def the_console_goes_before(lab):
    client = Client(lab.path).enter()
    client.key(ord("a"), True)
    lab.keys.wait(KEY_A)
    link = Link(lab.console)
    lab.console.ask("switch", target=NAME)
    link.wait_grabbed()
    lab.keys.wait()
    lab.terminal.mark()
    before = lab.status()["refused"]
    client.key(ord("a"), False)
    client.tap(ord("x"))
    wait_for("it to be told", lambda: lab.status()["refused"] >= before + 2)
    assert lab.status()["why"] == "the console uses it", lab.status()
    link.tap(48)
    lab.terminal.wait_text("b")
    lab.console.ask("switch", target="local")
    wait_for("the console to leave", lambda: lab.console.active_name() == "local")
    client.tap(ord("y"))
    lab.terminal.wait_text("by")
    link.close()
    client.close()


def it_is_left_after_a_while(lab):
    client = Client(lab.path).enter()
    client.tap(ord("a"))
    wait_for("it to be entered", lambda: lab.status()["types"])
    wait_for("it to be left", lambda: not lab.status()["types"], 20, 0.1)
    lab.terminal.mark()
    client.tap(ord("c"))
    lab.terminal.wait_text("c")
    client.close()
    lab.wait_nobody()


def without_control_nothing_is_typed(lab):
    with open(lab.console.config_file, "r+", encoding="utf-8") as file:
        conf = file.read().replace('vnc-control { "*" = "yes" }\n', "")
        file.seek(0)
        file.truncate()
        file.write(conf)
    client = Client(lab.path).enter()
    lab.console.command("reload")
    try:
        client.wait_end()  # its port is another now
    except Ended:
        pass
    client = Client(lab.path).enter()
    lab.terminal.mark()
    client.tap(ord("a"))
    client.point(5, 5, 1)
    client.ask()
    client.update()  # all before it was read
    assert not lab.status()["types"] and lab.terminal.text() == "" and not lab.keys.down()
    client.close()


def main():
    tap = Tap()
    with Harness() as desk:
        lab = Lab(desk, 'vnc-port { "*" = "unix" }\nvnc-control { "*" = "yes" }\n')
        lab.terminal = lab.display.terminal()
        lab.keys = Keys(lab)
        run_checks(tap, lab, (text_of_a_real_viewer, text_without_modifiers_of_its_own,
                              text_and_the_mouse_of_libvncclient, modifiers_of_its_own_stay,
                              caps_lock_of_the_target_changes_nothing, the_mouse, keys_go_up_when_a_client_goes,
                              keys_go_up_when_a_client_goes_in_the_middle_of_an_update,
                              a_flood_of_keys_is_typed_to_the_last,
                              keys_go_up_when_hotdesk_vnc_is_killed, keys_go_up_when_hotdesk_vnc_hangs,
                              the_console_goes_before, it_is_left_after_a_while, without_control_nothing_is_typed))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
