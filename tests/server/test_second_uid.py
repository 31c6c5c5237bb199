#!/usr/bin/python3
"""`forget`, keys that are not paired, and rights that end, as programs of other users of the console see them: who sits
there and types, who is in the background, a member of own-group, and a stranger."""

import json
import os
import subprocess
import sys

from seat import ALICE, BOB, MEMBER, NONE, OWN, OWNER, STRANGER, TESTS, Follower, named, try_all, uid_of
from harness import FACTOR, wait_for
from link import Link

sys.path.insert(1, os.path.join(TESTS, "pair"))
from peer import Peer, client_context, hello, make_key, state  # noqa: E402

SHIFT, A = 42, 30
GROUP_ONLY = """
import json, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
for verb in ("list", "forget", "pair", "reload"):
    connection.sendall(json.dumps({"verb": verb, "target": "lab"}).encode() + b"\\n")
    print(connection.recv(4096).decode(), end="", flush=True)
"""


class Others:
    """Alice types on the target and looks at it; she and Bob watch; each by a connection of their own."""

    def __init__(self, world):
        self.world = world
        self.link = Link(world.console, world.connect(ALICE))
        self.follower = Follower(world.connect(ALICE))
        wait_for("her picture", lambda: self.follower.take() > 0)
        self.watchers = [world.connect(uid) for uid in (ALICE, BOB)]
        for watcher in self.watchers:
            watcher.send("watch")
            assert watcher.read_line()["ok"]

    def hold(self):
        ask(self.world, ALICE, "switch", target="lab")
        self.link.wait_grabbed()
        for code in (SHIFT, A):
            self.link.key(code, True)
        wait_for("both keys", lambda: self.world.typed()[-2:] == [(str(SHIFT), "1"), (str(A), "1")])

    def heard(self):
        """Events of each watcher until one that is made here comes, and this one not."""
        ask(self.world, 0, "lock", on=True)
        ask(self.world, 0, "lock", on=False)
        return [self.until_unlocked(watcher) for watcher in self.watchers]

    @staticmethod
    def until_unlocked(watcher):
        events = []
        while not events or (events[-1]["event"], events[-1].get("locked")) != ("mode", False):
            events.append(watcher.read_line())
        return [event for event in events if event["event"] != "mode"]

    def close(self):
        self.link.close()
        for control in (self.follower.control, *self.watchers):
            control.close()


def ask(world, uid, verb, **fields):
    control = world.connect(uid)
    control.send(verb, **fields)
    answer = control.read_line()
    control.close()
    return answer


def names(world, uid):
    return [target["name"] for target in ask(world, uid, "list")["targets"]]


def pair_lab(world):
    world.lab.process.stop()
    world.console.harness.pair(world.console, world.lab)
    world.console.harness.wait_ready(world.console, "lab")


def forget_while_another_types(world):
    """Who may not changes nothing; who may ends it for all, and each of them is told."""
    others, member = Others(world), uid_of(OWNER)
    others.hold()
    for uid in (STRANGER, BOB, ALICE, uid_of(MEMBER)):
        answer = ask(world, uid, "forget", target="lab")
        assert answer["code"] == "not-allowed", answer
    assert world.typed()[-2:] == [(str(SHIFT), "1"), (str(A), "1")] and not others.follower.closed()
    answer = ask(world, member, "forget", target="lab")
    assert answer["ok"] and answer["name"] == "lab", answer
    wait_for("all keys to be up", lambda: {code for code, value in world.typed()[-2:] if value == "0"} == {str(SHIFT), str(A)})
    wait_for("her picture's connection to end", others.follower.closed)
    wait_for("the keyboard to be given back", lambda: not others.link.grabbed)
    assert not others.link.is_closed(), "her window's connection has ended, too"
    for events in others.heard():
        told = [event["event"] for event in events]
        assert "forgotten" in told and events[told.index("forgotten")]["name"] == "lab", events
        assert any(event["event"] == "switched" and event["number"] == 0 for event in events), events
    for uid in (ALICE, BOB):
        assert "lab" not in names(world, uid)
    for uid, verb in ((ALICE, "switch"), (ALICE, "frames"), (member, "forget"), (0, "forget")):
        answer = ask(world, uid, verb, target="lab")
        assert answer["code"] == "no-such-target", (uid, verb, answer)
    others.close()
    pair_lab(world)


def a_stranger_at_the_port_is_no_news(world):
    """A key that is not paired: nobody of the console hears of it, and nothing is another than before."""
    key = make_key(world.console.harness, "stranger", "ed25519")
    others = Others(world)
    others.heard()
    before = {uid: ask(world, uid, "list")["targets"] for uid in (ALICE, BOB)}
    for context in (client_context(key + ".crt", key + ".key"), client_context()):
        peer = Peer(world.console.port)
        if peer.shake_hands(context):
            peer.send(hello(name="lab"), state())
        assert peer.read_to_end() == [], "it was told something"
        world.console.wait_log(f"event=refused .*peer={peer.address}")
        peer.close()
    for events in others.heard():
        assert events == [], events
    for uid, targets in before.items():
        assert [timeless(target) for target in ask(world, uid, "list")["targets"]] == [timeless(target) for target in targets]
    assert ask(world, STRANGER, "list")["code"] == "not-allowed"
    others.close()


def timeless(target):
    return {key: value for key, value in target.items() if key != "since_s"}


def a_code_ends_with_its_right(world):
    """A member of own-group has asked for a code; the group is taken out of the configuration before it is used."""
    member = uid_of(OWNER)
    pairing = world.connect(member)
    pairing.send("pair", name="attic")
    code = pairing.read_line()["code"]
    with world.without(f"own-group = {OWNER}"):
        wait_for("his connection to end", lambda: pairing.socket.recv(65536) == b"")
        pairing.close()
        assert world.right(member) == NONE, world.right(member)
        attic = world.console.harness.machine("attic", conf='injector = record\nrecord-file = "/dev/null"\n')
        attic.start_pairing(world.console.port, code)
        assert attic.process.wait(20) == 1, attic.log()
        attic.wait_log("no code is valid on the server now")
        assert names(world, 0) == ["lab"], names(world, 0)
    world.wait_right(member, OWN)


def a_process_group_is_no_membership(world):
    """The users' database says who is a member; a process that has the group by other ways is not one."""
    group = uid_of(OWNER)
    done = subprocess.run(["setpriv", f"--reuid={STRANGER}", f"--regid={group}", f"--groups={group}", "/usr/bin/python3",
                           "-I", "-c", GROUP_ONLY, world.console.socket_path], capture_output=True, text=True, cwd="/",
                          check=False, timeout=30 * FACTOR)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("code") for answer in answers] == ["not-allowed"] * 4, (answers, done.stderr)
    assert names(world, 0) == ["lab"]


def main():
    return try_all("other users", named(forget_while_another_types, a_stranger_at_the_port_is_no_news,
                                        a_code_ends_with_its_right, a_process_group_is_no_membership))


if __name__ == "__main__":
    sys.exit(main())
