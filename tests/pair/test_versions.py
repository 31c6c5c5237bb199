#!/usr/bin/python3
"""Agents of every protocol version that there was, as they were recorded (tests/protocol/hellos), and the server of now."""

import glob
import os
import re
import socket
import struct
import sys

from world import TESTS_DIR, World
from harness import Harness, Tap, read_text, wait_for
from peer import (ACK, BYE, CODE_WRONG, ENTER, ENTERED, LEAVE, PAIR_PROOF, PROTOCOL, REJECT, REPORT, VERSION, WELCOME, Peer,
                  agents_context, end_of, frame)

sys.path.insert(1, os.path.join(TESTS_DIR, "protocol", "hellos"))
import record_agent  # noqa: E402

A = 30
SCREEN_OPEN = 23
FOLDER = os.path.join(TESTS_DIR, "protocol", "hellos")
HEADER = read_text(os.path.join(TESTS_DIR, "..", "protocol", "message.h"))
LOWEST, HIGHEST = (int(re.search(rf"#define MESSAGE_VERSION_{word} +(\d+)", HEADER)[1]) for word in ("MIN", "MAX"))
LAYOUTS = read_text(os.path.join(TESTS_DIR, "..", "protocol", "message_table.c"))
# {type: the first version that has it}
SINCE = {int(re.search(rf"\b{word} = (\d+)", HEADER)[1]): int(version)
         for word, version in re.findall(r'\{\{(MESSAGE_\w+), "[a-z-]+", (\d+),', LAYOUTS)}
NUMBER_AT = 3 + 13  # of the control number, in a hello with its head
ENTERED_BODY = b"\1\0\0"  # taken, no locks, no reason


class Recording:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".txt")]
        lines = [line.split() for line in read_text(path).splitlines() if not line.startswith("#")]
        self.said = {word: bytes.fromhex(data) for word, data in lines}
        self.heard = set()  # types of what the server has said to it
        self.lowest, self.highest = struct.unpack_from(">HH", self.said["control"], 7)
        self.capabilities = struct.unpack_from(">I", self.said["control"], 12)[0]


    def hello(self, number):
        """Of one that has seen this control number."""
        said = self.said["control"]
        return said[:NUMBER_AT] + number + said[NUMBER_AT + 8:]


RECORDINGS = [Recording(path) for path in sorted(glob.glob(os.path.join(FOLDER, "version-*.txt")))]


class Hearing(Peer):
    """Notes what comes."""

    def __init__(self, port, heard):
        super().__init__(port)
        self.heard = heard

    def read(self):
        message = super().read()
        if message:
            self.heard.add(message[0])
        return message


def dial(world, heard=None):
    peer = Hearing(world.console.port, set() if heard is None else heard)
    assert peer.shake_hands(world.context)
    return peer


def welcomed(peer, recording, number=bytes(8)):
    peer.send(recording.hello(number))
    message_type, body = peer.read()
    assert message_type == WELCOME, (message_type, body)
    version, capabilities = struct.unpack_from(">HI", body)
    assert version == min(recording.highest, HIGHEST), version
    assert capabilities == recording.capabilities, capabilities
    peer.send(recording.said["said"])


def enter(world, peer):
    """Switched to; the control number."""
    asking = world.console.connect()
    asking.send("switch", target="lab")
    number = peer.wait(ENTER)[1]
    peer.send(frame(ENTERED, number + ENTERED_BODY))
    assert asking.read_line()["ok"]
    asking.close()
    world.link.wait_grabbed()
    return number


def press(world, peer, number):
    """A key goes down; it is acknowledged, as that version does it."""
    world.link.key(A, True)
    body = peer.wait(REPORT)[1]
    assert body.startswith(number) and body.endswith(struct.pack(">BHi", 1, A, 1)), body
    sequence, wants_ack = body[8:12], body[12]
    assert wants_ack == 1
    peer.send(frame(ACK, sequence))


def works(world, recording):
    """Welcome, ready with its screen's size, enter, a key, leave."""
    peer = dial(world, recording.heard)
    welcomed(peer, recording)
    world.desk.wait_ready(world.console, "lab")
    target = world.console.target("lab")
    assert (target["width_px"], target["height_px"], target["injector"]) == (1280, 800, "xtest"), target
    follower = world.console.connect()  # who has no screen to open is not asked for one
    follower.send("frames", target="lab")
    number = enter(world, peer)
    press(world, peer, number)
    wait_for("its latency", lambda: world.console.target("lab")["latency_p50_us"])
    world.console.ask("switch", target="local")
    assert peer.wait(LEAVE)[1] == number
    world.link.key(A, False)
    follower.close()
    close(world, peer)


def close(world, peer):
    peer.close()
    wait_for("it to be gone", lambda: world.console.target("lab")["state"] == "offline")


