"""A follower of pictures: what hotdesk-server tells of them (docs/control.md, Pictures)."""

import os
import select
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import Failed  # noqa: E402

FRAME_BYTES = 256
SIZE, DAMAGE, CURRENT, FILE, POINTER, STATE = 2, 3, 6, 40, 41, 42  # protocol/frame.h


class Follower:
    """A client of the verb `frames`, `target` or the active one: what it is told, without the files."""

    def __init__(self, console, target="active"):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(console.socket_path)
        self.socket.sendall(f'{{"verb": "frames", "target": "{target}"}}\n'.encode())
        self.buffer, self.replied = b"", False
        self.heard = []  # (type, number, fields)

    def read(self):
        while select.select([self.socket], [], [], 0)[0]:
            some = self.socket.recv(4096)
            if not some:
                raise Failed("the server closed the connection")
            self.buffer += some
        if not self.replied and b"\n" in self.buffer:
            self.buffer = self.buffer.split(b"\n", 1)[1]
            self.replied = True
        while self.replied and len(self.buffer) >= FRAME_BYTES:
            kind, number = struct.unpack_from(">BH", self.buffer)
            self.heard.append((kind, number, self.buffer[3:FRAME_BYTES]))
            self.buffer = self.buffer[FRAME_BYTES:]

    def has(self, kind, number):
        self.read()
        return any(heard[:2] == (kind, number) for heard in self.heard)

    def pointer(self):
        """(x, y) as told last, or None."""
        self.read()
        places = [struct.unpack_from(">HH", fields) for kind, _, fields in self.heard if kind == POINTER]
        return places[-1] if places else None

    def close(self):
        self.socket.close()
