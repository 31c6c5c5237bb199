#!/usr/bin/python3
"""`hotdesk send` and `hotdesk type`: a script's keys and texts on a target that is not the active one, or is. A real
server, and agents with the injector `record`, which has an American keyboard."""

import os
import re
import signal
import subprocess
import sys

from world import TARGET, World, run_in_parallel
from harness import Failed, Harness, Tap, wait_for
from peer import Peer, agents_context, hello, state

CTRL, ALT, DELETE, KEY_A, ENTER, SHIFT = 29, 56, 111, 30, 28, 42
REFUSED, USAGE = 1, 2
SECRET = "ForNoLog"


def hotdesk(world, *words, code=0, text=None):
    """What it says."""
    process = world.start(*words, text=text)
    status = process.wait(20)
    if status != code:
        raise Failed(f"hotdesk {' '.join(words)}: exit {status}, not {code}: {process.text()}")
    return process.text()


class Script(World):
    def start(self, *words, text=None):
        more = {} if text is None else {"stdin": subprocess.PIPE}
        process = self.desk.start("hotdesk", [self.desk.program("hotdesk"), *words], env=self.console.environment, **more)
        if text is not None:
            process.popen.stdin.write(text if isinstance(text, bytes) else text.encode())
            process.popen.stdin.close()
        return process


def taps(*codes):
    return [f"key {code} {value}" for code in codes for value in (1, 0)]


