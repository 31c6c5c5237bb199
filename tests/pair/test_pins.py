#!/usr/bin/python3
"""A key that is not the pinned one, on either side or between them: what each side says, and that nothing was sent before."""

import contextlib
import json
import os
import socket
import ssl
import sys
import threading

from world import TARGET, TESTS_DIR  # noqa: F401  (its place first in the path)
from harness import FACTOR, Failed, Harness, Tap, read_text, wait_for
from peer import (PROTOCOL, REJECT, WELCOME, Peer, agents_context, client_context, end_of, make_key)
import test_versions

SCREEN_OPEN = 23
KEY_CHANGED = (r"key changed: 127\.0\.0\.1:\d+ shows another key than the one that was paired, nothing is sent to it; if it was installed anew, "
               r"pair again: hotdesk-agent pair 127\.0\.0\.1")
NOT_KNOWN = r"not paired: 127\.0\.0\.1:\d+ does not know this computer \(any more\); pair anew: hotdesk pair there"
# After the hello of TLS: a change of cipher, and an alert. A certificate alone is larger.
SAID_BYTES_MAX = 64
HANDSHAKE = 22


class Stranger:
    """A TLS server of another key, which asks for a certificate; it keeps what a client sends, as it is on the wire.
    `upstream`: where it passes on what it can read, as who stands between."""

    def __init__(self, key, version=ssl.TLSVersion.TLSv1_3, upstream=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = version
        self.context.verify_mode = ssl.CERT_NONE if upstream else ssl.CERT_OPTIONAL  # of its own it accepts no certificate
        self.context.load_cert_chain(key + ".crt", key + ".key")
        self.key, self.upstream = key, upstream
        self.raw, self.read = [], []  # bytes of each connection
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                plain = self.listener.accept()[0]
            except OSError:  # closed
                return
            self.raw.append(b"")
            self.read.append(b"")
            plain.settimeout(20 * FACTOR)
            try:
                self.talk(plain)
            except (OSError, ssl.SSLError):
                pass
            plain.close()

    def talk(self, plain):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_side=True)
        server = None
        step = tls.do_handshake
        while True:
            try:
                got = step()
                if step == tls.do_handshake:
                    step = lambda: tls.read(4096)  # noqa: E731
                    server = self.dial()
                    continue
                self.read[-1] += got
                if not got:
                    return
                if server:
                    server.sendall(got)
                    self.answer(tls, server)
            except ssl.SSLWantReadError:
                if outgoing.pending:
                    plain.sendall(outgoing.read())
                some = plain.recv(4096)
                if not some:
                    return
                self.raw[-1] += some
                incoming.write(some)
            finally:
                if outgoing.pending:
                    plain.sendall(outgoing.read())

    @staticmethod
    def answer(tls, server):
        """What the server says to it, if it says something soon."""
        server.settimeout(0.3)
        try:
            tls.write(server.recv(4096))
        except TimeoutError:
            pass

    def dial(self):
        if not self.upstream:
            return None
        server = socket.create_connection(("127.0.0.1", self.upstream), 20 * FACTOR)
        return client_context(self.key + ".crt", self.key + ".key").wrap_socket(server)

    def expect_nothing_told(self):
        """Not more than a hello, and an alert; above all no certificate."""
        if not self.raw or any(self.read):
            raise Failed(f"it was told {self.read}")
        for raw in self.raw:
            if not raw or raw[0] != HANDSHAKE:
                raise Failed(f"no hello of TLS: {raw!r}")
            more = len(raw) - 5 - int.from_bytes(raw[3:5], "big")
            if more > SAID_BYTES_MAX:
                raise Failed(f"{more} bytes more than a hello")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Desk:
    """Two servers, each with a target of its own; `lab` is that of the first."""

    def __init__(self, harness):
        self.harness = harness
        self.consoles, self.machines = [], []
        for number in (1, 2):
            console = harness.console(name=f"console{number}")
            path = os.path.join(harness.directory, f"typed{number}")
            machine = harness.machine(f"machine{number}", conf=f'injector = record\nrecord-file = "{path}"\n')
            harness.pair(console, machine, TARGET)
            harness.wait_ready(console, TARGET)
            self.consoles.append(console)
            self.machines.append(machine)
        self.console, self.machine = self.consoles[0], self.machines[0]
        self.late = harness.machine("late", conf='injector = record\nrecord-file = "/dev/null"\n')  # not paired yet
        self.stranger_key = make_key(harness, "stranger", "ed25519")

    @staticmethod
    def state_path(machine, name):
        return os.path.join(machine.state_dir, "agent", name)

    def pin(self, machine):
        return json.loads(read_text(self.state_path(machine, "server.json")))

    def write_pin(self, machine, **changed):
        """As a rename: the agent reads it when it changes."""
        path = self.state_path(machine, "server.json")
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump({**self.pin(machine), **changed}, file)
        os.chmod(file.name, 0o600)
        os.rename(file.name, path)

    @contextlib.contextmanager
    def pinned(self, *pins):
        """The agents anew, with these changes to their pins; afterwards each is with its own server again."""
        kept = [self.pin(machine) for machine, _ in zip(self.machines, pins)]
        for machine, changed in zip(self.machines, pins):
            machine.process.stop()
            self.write_pin(machine, **changed)
            machine.start()
        try:
            yield
        finally:
            for machine, pin in zip(self.machines, kept):
                self.write_pin(machine, **pin)
        for console in self.consoles[:len(kept)]:
            self.harness.wait_ready(console, TARGET)

    def is_offline(self, console):
        return console.target(TARGET)["state"] == "offline"


