#!/usr/bin/python3
"""Keys, buttons, wheel and pointer through the whole line, from a window or a source in Python to real programs."""

import sys

from chain import EVDEV_OFFSET, Chain, run_checks
from harness import (ALTGR, CAPS_LOCK, CTRL, ENTER, KEYCODES, SHIFT, Harness, Tap, difference, text_commands,
                     wait_for)
from link import BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, EV_REL, REL_HWHEEL_HI_RES, REL_WHEEL_HI_RES

PRINTABLE = "".join(map(chr, range(32, 127)))
CODES = range(1, 248)
# What Xvfb keeps for itself: XF86Next_VMode and XF86Prev_VMode would change the video mode.
KEPT_BY_X = (241, 242)
KEY_SCROLLLOCK = 70
# What a source keeps to the console: power, sleep, radio, brightness.
OWN_KEYS = (116, 142, 143, 205, 224, 225, 227, 228, 229, 230, 237, 238, 239, 241, 242, 243, 244, 245, 246, 247)
MANY_KEYS = 10000
MANY_RATE = 2500  # reports a second that are asked for
MANY_RATE_MIN = 2000  # and must be reached
TARGET = "lab"


def all_printable_keys(chain):
    terminal = chain.targets[TARGET].terminal
    terminal.mark()
    chain.hand.type(PRINTABLE)
    terminal.wait_text(PRINTABLE)


def chords(chain):
    terminal = chain.targets[TARGET].terminal
    terminal.mark()
    c, d, a = KEYCODES["c"], KEYCODES["d"], KEYCODES["a"]
    chain.hand.do(f"press {CTRL}", f"key {c}", f"key {d}", f"release {CTRL}",
                  f"press {SHIFT}", f"key {a}", f"release {SHIFT}", f"key {a}", f"key {ENTER}")
    terminal.wait_text("\x03\x04Aa\r")


def the_layout_is_the_targets(chain):
    """The console's is us, the target's German: y and z change places, AltGr+Q is @. The same keys go over."""
    target = chain.targets[TARGET]
    target.display.run("setxkbmap", "-layout", "de")
    try:
        target.terminal.mark()
        chain.hand.do(f"press {ALTGR}", f"key {KEYCODES['q']}", f"release {ALTGR}", f"key {KEYCODES['y']}",
                      f"press {SHIFT}", f"key {KEYCODES['7']}", f"release {SHIFT}")
        target.terminal.wait_text("@z/")
    finally:
        target.display.run("setxkbmap", "-layout", "us")


def caps_lock_is_the_targets(chain):
    terminal = chain.targets[TARGET].terminal
    terminal.mark()
    chain.hand.do(f"key {CAPS_LOCK}", *text_commands("ab"), f"key {CAPS_LOCK}", *text_commands("cd"))
    terminal.wait_text("ABcd")


def buttons_wheel_and_pointer(chain):
    target = chain.targets[TARGET]
    log = target.display.keylog()
    chain.hand.do("move 10 10", "move 320 300")
    wait_for("the pointer", lambda: target.display.pointer_is_near(427, 400, 2))
    log.mark()
    buttons = (1, 2, 3, 8, 9, 4, 5, 6, 7)
    chain.hand.do(*(f"button {button} {way}" for button in buttons for way in ("down", "up")))
    wanted = [(str(button), way) for button in buttons for way in ("down", "up")]

    def heard():
        return [(event[1], event[2]) for event in log.events() if event[0] == "button"]
    wait_for("all buttons", lambda: len(heard()) >= len(wanted))
    log.stop()
    target.terminal.focus()
    assert heard() == wanted, difference(wanted, heard())


def a_drag_keeps_its_order(chain):
    target = chain.targets[TARGET]
    log = target.display.keylog()
    log.mark()
    chain.hand.do("move 100 100", "button 1 down", *(f"move {x} 100" for x in range(101, 300)), "button 1 up",
                  "move 500 500")
    wait_for("the end of the drag", lambda: target.display.pointer_is_near(667, 667, 2))
    log.stop()
    target.terminal.focus()
    words = [event[0] if event[0] != "button" else event[2] for event in log.events()]
    down, up = words.index("down"), words.index("up")
    place = [event for event in log.events()[:down] if event[0] == "motion"][-1]
    assert abs(int(place[1]) - 133) <= 2, f"pressed at {place}"
    place = [event for event in log.events()[:up] if event[0] == "motion"][-1]
    assert abs(int(place[1]) - 399) <= 2, f"released at {place}"


