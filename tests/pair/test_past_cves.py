#!/usr/bin/python3
"""What befell other KVM programs, done to this one: each check is an attack that worked elsewhere, by its name. While it
goes on, and afterwards, a connected target is typed on. docs/security.md has the list, with those that are tried
elsewhere (the control socket's by other users, the picture's).
"""

import os
import socket
import ssl
import struct
import sys
import time

from world import TARGET, World
from harness import FACTOR, IS_LONG, Failed, Harness, Tap, read_text, wait_for
from peer import (BYE, CONTROL, FORGOTTEN, PAIRING, REJECT, STATE, WELCOME, Peer, agents_context, client_context, end_of,
                  frame, hello, make_key, state, text)

KEYS = range(2, 12)
STRANGERS = "127.0.9."  # addresses that no target came from
GROWTH_KIB = 4096
SANITIZED = "ASAN_OPTIONS" in os.environ
IDS = (1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24, 25, 30, 31)  # PROTOCOL.md, section 4
OPENED_AND_CLOSED = 10000 if IS_LONG else 600


class Attacks:
    def __init__(self, desk):
        self.desk = desk
        self.world = World(desk)
        self.console = self.world.console
        self.thief, _ = self.world.add("thief")
        self.thief.process.stop()
        self.thiefs = agents_context(self.thief)
        key = make_key(desk, "unknown", "ed25519")
        self.unknown = client_context(key + ".crt", key + ".key")
        self.world.switch()
        self.names = 0

    def source(self):
        """The next stranger's address."""
        self.names += 1
        return STRANGERS + str(1 + self.names % 250)

    def server_figures(self):
        pid = self.console.process.pid
        status = dict(line.split(":", 1) for line in read_text(f"/proc/{pid}/status").splitlines())
        cpu = read_text(f"/proc/{pid}/stat").rpartition(")")[2].split()
        return {"descriptors": self.world.count_descriptors(), "kib": int(status["VmRSS"].split()[0]),
                "cpu_s": (int(cpu[11]) + int(cpu[12])) / os.sysconf("SC_CLK_TCK")}

    def expect_as_before(self, before):
        """Typed on, and nothing is kept of who was there."""
        self.world.type(KEYS)
        wait_for(f"{before['descriptors']} descriptors, there are {self.world.count_descriptors()}",
                 lambda: self.world.count_descriptors() <= before["descriptors"], 15)
        grown_kib = self.server_figures()["kib"] - before["kib"]
        if grown_kib > GROWTH_KIB and not SANITIZED:
            raise Failed(f"the server has {grown_kib} KiB more")
        if self.console.log().count(f"{TARGET} is connected") != 1:
            raise Failed("the target was lost")

    def shake(self, context, source="127.0.0.1"):
        peer = Peer(self.console.port, source)
        if not peer.shake_hands(context):
            peer.close()
            return None
        return peer

    def told(self, context, *frames):
        """What the server says to these; [] when it says nothing and closes."""
        peer = self.shake(context)
        if not peer:
            return []
        peer.send(*frames)
        try:
            return peer.read_to_end()
        finally:
            peer.close()

    def a_name_that_is_known(self):
        for name, context in (("another key", self.unknown), ("no certificate", client_context())):
            if said := self.told(context, hello(name=TARGET), state()):
                raise Failed(f"{name} was told {said}")

    def a_name_while_a_code_is_valid(self):
        """Then any key shakes hands, as anybody might who pairs, and has only a name; or its own key and another's name."""
        pairing, _ = self.desk.start_console_pairing(self.console)
        try:
            said = self.told(self.unknown, hello(name=TARGET), state())
            if [end_of(one)[0] for one in said if one[0] == REJECT] != [FORGOTTEN] or len(said) != 1:
                raise Failed(f"was told {said}")
        finally:
            pairing.stop()
        peer = self.shake(self.thiefs)
        peer.send(hello(name=TARGET), state())
        welcome = peer.wait(WELCOME)
        if not welcome or text("thief") not in welcome[1] or text(TARGET) in welcome[1]:
            raise Failed(f"the key of another target was told {welcome}")
        self.world.type(KEYS)  # not to it
        peer.close()

    def opened_and_closed(self):
        """TLS hellos and ours, cut after each byte, one after the other as fast as it goes."""
        before = self.server_figures()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        first = self.unknown.wrap_bio(incoming, outgoing)
        try:
            first.do_handshake()
        except ssl.SSLWantReadError:
            pass
        client_hello = outgoing.read()
        for number in range(OPENED_AND_CLOSED):
            peer = Peer(self.console.port, self.source() if number % 4 else "127.0.0.1")
            peer.send(client_hello[:number % (len(client_hello) + 1)])
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", number % 2, 0))
            peer.close()
        said = hello(CONTROL, name="thief")
        for size in range(0, len(said), 3):
            wait_for("a handshake", lambda size=size: self.cut(said[:size]), 20)
        self.expect_as_before(before)

    def cut(self, said):
        peer = self.shake(self.thiefs)
        if not peer:
            return False
        peer.send(said)
        peer.close()
        return True

    def descriptors(self):
        """Connections that come and go, among them such that are refused at each stage."""
        before = self.server_figures()
        for number in range(80):
            peer = Peer(self.console.port, self.source())
            if number % 10 == 0:
                peer.shake_hands(self.unknown)
            elif number % 3 == 0:
                peer.send(b"\x16\x03\x01\x02\x00\x01")
            peer.close()
        self.expect_as_before(before)

    def lengths(self):
        """Each message with a length beyond its largest: closed at once, before any of it is there."""
        before = self.server_figures()
        for kind in IDS:
            start = time.monotonic()
            said = self.shake_and_send(struct.pack(">HB", 65535 if kind % 2 else 1025, kind) + b"x" * 200)
            if any(one[0] not in (BYE, REJECT) for one in said) or time.monotonic() - start > 3 * FACTOR:
                raise Failed(f"message {kind}: was told {said} after {time.monotonic() - start:.1f} s")
        self.expect_as_before(before)

    def shake_and_send(self, data):
        peer = wait_for("a handshake", lambda: self.shake(self.thiefs), 20)
        peer.send(data)
        try:
            return peer.read_to_end()
        finally:
            peer.close()

    def drips(self):
        """A byte now and then keeps nothing open: five seconds are all there is."""
        peer = self.shake(self.thiefs)
        start, data = time.monotonic(), hello(CONTROL, name="x" * 60)
        peer.socket.settimeout(0.2)
        for byte in data:
            peer.send(bytes([byte]))
            try:
                peer.socket.recv(100)  # a word of refusal, or the end
                break
            except TimeoutError:
                continue
            except OSError:
                break
        took_s = time.monotonic() - start
        peer.close()
        if took_s > 6 * FACTOR:
            raise Failed(f"open for {took_s:.1f} s")

    def every_length_is_ffffffff(self):
        before = self.server_figures()
        huge = b"\xff\xff\xff\xff"
        fields = [huge * 4, frame(1, struct.pack(">IHHBIQ", 0x4844534b, 1, 2, 1, 0, 0) + b"\xff" * 5),
                  hello(name="thief") + frame(STATE, b"\1" + b"\xff" * 20), hello(PAIRING) + huge * 9]
        for data in fields:
            self.shake_and_send(data)
        for first in (huge * 40, b"\x16\x03\x01\xff\xff\xff\xff\xff"):
            peer = Peer(self.console.port, self.source())
            peer.send(first)
            peer.close()
        for line in (huge * 2000, b'{"verb":"' + huge * 900 + b'"}\n', b"[" * 4000 + b"\n", b'{"verb":"status","n":4294967295}\n'):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(5 * FACTOR)
            client.connect(self.console.socket_path)
            try:
                client.sendall(line)
                client.recv(4096)
            except OSError:
                pass
            client.close()
        self.expect_as_before(before)

    def another_protocol(self):
        """TLS to the control socket; no TLS, HTTP and SSH to the port; none costs time or memory."""
        before = self.server_figures()
        for said in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"Barrier\0\1\0\6", b"RFB 003.008\n",
                     b"\0\0\0\x0bBarrier\0\1\0\6" + b"\0" * 4000, bytes(100000)):
            peer = Peer(self.console.port, self.source())
            peer.send(said)
            peer.read_to_end()
            peer.close()
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(5 * FACTOR)
        client.connect(self.console.socket_path)
        context = client_context()
        try:
            context.wrap_socket(client)
            raise Failed("the control socket speaks TLS")
        except OSError:
            pass
        used_s = self.server_figures()["cpu_s"] - before["cpu_s"]
        if used_s > 1 * FACTOR:
            raise Failed(f"the server worked for {used_s:.1f} s")
        self.expect_as_before(before)

    def bad_certificates(self):
        """Of the pinned key's name, or signed by it, or out of date: only the key itself counts."""
        directory, mine = self.desk.directory, os.path.join(self.thief.state_dir, "agent")
        child = os.path.join(directory, "child")
        self.desk.run("openssl", "req", "-new", "-noenc", "-subj", "/CN=hotdesk", "-newkey", "ed25519", "-keyout",
                      child + ".key", "-out", child + ".csr")
        self.desk.run("openssl", "x509", "-req", "-in", child + ".csr", "-CA", mine + "/certificate.pem", "-CAkey",
                      mine + "/key.pem", "-CAcreateserial", "-CAserial", child + ".srl", "-days", "9", "-out", child + ".crt")
        with open(child + ".chain", "w", encoding="ascii") as chain:
            chain.write(read_text(child + ".crt") + read_text(mine + "/certificate.pem"))
        for name, certificate, key in (("signed by a pinned key", child + ".crt", child + ".key"),
                                       ("with the pinned one behind it", child + ".chain", child + ".key")):
            if said := self.told(client_context(certificate, key), hello(name="thief"), state()):
                raise Failed(f"a certificate {name} was told {said}")


def main():
    tap = Tap()
    with Harness() as desk:
        attacks = Attacks(desk)
        for name, check in [
                ("CVE-2021-42072 (Barrier): a name that is known is enough", attacks.a_name_that_is_known),
                ("CVE-2021-42073 (Barrier): a session by another's name", attacks.a_name_while_a_code_is_valid),
                ("CVE-2021-42074 (Barrier): opened and closed within the hello", attacks.opened_and_closed),
                ("CVE-2021-42075 (Barrier): descriptors of connections that went", attacks.descriptors),
                ("CVE-2021-42076 (Barrier): memory as a length says", attacks.lengths),
                ("CVE-2021-42076 (Barrier): one byte at a time", attacks.drips),
                ("CVE-2020-15117 (Synergy): a length of 0xffffffff", attacks.every_length_is_ffffffff),
                ("Barrier issue 415: another protocol on the port", attacks.another_protocol),
                ("CVE-2026-32253 (Sunshine): certificates that a callback took", attacks.bad_certificates)]:
            tap.check(name, check)
        if tap.failed:
            print("# " + attacks.world.logs().replace("\n", "\n# "))
        attacks.world.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
