#!/usr/bin/python3
"""Who may not come, or may come and does what it may not: each is turned away within five seconds, with a line in the
log that names its address and the reason, while an agent beside it is typed on and does not notice.

More of those who do not get through TLS: tests/server/test_strangers.py.
"""

import concurrent.futures
import re
import ssl
import sys
import time

from world import World
from harness import FACTOR, Failed, Harness, Tap, wait_for
from peer import (CLONED, CONTROL, FORGOTTEN, BYE, CODE_WRONG, PAIRING, PAIR_PROOF, PROTOCOL, REJECT, REPLACED, REPORT,
                  SCREEN, SILENT, STATE, VERSION, WELCOME, Peer, agents_context, client_context, end_of, frame, hello,
                  make_key, state)

REFUSED_S = 5.5  # five, and what a busy machine needs to say so
AT_ONCE = 8
REPORT_BODY = bytes(7) + b"\1" + bytes(4) + b"\1" + bytes(8) + b"\1" + b"\1\0\x1e\0\0\0\1"
CLONED_TEXT = "two machines use one key (a cloned disk?)"

# Who does not get through TLS: name, what it sends in place of it or how it would, the log's reason.
BEFORE_TLS = [
    ("plain text", b"hello there\r\n" * 40, "does not speak TLS|TLS is wrong"),
    ("an SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n", "TLS"),
    ("silence", b"", "too long|closed"),
    ("TLS 1.2", "old", "has no TLS 1.3"),
    ("no certificate", "nobody", "it showed no certificate"),
    ("an RSA key", "rsa", "it showed no certificate"),  # OpenSSL's clients show none that is not asked for
    ("a key that is not paired", "unknown", "its key is not accepted"),
]

# After TLS, with the key of a target: name, what it sends, how it is told (None: not at all), the log's reason.
BEFORE_WELCOME = [
    ("bytes that are no message", b"GET / HTTP/1.1\r\n\r\n", None, "message"),
    ("zeros", bytes(64), None, "message"),
    ("a hello with another magic", hello(magic=0x48454c4f), None, "this is not hotdesk's protocol"),
    ("a hello whose versions are the wrong way round", hello(lowest=2, highest=1), None, "above its highest"),
    ("a hello of versions to come", hello(lowest=3, highest=9), VERSION, "no protocol version in common"),
    ("a pairing of versions to come", hello(PAIRING, lowest=3, highest=9), VERSION, "no protocol version in common"),
    ("a screen that nobody asked for", hello(SCREEN, highest=2), PROTOCOL, "a screen connection"),
    ("a role that is none", hello(9), None, "hello: role"),
    ("a name with a control character", hello(name="lab\x1b[2J"), None, "no clean UTF-8"),
    ("a hello that is too long", frame(1, bytes(87)), None, "length"),
    ("a length of 65535", b"\xff\xff\x01", None, "length"),
    ("an unknown message", frame(99), None, "unknown type"),
    ("state before its hello", state(), PROTOCOL, "its first message is no hello"),
    ("report, which only a server sends", frame(REPORT, REPORT_BODY), None, "only the other side"),
    ("a wrong proof", hello(PAIRING) + frame(PAIR_PROOF, bytes(32)), CODE_WRONG, "the code is not valid"),
    ("a hello where a proof belongs", hello(PAIRING) + hello(PAIRING), PROTOCOL, "something else than its proof"),
    ("nothing", b"", SILENT, "no hello in time"),
    ("half a hello", hello()[:9], SILENT, "no hello in time"),
    ("a pairing without a proof", hello(PAIRING), SILENT, "no pairing proof in time"),
]

# The same after welcome: these end the connection of a target, and the log names it.
AFTER_WELCOME = [
    ("report", frame(REPORT, REPORT_BODY), "only the other side"),
    ("a second hello", hello(), "no place here"),
    ("a proof", frame(PAIR_PROOF, bytes(32)), "no place here"),
    ("a message that is too long", b"\x04\x00" + bytes([STATE]) + bytes(1024), "length"),
    ("an acknowledgement of what was never sent", frame(14, b"\0\0\0\7"), "never sent"),
]