def servers_key_changed(desk):
    with contextlib.closing(Stranger(desk.stranger_key)) as stranger, desk.pinned({"port": stranger.port}):
        desk.machine.wait_log(KEY_CHANGED)
        stranger.expect_nothing_told()
        if not desk.is_offline(desk.console):
            raise Failed("the server has it all the same")


def agents_key_changed(desk):
    """Its files were lost, and it makes new ones: nobody knows it, and the target is not taken over."""
    desk.machine.process.stop()
    names = [name for name in os.listdir(desk.state_path(desk.machine, "")) if name.endswith(".pem")]
    for name in names:
        os.rename(desk.state_path(desk.machine, name), desk.state_path(desk.machine, name + ".kept"))
    if len(names) != 2:
        raise Failed(names)
    logged = len(desk.console.log())
    desk.machine.start()
    desk.machine.wait_log(NOT_KNOWN)
    wait_for("the server's words", lambda: "its key is not accepted" in desk.console.log()[logged:])
    if not desk.is_offline(desk.console) or f"{TARGET} is connected" in desk.console.log()[logged:]:
        raise Failed("it was let in")
    desk.machine.process.stop()
    for name in names:
        os.rename(desk.state_path(desk.machine, name + ".kept"), desk.state_path(desk.machine, name))
    desk.machine.start()
    desk.harness.wait_ready(desk.console, TARGET)


def addresses_swapped(desk):
    """Each agent meets the other's server: both refuse, and each knows its own again afterwards."""
    ports = [desk.pin(machine)["port"] for machine in desk.machines]
    logged = [len(console.log()) for console in desk.consoles]
    with desk.pinned(*({"port": port} for port in reversed(ports))):
        for machine, console, seen in zip(desk.machines, desk.consoles, logged):
            machine.wait_log(KEY_CHANGED)
            wait_for("the server's words", lambda: "the peer does not accept our key" in console.log()[seen:])
            expect_offline(desk, console, seen)


def pins_swapped(desk):
    """Address and key: each agent is content with whom it meets, and is not known there."""
    pins = [desk.pin(machine) for machine in desk.machines]
    logged = [len(console.log()) for console in desk.consoles]
    with desk.pinned(*reversed(pins)):
        for machine, console, seen in zip(desk.machines, desk.consoles, logged):
            machine.wait_log(NOT_KNOWN)
            wait_for("the server's words", lambda: "its key is not accepted" in console.log()[seen:])
            expect_offline(desk, console, seen)


def expect_offline(desk, console, seen):
    if not desk.is_offline(console) or "is connected" in console.log()[seen:]:
        raise Failed("another server's target was let in")


def old_tls(desk):
    """A server that can do no better than TLS 1.2."""
    with contextlib.closing(Stranger(desk.stranger_key, ssl.TLSVersion.TLSv1_2)) as stranger, \
            desk.pinned({"port": stranger.port}):
        desk.machine.wait_log(r"lost 127\.0\.0\.1:\d+: the peer has no TLS 1\.3")
        stranger.expect_nothing_told()