def every_key_code_from_the_window(chain):
    """All but the leader, and what belongs to the console."""
    codes = [code for code in CODES if code not in (*OWN_KEYS, KEY_SCROLLLOCK)]
    compare_codes(chain, codes, lambda: chain.hand.do(
        *(f"key {code + EVDEV_OFFSET}" for code in codes), bound_s=30))


def ten_thousand_keys(chain):
    """At no less than 2,000 reports a second, compared event by event and in the program's text."""
    target = chain.targets[TARGET]
    letters = "etaoin shrdlu" * (MANY_KEYS // 13 + 1)
    text = letters[:MANY_KEYS]
    target.terminal.mark()
    target.ear.mark()
    typist = chain.screen.typist("--times", "--rate", str(MANY_RATE))
    typist.do(*(f"key {KEYCODES[letter]}" for letter in text), bound_s=60)
    typist.stop()
    sent = [line.split() for line in typist.process.text().splitlines() if not line.startswith("synced")]
    seconds = (int(sent[-1][2]) - int(sent[0][2])) / 1e6
    rate = len(sent) / seconds
    print(f"# {len(sent)} reports sent in {seconds:.2f} s: {rate:.0f} a second")
    assert len(sent) == 2 * MANY_KEYS and rate >= MANY_RATE_MIN, f"{rate:.0f} reports a second"
    target.ear.wait_keys([(word, int(code)) for word, code, _ in sent], bound_s=30)
    target.terminal.wait_text(text, bound_s=30)


def every_key_code_from_a_source(chain):
    codes = [code for code in CODES if code not in KEPT_BY_X]
    compare_codes(chain, codes, lambda: chain.link.tap(*codes))


def compare_codes(chain, codes, type_them):
    target = chain.targets[TARGET]
    log = target.display.keylog()
    log.mark()
    type_them()
    try:
        log.wait_keys([(word, code + EVDEV_OFFSET) for code in codes for word in ("press", "release")], 30)
    finally:
        log.stop()
        # Locks that this has set: off again.
        target.display.run("setxkbmap", "-layout", "us")
        target.reset_locks()


def codes_that_x_cannot_carry_are_counted(chain):
    before = chain.console.target(TARGET)["unsendable_keys"]
    chain.link.tap(248, 0x160, 0x1d0, 30)
    wait_for("three unsendable keys", lambda: chain.console.target(TARGET)["unsendable_keys"] == before + 3)
    assert chain.console.target(TARGET)["state"] == "ready"


def parts_of_a_notch_add_up(chain):
    target = chain.targets[TARGET]
    log = target.display.keylog()
    log.mark()
    for _ in range(8):
        chain.link.report((EV_REL, REL_WHEEL_HI_RES, 30))
    chain.link.report((EV_REL, REL_HWHEEL_HI_RES, -240))
    for button in (BTN_LEFT, BTN_RIGHT, BTN_MIDDLE):
        chain.link.tap(button)

    def heard():
        return [(int(event[1]), event[2]) for event in log.events() if event[0] == "button"]
    wanted = [(button, way) for button in (4, 4, 6, 6, 1, 3, 2) for way in ("down", "up")]
    wait_for("wheel and buttons", lambda: len(heard()) >= len(wanted))
    log.stop()
    assert heard() == wanted, difference(wanted, heard())


def main():
    tap = Tap()
    with Harness() as desk:
        chain = Chain(desk, [TARGET], source="window")
        target = chain.targets[TARGET]
        target.terminal = target.display.terminal()
        target.ear = target.display.keylog("--raw")
        chain.switch(TARGET)
        run_checks(tap, chain, (all_printable_keys, chords, the_layout_is_the_targets, caps_lock_is_the_targets,
                                buttons_wheel_and_pointer, a_drag_keeps_its_order, ten_thousand_keys,
                                every_key_code_from_the_window))
    with Harness() as desk:
        chain = Chain(desk, [TARGET], source="link")
        chain.switch(TARGET)
        run_checks(tap, chain, (every_key_code_from_a_source, codes_that_x_cannot_carry_are_counted,
                                parts_of_a_notch_add_up))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