class Strangers:
    def __init__(self, desk):
        self.world = World(desk)
        self.console = self.world.console
        self.thief = desk.machine("thief", conf='injector = record\nrecord-file = "/dev/null"\n')
        desk.pair(self.console, self.thief)
        desk.wait_ready(self.console, "thief")
        self.thief.process.stop()
        self.context = agents_context(self.thief)
        wait_for("the thief to be offline", lambda: self.console.target("thief")["state"] == "offline")
        self.unknown = make_key(desk, "unknown", "ed25519")
        rsa = make_key(desk, "rsa", "rsa:2048")
        self.contexts = {"unknown": client_context(self.unknown + ".crt", self.unknown + ".key"),
                         "old": client_context(self.unknown + ".crt", self.unknown + ".key"),
                         "rsa": client_context(rsa + ".crt", rsa + ".key"), "nobody": client_context()}
        self.contexts["old"].maximum_version = ssl.TLSVersion.TLSv1_2
        self.descriptors = self.world.count_descriptors()

    def wait_logged(self, event, who, why):
        def lines():
            return [line for line in self.console.log().splitlines() if who in line]
        try:
            wait_for("the log line", lambda: any(re.search(f"event={event} .*({why})", line) for line in lines()), 2)
        except Failed:
            raise Failed(f"the log has no {event} with {why!r}: {lines()}") from None

    def open(self, context=None, source="127.0.0.1"):
        peer = Peer(self.console.port, source)
        if not peer.shake_hands(context or self.context):
            raise Failed("the handshake failed")
        return peer

    def come_without_tls(self, what, why, source):
        start = time.monotonic()
        peer = Peer(self.console.port, source)
        if isinstance(what, bytes):
            peer.send(what)
        elif peer.shake_hands(self.contexts[what]):
            peer.send(hello())  # in TLS 1.3 our side is content before the server has judged
        said = peer.read_to_end()
        took_s = time.monotonic() - start
        peer.close()
        if took_s > REFUSED_S * FACTOR or said:
            raise Failed(f"turned away after {took_s:.1f} s, was told {said}")
        self.wait_logged("refused", f"peer={peer.address}:", why)

    def send_before_welcome(self, data, reason, why, source):
        start = time.monotonic()
        peer = self.open(source=source)
        peer.send(data)
        messages = peer.read_to_end()
        took_s = time.monotonic() - start
        peer.close()
        if took_s > REFUSED_S * FACTOR:
            raise Failed(f"turned away only after {took_s:.1f} s")
        said = [(REJECT, end_of(message)[0]) for message in messages if message[0] == REJECT]
        if any(message[0] not in (REJECT, BYE) for message in messages) or (reason and said != [(REJECT, reason)]):
            raise Failed(f"was told {messages}")
        self.wait_logged("refused", f"peer={peer.address}:", why)

    def send_after_welcome(self, data, why):
        peer = self.open()
        peer.send(hello(), state())
        if not peer.wait(WELCOME):
            raise Failed("no welcome")
        logged = len(self.console.log())
        peer.send(data)
        bye = peer.wait(BYE)
        if not bye or end_of(bye)[0] != PROTOCOL or peer.read_to_end():
            raise Failed(f"was told {bye}")
        peer.close()
        wait_for("the log line", lambda: re.search(f"event=lost target=thief: thief is offline: .*({why})",
                                                   self.console.log()[logged:]), 2)

    def comes_while_a_code_is_valid(self):
        """Its handshake must pass; another target's name is of no use."""
        pairing, _ = self.world.desk.start_console_pairing(self.console)
        try:
            self.come_unknown()
        finally:
            pairing.stop()

    def come_unknown(self):
        peer = self.open(self.contexts["unknown"])
        peer.send(hello(name="lab"))
        messages = peer.read_to_end()
        if len(messages) != 1 or end_of(messages[0])[0] != FORGOTTEN:
            raise Failed(messages)
        self.wait_logged("refused", f"peer={peer.address}:", "this machine is not paired")

    def welcome(self):
        """The type and reason of the first answer to a hello; the connection stays."""
        peer = self.open()
        peer.send(hello())
        answer = peer.read()
        return peer, answer[0], end_of(answer)[0] if answer[0] == REJECT else None

    def is_cloned(self):
        """Two that replace each other: at the third time neither may stay, nor come back."""
        peers = []
        for _ in range(3):
            peer, answer, _ = self.welcome()
            if answer != WELCOME:
                raise Failed(f"answer {answer}")
            peers.append(peer)
        for peer in peers[:2]:
            if end_of(peer.wait(BYE))[0] != REPLACED:
                raise Failed("the first was not told that it is replaced")
        peer, answer, reason = self.welcome()
        if (answer, reason) != (REJECT, CLONED) or end_of(peers[2].wait(BYE)) != (CLONED, CLONED_TEXT):
            raise Failed(f"answer {answer} {reason}")
        target = self.console.target("thief")
        if (target["state"], target["reason"]) != ("offline", CLONED_TEXT):
            raise Failed(target)
        self.wait_logged("refused", f"peer={peer.address}:", re.escape(CLONED_TEXT))
        if self.welcome()[1:] != (REJECT, CLONED):
            raise Failed("it came back")

    def is_forgotten(self):
        """With the session of a connection that was good."""
        peer = self.open()
        session = peer.socket.session
        peer.close()
        self.console.ask("forget", target="thief")
        start = time.monotonic()
        peer = Peer(self.console.port)
        if peer.shake_hands(self.context, session) and peer.socket.session_reused:
            raise Failed("the session was resumed")
        peer.send(hello())
        if peer.read_to_end() or time.monotonic() - start > REFUSED_S * FACTOR:
            raise Failed("it was told something, or too late")
        self.wait_logged("refused", f"peer={peer.address}:", "its key is not accepted")