def in_the_middle(desk):
    """With a certificate of his own, to both: the agent tells him nothing, and the server lets him in as nobody."""
    with contextlib.closing(Stranger(desk.stranger_key, upstream=desk.console.port)) as stranger, \
            desk.pinned({"port": stranger.port}):
        desk.machine.wait_log(KEY_CHANGED)
        stranger.expect_nothing_told()
        peer = Peer(desk.console.port)
        peer.shake_hands(client_context(stranger.key + ".crt", stranger.key + ".key"))
        if said := peer.read_to_end():
            raise Failed(f"the server said {said}")
        desk.console.wait_log(f"event=refused .*peer={peer.address}: .*its key is not accepted")
        peer.close()


def in_the_middle_of_a_pairing(desk):
    """He passes on the proof, which is not one for his two connections: nothing is paired, and the code stays good."""
    machine = desk.late
    pairing, code = desk.harness.start_console_pairing(desk.console, "late")
    stranger = Stranger(desk.stranger_key, upstream=desk.console.port)
    machine.start_pairing(stranger.port, code)
    if machine.process.wait(20) != 1:
        raise Failed(machine.log())
    machine.wait_log("the code is not valid there")
    if len(stranger.read) != 1 or len(stranger.read[0]) < 32 or code.replace("-", "").encode() in stranger.read[0]:
        raise Failed(f"he read {stranger.read}")
    stranger.close()
    desk.console.wait_log("event=refused .*the code is not valid")
    if desk.console.target("late") or os.path.exists(desk.state_path(machine, "server.json")) or not pairing.is_running():
        raise Failed("something came of it")
    machine.start_pairing(desk.console.port, code)
    if pairing.wait(20) != 0:
        raise Failed(pairing.text())
    desk.harness.wait_ready(desk.console, "late")
    machine.process.stop()


def another_agents_screen(desk):
    """The right number of a screen that was asked for, under another target's key: refused; then the right one comes."""
    recording = test_versions.RECORDINGS[-1]
    desk.machine.process.stop()
    peer = dial(desk, agents_context(desk.machine))
    test_versions.welcomed(peer, recording)
    desk.harness.wait_ready(desk.console, TARGET)
    follower = desk.console.connect()
    follower.send("frames", target=TARGET)
    number = peer.wait(SCREEN_OPEN)[1]
    said = recording.said["screen"][:20] + number + recording.said["screen"][24:]
    # The other one alone, and with a control connection of its own that can show a screen, too.
    for with_control in (False, True):
        control = None
        if with_control:
            control = dial(desk, agents_context(desk.late))
            test_versions.welcomed(control, recording)
            desk.harness.wait_ready(desk.console, "late")
        screen = dial(desk, agents_context(desk.late))
        screen.send(said)
        answer = screen.read()
        if answer is None or answer[0] != REJECT or end_of(answer)[0] != PROTOCOL:
            raise Failed(f"with_control {with_control}: {answer}")
        desk.console.wait_log(f"event=refused .*peer={screen.address}: .*a screen connection")
        screen.close()
        if control:
            control.close()
    if desk.console.target(TARGET)["picture"]["state"] != "waiting":
        raise Failed(desk.console.target(TARGET)["picture"])
    screen = dial(desk, agents_context(desk.machine))
    screen.send(said)
    if screen.read()[0] != WELCOME:
        raise Failed("its own screen is refused")
    for connection in (screen, peer, follower):
        connection.close()
    desk.machine.start()
    desk.harness.wait_ready(desk.console, TARGET)


def dial(desk, context):
    peer = Peer(desk.console.port)
    if not peer.shake_hands(context):
        raise Failed("the handshake failed")
    return peer


CHECKS = [servers_key_changed, agents_key_changed, addresses_swapped, pins_swapped, old_tls, in_the_middle,
          in_the_middle_of_a_pairing, another_agents_screen]


def main():
    tap = Tap()
    with Harness() as harness:
        desk = Desk(harness)
        for check in CHECKS:
            if not tap.check(check.__name__.replace("_", " "), check, desk):
                print("# " + f"--- server\n{desk.console.log()[-1500:]}\n--- agent\n{desk.machine.log()[-800:]}".replace("\n", "\n# "))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