def bears_an_upgrade(world, recording):
    """The server ends with a key down and another takes its place: told so, welcomed again, entered with the next number."""
    peer = dial(world, recording.heard)
    welcomed(peer, recording, struct.pack(">Q", 70))
    world.desk.wait_ready(world.console, "lab")
    number = enter(world, peer)
    press(world, peer, number)
    world.console.process.stop()
    assert peer.wait(BYE), "no bye"
    peer.close()
    world.link.close()
    world.console.start()
    world.connect_source()
    peer = dial(world, recording.heard)
    welcomed(peer, recording, number)
    world.desk.wait_ready(world.console, "lab")
    after = enter(world, peer)
    number, next_number = struct.unpack(">QQ", number + after)
    assert number > 70 and next_number == number + 1, (number, next_number)
    press(world, peer, after)
    world.go_home()
    close(world, peer)


def hears_nothing_later(recording):
    """No message that its version did not have."""
    version = min(recording.highest, HIGHEST)
    later = {message for message in recording.heard if SINCE[message] > version}
    assert not later, f"messages {sorted(later)} are of later versions"
    assert {ENTER, REPORT, LEAVE, BYE} <= recording.heard, recording.heard


def pairs(world, recording):
    """Up to the proof, which no recording can have."""
    peer = dial(world)
    peer.send(recording.said["pairing"], frame(PAIR_PROOF, bytes(32)))
    message_type, body = peer.read()
    assert (message_type, end_of((message_type, body))[0]) == (REJECT, CODE_WRONG), (message_type, body)
    peer.close()


def shows_its_screen(world, recording):
    """The number in its hello is that of the server's screen-open; with another one it is refused."""
    peer = dial(world, recording.heard)
    welcomed(peer, recording)
    wait_for("it to be ready", lambda: world.console.target("lab")["state"] == "ready")
    # It said at its start that there is no screen yet, then that there is one.
    follower = world.console.connect()
    follower.send("frames", target="lab")
    number = peer.wait(SCREEN_OPEN)[1]
    hello = recording.said["screen"]
    for sent, wanted in ((hello, REJECT), (hello[:20] + number + hello[24:], WELCOME)):
        screen = dial(world)
        screen.send(sent)
        message_type, body = screen.read()
        assert message_type == wanted, (message_type, body)
        assert wanted != REJECT or end_of((message_type, body))[0] == PROTOCOL, body
        screen.close()
    follower.socket.shutdown(socket.SHUT_RDWR)
    follower.close()
    peer.close()
    wait_for("it to be gone", lambda: world.console.target("lab")["state"] == "offline")


def to_come_is_refused(world):
    """One that has left all our versions behind: told which reason, in words that every version has."""
    newest = RECORDINGS[-1].said
    for word in ("control", "pairing"):
        later = struct.pack(">HH", HIGHEST + 1, HIGHEST + 7)
        peer = dial(world)
        peer.send(newest[word][:7] + later + newest[word][11:])
        assert end_of(peer.read())[0] == VERSION
        peer.close()


def all_are_there():
    recorded = {recording.highest for recording in RECORDINGS}
    assert recorded == set(range(LOWEST, HIGHEST + 1)), f"recorded {recorded}, {LOWEST} to {HIGHEST} exist"
    assert all(recording.lowest == 1 for recording in RECORDINGS)


def now_is_recorded(desk):
    """What this agent says first is the last recording but for its host's name: else a new one is to be made."""
    server = record_agent.Server(desk)
    machine = desk.machine("now", conf='injector = record\nrecord-file = "/dev/null"\n')
    os.mkdir(os.path.join(machine.state_dir, "agent"), 0o700)
    record_agent.write_pin(server, machine)
    machine.start()
    peer = server.accept()
    hello = record_agent.read_frame(peer)
    peer.close()
    machine.process.stop()
    wanted = RECORDINGS[-1].said["control"]
    assert hello[2:24] == wanted[2:24], (hello.hex(), wanted.hex())


def main():
    tap = Tap()
    tap.check("each version is recorded", all_are_there)
    with Harness() as desk:
        tap.check("what an agent says now is recorded", now_is_recorded, desk)
        world = World(desk)
        world.context = agents_context(world.machine)
        world.machine.process.stop()
        wait_for("the agent to be gone", lambda: world.console.target("lab")["state"] == "offline")
        for recording in RECORDINGS:
            tap.check(f"{recording.name} works", works, world, recording)
            tap.check(f"{recording.name} bears an upgrade of the server", bears_an_upgrade, world, recording)
            tap.check(f"{recording.name} hears nothing later", hears_nothing_later, recording)
            tap.check(f"{recording.name} pairs", pairs, world, recording)
            if "screen" in recording.said:
                tap.check(f"{recording.name} shows its screen", shows_its_screen, world, recording)
        tap.check("versions to come are refused", to_come_is_refused, world)
        world.link.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
