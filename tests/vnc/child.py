"""hotdesk-vnc alone, with this program as its server (protocol/vnc.h)."""

import os
import socket
import struct

import lab  # noqa: F401  (its places are in the path)
from frames import CURRENT, FILE, SIZE, STATE, encode
from harness import FACTOR, Failed
from rfb import Client

SETUP, CLIENT, READY, IN, GONE, STOPPED = 100, 101, 120, 121, 122, 125
MESSAGE_FD = 3


class Child:
    """hotdesk-vnc, as hotdesk-server starts it."""

    def __init__(self, desk, layout="us"):
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(20 * FACTOR)
        program = os.path.join(desk.build_dir, "server/vnc/hotdesk-vnc")
        self.process = desk.start("hotdesk-vnc", ["sh", "-c", f'exec "$0" {MESSAGE_FD}<&{other.fileno()}', program],
                                  pass_fds=(other.fileno(),))
        other.close()
        self.tell(SETUP, 0, b"\x01" + bytes(9) + self.text(layout) + self.text("lab"))

    @staticmethod
    def text(words):
        return bytes([len(words)]) + words.encode()

    def tell(self, kind, client, fields=b""):
        self.socket.send((struct.pack(">BI", kind, client) + fields).ljust(256, b"\0"))

    def hear(self, kind):
        """The client of the next message, which is of that kind."""
        heard, client = struct.unpack(">BI", self.socket.recv(300)[:5])
        if heard != kind:
            raise Failed(f"it said {heard}, not {kind}")
        return client

    def add(self, number):
        ours, theirs = socket.socketpair()
        socket.send_fds(self.socket, [struct.pack(">BI", CLIENT, number).ljust(256, b"\0")], [theirs.fileno()])
        theirs.close()
        return Client(ours)

    def show(self, picture):
        socket.send_fds(self.socket, [encode(FILE, 1)], [picture.fd])
        self.socket.send(encode(STATE, 1, b"\0"))
        self.socket.send(encode(SIZE, 1, struct.pack(">HH", picture.width_px, picture.height_px)))
        self.socket.send(encode(CURRENT, 1))
