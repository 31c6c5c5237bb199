#!/usr/bin/python3
"""Two targets under one window: hotkeys in the middle of fast typing; what a target tells back: locks and screen size."""

import random
import re
import sys

from chain import Chain, run_checks
from harness import (BACKSPACE, CAPS_LOCK, ENTER, ESCAPE, KEYCODES, NUM_LOCK, SCROLL_LOCK, Harness, Tap, difference,
                     text_commands, wait_for)

LEFT, RIGHT = "left", "right"
LOCK_NUM, LOCK_CAPS = 1, 2  # enum message_lock
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = 120
SEED = 20240607


def every_key_arrives_once_in_the_right_place(chain):
    """Words without a pause between them and the hotkeys, at full speed; all of it is compared, event by event."""
    chance = random.Random(SEED)
    numbers = {name: str(chain.number(name)) for name in (LEFT, RIGHT)}
    wanted = {LEFT: [], RIGHT: []}
    texts = {LEFT: "", RIGHT: ""}
    commands = []
    where = None
    for _ in range(WORDS):
        where = RIGHT if where == LEFT else LEFT
        commands += [f"key {SCROLL_LOCK}", f"key {SCROLL_LOCK}", f"key {KEYCODES[numbers[where]]}"]
        word = "".join(chance.choices(LETTERS, k=chance.randint(1, 12))) + " "
        commands += text_commands(word)
        texts[where] += word
        wanted[where] += [(way, KEYCODES[letter]) for letter in word for way in ("press", "release")]
    for target in chain.targets.values():
        target.ear.mark()
        target.terminal.mark()
    typist = chain.screen.typist("--rate", "1000")
    typist.do(*commands, bound_s=60)
    typist.stop()
    for name, target in chain.targets.items():
        target.ear.wait_keys(wanted[name], bound_s=30)
        target.terminal.wait_text(texts[name])


def rolled_over_keys_stay_where_they_were_pressed(chain):
    """Fast hands: the last letter is still down when the leader begins, the digit when the next word does."""
    for target in chain.targets.values():
        target.ear.mark()
    a, b, c = (KEYCODES[letter] for letter in "abc")
    left, right = (KEYCODES[str(chain.number(name))] for name in (LEFT, RIGHT))
    chain.hand.do(f"key {SCROLL_LOCK}", f"key {SCROLL_LOCK}", f"key {left}", f"press {a}",
                  f"press {SCROLL_LOCK}", f"release {SCROLL_LOCK}", f"press {SCROLL_LOCK}", f"release {a}",
                  f"release {SCROLL_LOCK}", f"press {right}", f"press {b}", f"release {right}", f"release {b}",
                  f"key {c}")
    chain.targets[RIGHT].ear.wait_keys([(way, code) for code in (b, c) for way in ("press", "release")])
    chain.targets[LEFT].ear.wait_keys([("press", a), ("release", a)])
    for target in chain.targets.values():
        target.wait_quiet()


def a_single_tap_of_the_leader_belongs_to_the_target(chain):
    right = chain.targets[RIGHT]
    chain.switch(RIGHT)
    right.ear.mark()
    chain.hand.do(f"key {SCROLL_LOCK}", f"key {KEYCODES['a']}", f"key {SCROLL_LOCK}", f"key {KEYCODES['b']}")
    right.ear.wait_keys([(way, code) for code in (SCROLL_LOCK, KEYCODES["a"], SCROLL_LOCK, KEYCODES["b"])
                         for way in ("press", "release")])
    right.ear.mark()
    chain.hand.do(f"key {SCROLL_LOCK}")
    right.ear.wait_keys([("press", SCROLL_LOCK), ("release", SCROLL_LOCK)])  # when no second one comes


def hotkeys_choose(chain):
    leader = [f"key {SCROLL_LOCK}"] * 2
    keypad = {1: 87, 2: 88, 0: 90}
    left, right = chain.number(LEFT), chain.number(RIGHT)
    for keycode, name in ((keypad[left], LEFT), (keypad[right], RIGHT), (22, LEFT), (114, RIGHT), (23, LEFT),
                          (113, RIGHT), (ESCAPE, "local"), (22, RIGHT), (keypad[0], "local"), (22, RIGHT),
                          (KEYCODES["0"], "local"), (22, RIGHT), (SCROLL_LOCK, "local")):
        chain.hand.do(*leader, f"key {keycode}")
        wait_for(f"{name} by key {keycode}", lambda: chain.console.active_name() == name)


def a_target_that_is_not_there_is_refused(chain):
    chain.switch(LEFT)
    left = chain.targets[LEFT]
    left.ear.mark()
    events = chain.console.watch()
    chain.hand.do(f"key {SCROLL_LOCK}", f"key {SCROLL_LOCK}", f"key {KEYCODES['7']}", *text_commands("lost"))
    event = events.wait_event("refused")
    events.close()
    assert event["number"] == 7 and "7" in event["why"], event
    assert chain.console.active_name() == LEFT
    # Meant for another computer: swallowed for a while. Then keys are the target's again.
    def typed_again():
        chain.hand.tap(KEYCODES["z"])
        return any(code == KEYCODES["z"] for _, code in left.ear.keys())
    wait_for("keys to pass again", typed_again, 10, 0.1)
    codes = {code for _, code in left.ear.keys()}
    assert codes == {KEYCODES["z"]}, f"keys of a refused switch reached {LEFT}: {codes}"


