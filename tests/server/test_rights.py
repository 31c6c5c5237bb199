#!/usr/bin/python3
"""The rights of the control socket: every verb tried by everybody, as a (fake) logind says who sits at the computer."""

import os
import sys

from seat import ALICE, BOB, MEMBER, NONE, OWN, OWNER, SEE, STRANGER, USE, Follower, World, uid_of, verbs_of_server
from harness import Failed, Harness, Tap, wait_for
import link


def every_verb_by_everybody(world):
    world.logind.do(f"switch 2 {ALICE}")
    world.logind.do(f"login 3 {BOB}")
    wanted = {ALICE: USE, BOB: SEE, STRANGER: NONE, 99: NONE, uid_of(MEMBER): USE, uid_of(OWNER): OWN, 0: OWN}
    for uid in (ALICE, BOB):
        world.wait_right(uid, wanted[uid])
    verbs = verbs_of_server()
    if len(verbs) < 16:
        raise Failed(verbs)
    wrong = [(uid, verb) for uid, right in wanted.items() for verb, needed in verbs
             if world.is_allowed(uid, verb) != (right >= needed)]
    if wrong:
        raise Failed(f"wrong for (uid, verb): {wrong}")


def a_refusal_is_logged_with_uid_and_pid(world):
    if world.is_allowed(STRANGER, "watch"):
        raise Failed("allowed")
    world.console.wait_log(rf"event=refused uid={STRANGER} pid={os.getpid()}.*may not 'watch'")


def the_right_goes_with_the_session(world):
    world.logind.do(f"switch 2 {ALICE}")
    world.wait_right(ALICE, USE)
    world.logind.do("switch 3 -")
    world.wait_right(ALICE, SEE)
    world.wait_right(BOB, USE)
    world.logind.do("switch 2 -")
    world.logind.do("active 0")
    world.wait_right(ALICE, SEE)
    world.logind.do("active 1")
    world.wait_right(ALICE, USE)
    world.logind.do("logout 2")
    world.wait_right(ALICE, NONE)
    world.logind.do(f"switch 2 {ALICE}")
    world.wait_right(ALICE, USE)


def an_input_ends_with_the_session(world):
    window = link.Link(world.console, world.connect(ALICE))
    watcher = world.connect(ALICE)
    watcher.send("watch")
    watcher.read_line()
    world.console.ask("switch", target="lab")
    window.wait_grabbed()
    window.key(30, True)
    wait_for("the key on the target", lambda: ("30", "1") in world.typed())
    world.logind.do("switch 3 -")
    wait_for("the window's connection to end", window.is_closed)
    wait_for("the key to be lifted", lambda: world.typed()[-1] == ("30", "0"))
    watcher.wait_event("switched", number=0)
    world.console.wait_log(rf"event=refused uid={ALICE} pid=\d+.*has lost the right 'use'")
    if world.console.active_name() != "local":
        raise Failed("it is not local")
    world.logind.do("logout 2")
    wait_for("the watcher's connection to end", lambda: watcher.socket.recv(65536) == b"")
    watcher.close()
    world.logind.do(f"switch 2 {ALICE}")
    world.wait_right(ALICE, USE)


def a_picture_ends_with_the_session(world):
    """Who keeps the file that he was given sees nothing in it that comes after his time."""
    alices, roots = Follower(world.connect(ALICE)), Follower(world.connect(0))
    for follower in (alices, roots):
        wait_for("a picture", lambda follower=follower: follower.take() > 0)
    if alices.files != roots.files:
        raise Failed("each has another file")
    world.logind.do("switch 3 -")
    wait_for("the connection to end", alices.closed)
    wait_for("another file for who may still look", lambda: roots.take() > 1)
    if roots.files[-1] in alices.files:
        raise Failed("the file is the same")
    roots.control.close()
    alices.control.close()
    world.logind.do("switch 2 -")
    world.wait_right(ALICE, USE)


def a_late_answer_gives_nothing(world):
    """The seat changes while logind still owes an answer about the session before."""
    world.logind.do("switch 3 -")
    world.wait_right(BOB, USE)
    world.logind.do("hold 2")
    world.logind.do("switch 2 -")
    world.wait_right(BOB, SEE)
    world.logind.do("switch 3 -")
    world.wait_right(BOB, USE)
    world.logind.do("answer 2")
    world.console.ask("status")
    for _ in range(20):  # each a turn of the server: the answer has long come
        if world.right(ALICE) != SEE or world.right(BOB) != USE:
            raise Failed("the session before has got the right")


def a_logind_that_has_gone_gives_nothing(world):
    """Its answer comes after it has given its name up."""
    world.logind.do("switch 3 -")
    world.wait_right(BOB, USE)
    world.logind.do("hold 2")
    world.logind.do("switch 2 -")
    world.wait_right(BOB, SEE)
    world.logind.do("leave-bus")
    world.wait_right(BOB, NONE)
    world.logind.do("answer 2")
    for _ in range(20):
        if world.right(ALICE) != NONE:
            raise Failed("it still counts")
    world.logind.do("join-bus")
    world.wait_right(ALICE, USE)


def without_logind_nobody_sits_there(world):
    world.logind.do(f"switch 2 {ALICE}")
    world.wait_right(ALICE, USE)
    world.logind.do("leave-bus")
    world.wait_right(ALICE, NONE)
    world.wait_right(uid_of(MEMBER), USE)
    world.logind.do("join-bus")
    world.wait_right(ALICE, USE)
    world.bus.stop_daemon()
    world.wait_right(ALICE, NONE)
    world.wait_right(0, OWN)


def main():
    tap = Tap()
    checks = (a_refusal_is_logged_with_uid_and_pid, every_verb_by_everybody, the_right_goes_with_the_session,
              an_input_ends_with_the_session, a_picture_ends_with_the_session, a_late_answer_gives_nothing,
              a_logind_that_has_gone_gives_nothing, without_logind_nobody_sits_there)
    if os.geteuid() != 0:
        for check in checks:
            tap.skip(check.__name__.replace("_", " "), "only root can be several users")
        sys.exit(tap.end())
    with Harness() as harness:
        world = World(harness)
        for check in checks:
            if not tap.check(check.__name__.replace("_", " "), check, world):
                print("# " + world.console.log()[-2500:].replace("\n", "\n# "), flush=True)
    sys.exit(tap.end())


main()
