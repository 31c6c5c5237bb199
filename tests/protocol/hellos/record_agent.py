#!/usr/bin/python3
"""record_agent.py AGENT: what this hotdesk-agent says to a server first, as a fixture (README.md). Needs root, for its host name.

It is given a server that takes everything: pairs with it, is welcomed at its highest version, and asked for a screen.
"""

import base64
import contextlib
import hashlib
import json
import os
import socket
import ssl
import struct
import subprocess
import sys

TESTS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path[1:1] = [TESTS_DIR, os.path.join(TESTS_DIR, "pair")]
from harness import Harness, Machine, read_text  # noqa: E402
from peer import HELLO, PAIRING, WELCOME, Peer, frame, make_key, text  # noqa: E402

SCREEN_OPEN, SCREEN_NUMBER = 23, 7
QUIET_S = 1.5
CODE = "4HMA-SW9N-F6YY-093X"


class Server:
    def __init__(self, desk):
        path = make_key(desk, "server", "ed25519")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.num_tickets = 0
        self.context.verify_mode = ssl.CERT_NONE
        self.context.load_cert_chain(path + ".crt", path + ".key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.port = self.listener.getsockname()[1]
        public = subprocess.run(["openssl", "pkey", "-in", path + ".key", "-pubout", "-outform", "DER"], check=True,
                                capture_output=True).stdout
        self.key = "SHA256:" + base64.b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")

    def accept(self):
        """A connection, as Peer reads it."""
        peer = Peer.__new__(Peer)
        peer.socket = self.context.wrap_socket(self.listener.accept()[0], server_side=True)
        peer.socket.settimeout(20)
        peer.buffer = b""
        return peer


def read_frame(peer):
    message_type, body = peer.read()
    return frame(message_type, body)


def read_until_quiet(peer):
    said = b""
    peer.socket.settimeout(QUIET_S)
    with contextlib.suppress(TimeoutError):
        while message := peer.read():
            said += frame(*message)
    return said


def start(machine, agent, *words):
    command = ["unshare", "--uts", "sh", "-c", 'hostname lab3 && exec "$@"', "sh", agent, *words]
    return machine.harness.start("hotdesk-agent", command, env=machine.environment, stdin=subprocess.PIPE)


def record_pairing(server, machine, agent):
    process = start(machine, agent, "pair", f"127.0.0.1:{server.port}")
    process.write(CODE + "\n")
    peer = server.accept()
    hello = read_frame(peer)
    peer.close()
    process.stop()
    return hello


def write_pin(server, machine):
    with open(os.path.join(machine.state_dir, "agent", "server.json"), "w", encoding="utf-8") as file:
        json.dump({"host": "127.0.0.1", "port": server.port, "fingerprint": server.key, "server": "desk",
                   "name": "lab3"}, file)
    os.chmod(file.name, 0o600)


def record_control(server, machine, agent):
    """Hello, what follows the welcome, and the hello of a screen; the latter may be None."""
    write_pin(server, machine)
    process = start(machine, agent)
    peer = server.accept()
    hello = read_frame(peer)
    highest, capabilities = struct.unpack_from(">H", hello, 9)[0], struct.unpack_from(">I", hello, 12)[0]
    peer.send(frame(WELCOME, struct.pack(">HI", highest, capabilities) + text("lab3") + text("desk")))
    said, screen = read_until_quiet(peer), None
    if capabilities & 1:
        peer.send(frame(SCREEN_OPEN, struct.pack(">I", SCREEN_NUMBER)))
        other = server.accept()
        screen = read_frame(other)
        other.close()
    peer.close()
    process.stop()
    return hello, said, screen


def main():
    agent = os.path.abspath(sys.argv[1])
    with Harness() as desk:
        server, machine = Server(desk), Machine(desk, "lab3", display=desk.display())
        pairing = record_pairing(server, machine, agent)
        hello, said, screen = record_control(server, machine, agent)
        assert hello[2] == HELLO and pairing[11] == PAIRING, read_text(machine.process.log)
        for name, data in (("control", hello), ("said", said), ("pairing", pairing), ("screen", screen)):
            if data:
                print(name, data.hex())


if __name__ == "__main__":
    sys.exit(main())