def panic_brings_the_keyboard_home(chain):
    chain.switch(RIGHT)
    right = chain.targets[RIGHT]
    right.ear.mark()
    chain.hand.do(f"press {KEYCODES['a']}", f"press {ESCAPE}", f"press {BACKSPACE}", f"press {ENTER}")
    wait_for("local", lambda: chain.console.active_name() == "local")
    # The log tells of them a little after the X server does.
    wait_for("the releases in the log", lambda: {KEYCODES["a"], ESCAPE, BACKSPACE} <= {
        code for word, code in right.ear.keys() if word == "release"})
    right.wait_quiet()
    right.ear.mark()
    chain.hand.do(*(f"release {code}" for code in (ENTER, BACKSPACE, ESCAPE, KEYCODES["a"])), *text_commands("home"))
    # By hotkey: it comes after the text, which a slow window may not have read yet.
    chain.hand.do(f"key {SCROLL_LOCK}", f"key {SCROLL_LOCK}", f"key {KEYCODES[str(chain.number(RIGHT))]}")
    wait_for(RIGHT, lambda: chain.console.active_name() == RIGHT)
    chain.hand.tap(KEYCODES["z"])
    right.ear.wait_keys([("press", KEYCODES["z"]), ("release", KEYCODES["z"])])


def locks_come_back(chain):
    left, right = chain.targets[LEFT], chain.targets[RIGHT]
    chain.switch(LEFT)

    def locks(name):
        return chain.console.target(name)["locks"]
    assert locks(LEFT) == 0, locks(LEFT)
    chain.hand.tap(CAPS_LOCK)
    wait_for("Caps Lock of the left one", lambda: locks(LEFT) == LOCK_CAPS)
    assert left.locks() and not right.locks()
    chain.hand.tap(NUM_LOCK)
    wait_for("Num Lock too", lambda: locks(LEFT) == LOCK_CAPS | LOCK_NUM)
    chain.switch(RIGHT)
    assert locks(RIGHT) == 0 and not right.locks()
    # Changed there, by its own keyboard.
    left.reset_locks()
    wait_for("the left one's locks off", lambda: locks(LEFT) == 0)


def the_source_gets_the_active_targets_locks(chain):
    """LINK_LEDS: on enter, on change, and of nobody else."""
    one, two = chain.targets.values()
    chain.switch(one.name)
    chain.link.tap(58)
    wait_for("Caps Lock", lambda: chain.link.locks == LOCK_CAPS)
    chain.switch(two.name)
    wait_for("the other one's locks", lambda: chain.link.locks == 0)
    chain.switch(one.name)
    wait_for("Caps Lock again", lambda: chain.link.locks == LOCK_CAPS)
    one.reset_locks()
    wait_for("no lock", lambda: chain.link.locks == 0)


def a_resized_screen_is_told(chain):
    target = next(iter(chain.targets.values()))

    def size():
        status = chain.console.target(target.name)
        return status["width_px"], status["height_px"]
    wait_for("the size", lambda: size() == (1280, 800))
    modes = re.findall(r"^\s+(\d+)x(\d+)", target.display.run("xrandr"), re.MULTILINE)
    assert ("1024", "768") in modes, modes
    target.display.run("xrandr", "-s", "1024x768")
    wait_for("the new size", lambda: size() == (1024, 768))
    monitors = chain.console.target(target.name)["monitors"]
    assert [(one["width_px"], one["height_px"]) for one in monitors] == [(1024, 768)], monitors
    # Positions follow: the far corner is the new one.
    chain.switch(target.name)
    chain.link.motion(1023, 767, 1024, 768)
    wait_for("the pointer in the new corner", lambda: target.display.pointer_is_near(1023, 767))
    target.display.run("xrandr", "-s", "1280x800")
    wait_for("the old size", lambda: size() == (1280, 800))
    chain.link.motion(1279, 799, 1280, 800)
    wait_for("the pointer in the old corner", lambda: target.display.pointer_is_near(1279, 799))


def the_window_may_be_resized(chain):
    target = chain.targets[LEFT]
    chain.switch(LEFT)
    window = chain.screen.run("xdotool", "search", "--onlyvisible", "--class", "hotdesk-viewer").split()[0]
    chain.screen.run("xdotool", "windowmove", window, "0", "0")
    chain.screen.run("xdotool", "windowsize", "--sync", window, "640", "400")

    def at_end():
        chain.hand.do("move 630 390", "move 639 399")
        return target.display.pointer_is_near(1279, 799)
    wait_for("the smaller window to span the whole screen", at_end, 10, 0.1)


def main():
    tap = Tap()
    with Harness() as desk:
        chain = Chain(desk, [LEFT, RIGHT], source="window")
        for target in chain.targets.values():
            target.terminal = target.display.terminal()
            target.ear = target.display.keylog("--raw")
        run_checks(tap, chain, (every_key_arrives_once_in_the_right_place,
                                rolled_over_keys_stay_where_they_were_pressed,
                                a_single_tap_of_the_leader_belongs_to_the_target, hotkeys_choose,
                                a_target_that_is_not_there_is_refused, panic_brings_the_keyboard_home,
                                locks_come_back, the_window_may_be_resized))
    with Harness() as desk:
        chain = Chain(desk, ["vnc1", "vnc2"], kind="tigervnc")
        run_checks(tap, chain, (the_source_gets_the_active_targets_locks, a_resized_screen_is_told))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
