"""An agent in Python, written from protocol/PROTOCOL.md alone: good for saying what a good agent never says."""

import os
import socket
import ssl
import struct

from harness import FACTOR

HELLO, WELCOME, REJECT, BYE, PING, PONG = 1, 2, 3, 4, 5, 6
ENTER, ENTERED, LEAVE, REPORT, ACK, STATE, LEDS, GEOMETRY, PAIR_PROOF, PAIRED = 10, 11, 12, 13, 14, 20, 21, 22, 30, 31
CONTROL, SCREEN, PAIRING = 1, 2, 3
PROTOCOL, VERSION, REPLACED, CLONED, FORGOTTEN, CODE_WRONG, SILENT = 2, 3, 4, 5, 6, 7, 9
MAGIC = 0x4844534B


def frame(message_type, body=b""):
    return struct.pack(">HB", len(body), message_type) + body


def text(value):
    return bytes([len(value.encode())]) + value.encode()


def hello(role=CONTROL, magic=MAGIC, lowest=1, highest=1, number=0, name="lab"):
    return frame(HELLO, struct.pack(">IHHBIQ", magic, lowest, highest, role, 0, number) + text(name))


def state(ready=1, injector="record", reason=""):
    return frame(STATE, bytes([ready]) + text(injector) + text(reason) + bytes(8))


def end_of(message):
    """(reason, text) of a reject or bye."""
    return message[1][0], message[1][2:].decode()


def make_key(harness, name, kind, *options):
    """A self-signed certificate and its key; the path without .crt and .key."""
    path = os.path.join(harness.directory, name)
    harness.run("openssl", "req", "-x509", "-noenc", "-subj", "/CN=x", "-days", "9", "-newkey", kind, *options,
                "-keyout", path + ".key", "-out", path + ".crt")
    return path


def client_context(certificate=None, key=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate, key)
    return context


def agents_context(machine):
    """With the key of an agent, as somebody has it who stole it."""
    directory = os.path.join(machine.state_dir, "agent")
    return client_context(os.path.join(directory, "certificate.pem"), os.path.join(directory, "key.pem"))


class Peer:
    """A connection to the server's port, from an address of one's choice in 127.0.0.0/8."""

    def __init__(self, port, source="127.0.0.1", bound_s=20):
        self.socket = socket.create_connection(("127.0.0.1", port), bound_s * FACTOR, (source, 0))
        self.address = "{}:{}".format(*self.socket.getsockname())
        self.buffer = b""

    def shake_hands(self, context, session=None):
        """True when our side is content; in TLS 1.3 the server has then yet to judge."""
        try:
            self.socket = context.wrap_socket(self.socket, session=session)
            return True
        except OSError:
            return False

    def send(self, *frames):
        """As far as the server lets us."""
        try:
            for data in frames:
                self.socket.sendall(data)
        except OSError:
            pass

    def read(self):
        """The next message: (type, body). None at the end, however it comes."""
        while True:
            if len(self.buffer) >= 3:
                size_bytes, message_type = struct.unpack_from(">HB", self.buffer)
                if len(self.buffer) >= 3 + size_bytes:
                    body, self.buffer = self.buffer[3:3 + size_bytes], self.buffer[3 + size_bytes:]
                    return message_type, body
            try:
                some = self.socket.recv(65536)
            except TimeoutError:
                raise
            except OSError:
                return None
            if not some:
                return None
            self.buffer += some

    def read_to_end(self):
        """All messages that come until the server closes."""
        return list(iter(self.read, None))

    def wait(self, message_type):
        """Passes over all before the first such message; None when there is none."""
        while (message := self.read()) and message[0] != message_type:
            pass
        return message

    def close(self):
        self.socket.close()