def type_beside(world, is_over):
    """Until it is over, and once more; each key must arrive once and soon."""
    while True:
        last = is_over()
        world.type(range(2, 12))
        if last:
            return
        time.sleep(0.1)


def strangers_come(tap, strangers):
    """All at once, as far as the limits let them; each must be told and logged by its own address."""
    world = strangers.world
    world.switch()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        # Each from an address of its own: more than four of one would be turned away for that alone.
        coming = [(name, pool.submit(come, *row, f"127.0.{table}.{number}"))
                  for table, come, rows in ((1, strangers.come_without_tls, BEFORE_TLS),
                                            (2, strangers.send_before_welcome, BEFORE_WELCOME))
                  for number, (name, *row) in enumerate(rows, 1)]
        tap.check("keys arrive beside them",
                  type_beside, world, lambda: all(result.done() for _, result in coming))
    for name, result in coming:
        tap.check(name, result.result)
    for name, data, why in AFTER_WELCOME:
        tap.check(f"{name}, after welcome", strangers.send_after_welcome, data, why)
    tap.check("an unknown key while a code is valid", strangers.comes_while_a_code_is_valid)
    tap.check("a key that two machines use", strangers.is_cloned)
    tap.check("a forgotten key with a saved session", strangers.is_forgotten)


def nothing_is_left(strangers):
    world = strangers.world
    if not world.is_active() or strangers.console.log().count("lab is connected") != 1:
        raise Failed("the agent beside them was lost")
    world.type(range(2, 12))
    wait_for(f"no more than {strangers.descriptors} descriptors, there are {world.count_descriptors()}",
             lambda: world.count_descriptors() <= strangers.descriptors)


def main():
    tap = Tap()
    with Harness() as desk:
        strangers = Strangers(desk)
        strangers_come(tap, strangers)
        tap.check("afterwards all is as it was", nothing_is_left, strangers)
        if tap.failed:
            print("# " + strangers.world.logs().replace("\n", "\n# "))
        strangers.world.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