def expect(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def keys_reach_a_target_that_is_not_active(world):
    """Each combination goes down and up again; the console's keyboard stays where it is."""
    world.record.mark()
    hotdesk(world, "send", TARGET, "ctrl-alt-del", "a", "Enter")
    expect("what came", world.record.lines(),
           ["key 29 1", "key 56 1", "key 111 1", "key 111 0", "key 56 0", "key 29 0", *taps(KEY_A, ENTER)])
    expect("active", world.console.active_name(), "local")


def names_that_are_none(world):
    """All are read before the first is pressed."""
    world.record.mark()
    for words, near in ((("a", "ctrl-alt-dle"), "no key 'dle'; near it: Del"), (("pagedwn",), "near it: PageDown"),
                        (("scroll",), "near it: ScrollLock"), (("qqqq",), "hotdesk help send"), (("ctrl-",), "missing"),
                        (("a-b-a",), "'a' is there twice"), (("a+b+c+d+e+f+g+h+i",), "more than 8 keys")):
        said = hotdesk(world, "send", TARGET, *words, code=USAGE)
        if near not in said:
            raise Failed(f"{words}: {said}")
    hotdesk(world, "send", TARGET, code=USAGE)
    if "there is: lab" not in hotdesk(world, "send", "nobody", "a", code=REFUSED):
        raise Failed("which targets there are is not said")
    expect("what came", world.record.lines(), [])


def the_active_target_is_a_persons_too(world):
    """His keys go on as ever; while one is down a script's wait, and for two seconds at most."""
    world.switch()
    world.record.mark()
    hotdesk(world, "send", TARGET, "a")
    world.wait_typed((KEY_A,))
    world.press(SHIFT)
    world.record.mark()
    sends = world.start("send", TARGET, "a")
    world.link.key(KEY_A + 1, True)
    world.link.key(KEY_A + 1, False)
    wait_for("his key", lambda: len(world.record.keys()) == 2)
    world.link.key(SHIFT, False)
    expect("exit", sends.wait(20), 0)
    expect("what came", world.record.keys(), [*taps(KEY_A + 1), "key 42 0", *taps(KEY_A)])
    world.press(SHIFT)
    said = hotdesk(world, "send", TARGET, "a", code=REFUSED)
    if "lab: somebody at the console holds keys down there" not in said:
        raise Failed(said)
    world.link.key(SHIFT, False)
    world.go_home()


def the_owner_of_the_target_decides(world):
    agent = world.desk.program("hotdesk-agent")
    world.record.mark()
    world.desk.run(agent, "pause", env=world.machine.environment)
    if "paused at the target" not in hotdesk(world, "send", TARGET, "a", code=REFUSED):
        raise Failed("why is not said")
    world.desk.run(agent, "resume", env=world.machine.environment)
    expect("what came", world.record.lines(), [])
    if not re.search(f"desk.*controlled this computer|{os.uname().nodename}.*controlled this computer",
                     world.desk.run(agent, "status", env=world.machine.environment)):
        raise Failed("the target's person does not see that a script was there")


def two_scripts_do_not_mix(world):
    first, second = (world.console.connect() for _ in range(2))
    first.send("send", target=TARGET, keys=[KEY_A])
    expect("the first one's answer", first.read_line(), {"ok": True, "typed": 1})
    second.send("send", target=TARGET, keys=[KEY_A])
    expect("the answer", second.read_line()["code"], "busy")
    first.close()
    wait_for("the target to be free", lambda: (second.send("send", target=TARGET, keys=[KEY_A]), second.read_line()["ok"])[1])
    second.close()


def a_late_key_is_not_typed(world):
    """An agent that does not answer is cut off, so that nothing arrives when nobody expects it any more."""
    world.record.mark()
    world.machine.process.send_signal(signal.SIGSTOP)
    said = hotdesk(world, "send", TARGET, "a", "enter", code=REFUSED)
    if "lab: no answer from its agent in time" not in said:
        raise Failed(said)
    wait_for("it to be offline", lambda: world.console.target(TARGET)["state"] == "offline")
    world.machine.process.send_signal(signal.SIGCONT)
    world.desk.wait_ready(world.console, TARGET)
    if "key 28 1" in world.record.lines():
        raise Failed("the second was typed")


def an_old_agent_is_told_apart(world):
    """One that knows nothing of scripts goes on being a target, and the refusal says what to do."""
    world.machine.process.stop()
    peer = Peer(world.console.port)
    if not peer.shake_hands(agents_context(world.machine)):
        raise Failed("no handshake")
    peer.send(hello(highest=2), state())
    world.desk.wait_ready(world.console, TARGET)
    if "too old to type for a script" not in hotdesk(world, "send", TARGET, "a", code=REFUSED):
        raise Failed("it is not said")
    peer.close()
    wait_for("it to be offline", lambda: world.console.target(TARGET)["state"] == "offline")
    if "offline" not in hotdesk(world, "send", TARGET, "a", code=REFUSED):
        raise Failed("it is not said that it is offline")


def a_text_is_typed(world):
    """Shift where it is needed, Enter at a line's end; more than one message takes."""
    world.record.mark()
    hotdesk(world, "type", TARGET, text="aA\tb\r\n")
    expect("what came", world.record.lines(), [*taps(KEY_A), "key 42 1", *taps(KEY_A), "key 42 0", *taps(15, 48, ENTER)])
    world.record.mark()
    hotdesk(world, "type", TARGET, text="ab" * 400)
    expect("what came", world.record.lines(), taps(KEY_A, 48) * 400)
    expect("active", world.console.active_name(), "local")
    hotdesk(world, "type", TARGET, text="")


def what_cannot_be_typed_is_told_before_the_first(world):
    """Also when it is far behind: with its line and column."""
    world.record.mark()
    for text, told in (("ab\nc\u00e4\n", "line 2, column 2: lab: the keyboard layout there has no key for it"),
                       ("a" * 1000 + "\n" + "\u20ac" * 3, "line 2, column 1: lab: the keyboard"),
                       ("a\x1b[A", "line 1, column 2: a control character cannot be typed"),
                       (b"ab\xff", "line 1, column 3: no UTF-8"), ("x" * 65537, "longer than 65536 bytes")):
        said = hotdesk(world, "type", TARGET, text=text, code=REFUSED)
        if told not in said or "nothing was typed" not in said:
            raise Failed(said)
    expect("what came", world.record.lines(), [])


def an_interrupt_lifts_all(world):
    """In the middle of a text: nothing more comes, nothing is down, and another script may type at once."""
    world.record.mark()
    typing = world.start("type", TARGET, text="A" * 20000)
    wait_for("some of it", lambda: len(world.record.keys()) > 40)
    typing.kill(signal.SIGINT)
    hotdesk_again(world)
    came = world.record.keys()
    if len(came) > 4 * 2000 or len(came) % 4 != 2 or world.record.held():
        raise Failed(f"{len(came)} events, {world.record.held()} is down")


def hotdesk_again(world):
    """A moment passes until the agent has said that it stopped."""
    def is_free():
        return world.start("send", TARGET, "enter").wait(20) == 0
    wait_for("the target to be free", is_free)
    expect("the last that came", world.record.keys()[-2:], taps(ENTER))


def nothing_typed_is_in_the_logs(world):
    hotdesk(world, "type", TARGET, text=f"{SECRET}\n")
    hotdesk(world, "type", TARGET, text=f"{SECRET}\u00e4\n", code=REFUSED)
    for log in (world.console.log(), world.machine.log()):
        if found := re.search(rf"{SECRET}|alt-del|delete|\bkeys? [0-9]", log, re.IGNORECASE):
            raise Failed(f"{found[0]} in {log[-800:]}")
    if "a script of uid" not in world.console.log():
        raise Failed("that a script types is not in the log")


CHECKS = (keys_reach_a_target_that_is_not_active, names_that_are_none, a_text_is_typed,
          what_cannot_be_typed_is_told_before_the_first, an_interrupt_lifts_all, the_active_target_is_a_persons_too,
          the_owner_of_the_target_decides, two_scripts_do_not_mix, nothing_typed_is_in_the_logs,
          a_late_key_is_not_typed, an_old_agent_is_told_apart)


def keys(tap):
    with Harness() as desk:
        world = Script(desk)
        for check in CHECKS:
            if not tap.check(check.__name__.replace("_", " "), check, world):
                print("# " + world.logs().replace("\n", "\n# "), flush=True)
        world.close()


def main():
    tap = Tap()
    run_in_parallel(tap, [("send", keys)])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
