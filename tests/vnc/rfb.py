"""A VNC client in Python, in whole and in pieces: written from RFC 6143, it shares no code with hotdesk."""

import os
import select
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, Failed  # noqa: E402

RAW, SIZE, CURSOR = 0, -223, -239
TRUE_COLOR = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
BOUND_S = 15
DARK = 0x181a1d


def des(password, data):
    """As VNC does it: each byte of the key the other way round."""
    key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in password.encode()[:8].ljust(8, b"\0"))
    return subprocess.run(["openssl", "enc", "-des-ecb", "-K", key.hex(), "-nopad", "-provider", "legacy", "-provider",
                           "default"], input=data, capture_output=True, check=True).stdout


def password_file(path, password):
    """For -PasswordFile of TigerVNC, which hides it with a key that everybody knows."""
    hidden = des("".join(map(chr, (23, 82, 107, 6, 35, 78, 88, 7))), password.encode().ljust(8, b"\0"))
    with open(path, "wb") as file:
        file.write(hidden)
    return path


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def plain(data):
    """The same pixels, 4 bytes each, without what is in the fourth; as bytes, for lists take long."""
    mask = int.from_bytes(b"\xff\xff\xff\0" * (len(data) // 4), "little")
    return (int.from_bytes(data, "little") & mask).to_bytes(len(data), "little")


def differing(one, other):
    """Of two such, how many pixels."""
    return sum(a != b for a, b in zip(*(memoryview(data).cast("I") for data in (one, other))))


class Ended(Failed):
    """The other side has closed the connection."""


class Client:
    """Connected, nothing said yet. `where`: a path, a TCP port of this computer, or a socket."""

    def __init__(self, where):
        if isinstance(where, socket.socket):
            self.socket = where
        else:
            unix = isinstance(where, str)
            self.socket = socket.socket(socket.AF_UNIX if unix else socket.AF_INET, socket.SOCK_STREAM)
            self.socket.connect(where if unix else ("127.0.0.1", where))
        self.width_px = self.height_px = 0
        self.name = ""
        self.pixels = bytearray()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size, bound_s=BOUND_S):
        data = b""
        until = time.monotonic() + bound_s * FACTOR
        while len(data) < size:
            if not select.select([self.socket], [], [], max(0, until - time.monotonic()))[0]:
                raise Failed(f"{len(data)} of {size} bytes came")
            try:
                some = self.socket.recv(size - len(data))
            except ConnectionResetError:
                some = b""
            if not some:
                raise Ended("the connection was closed")
            data += some
        return data

    def wait_end(self):
        """Closed by the other side, whatever it says before."""
        try:
            while True:
                self.read(1)
        except Ended:
            return

    # -- the handshake --

    def greet(self, version=b"RFB 003.008\n"):
        """The kinds of authentication that are offered."""
        if self.read(12) != b"RFB 003.008\n":
            raise Failed("another greeting")
        self.send(version)
        return self.read(self.read(1)[0])

    def enter(self):
        """As a client without a password."""
        if 1 not in self.greet():
            raise Failed("a password is asked for")
        self.send(b"\x01")
        self.result()
        self.begin()
        return self

    def enter_with(self, password):
        if self.greet() != b"\x02":
            raise Failed("no password is asked for")
        self.send(b"\x02")
        self.send(des(password, self.read(16)))
        self.result()
        self.begin()
        return self

    def enter_old(self, minor, password=None):
        """As RFB 3.3, where the server chooses, or 3.7, which tells no result where there is no password."""
        kind = 1 if password is None else 2
        version = f"RFB 003.00{minor}\n".encode()
        if self.read(12) != b"RFB 003.008\n":
            raise Failed("another greeting")
        self.send(version)
        if minor == 3:
            offered = self.read(4)[3:]
        else:
            offered = self.read(self.read(1)[0])
            self.send(bytes([kind]))
        if offered != bytes([kind]):
            raise Failed(f"offered is {offered}")
        if password is not None:
            self.send(des(password, self.read(16)))
            if struct.unpack(">I", self.read(4))[0] != 0:
                raise Failed("refused")
        self.begin()
        return self

    def result(self):
        if struct.unpack(">I", self.read(4))[0] != 0:
            raise Failed("refused: " + self.read(struct.unpack(">I", self.read(4))[0]).decode())

    def begin(self):
        self.send(b"\x01")
        self.take_init()

    def take_init(self):
        self.width_px, self.height_px = struct.unpack(">HH", self.read(20)[:4])
        self.name = self.read(struct.unpack(">I", self.read(4))[0]).decode()
        self.pixels = bytearray(self.width_px * self.height_px * 4)
        self.send(b"\0\0\0\0" + TRUE_COLOR)
        self.encodings(RAW, SIZE, CURSOR)  # else the pointer is drawn into the picture

    # -- messages --

    def encodings(self, *numbers):
        self.send(struct.pack(">BxH", 2, len(numbers)) + b"".join(struct.pack(">i", number) for number in numbers))

    def ask(self, incremental=False):
        self.send(struct.pack(">BBHHHH", 3, int(incremental), 0, 0, self.width_px, self.height_px))

    def key(self, keysym, down):
        self.send(struct.pack(">BBxxI", 4, int(down), keysym))

    def tap(self, *keysyms):
        for keysym in keysyms:
            self.key(keysym, True)
            self.key(keysym, False)

    def point(self, x_px, y_px, buttons=0):
        self.send(struct.pack(">BBHH", 5, buttons, x_px, y_px))

    # -- what comes --

    def _rectangle(self):
        x_px, y_px, width_px, height_px, encoding = struct.unpack(">HHHHi", self.read(12))
        if encoding == SIZE:
            self.width_px, self.height_px = width_px, height_px
            self.pixels = bytearray(width_px * height_px * 4)
            return 0
        if encoding == CURSOR:
            self.read(width_px * height_px * 4 + (width_px + 7) // 8 * height_px)
            return 0
        if encoding != RAW:
            raise Failed(f"encoding {encoding} was not asked for")
        data = self.read(width_px * height_px * 4)
        for row in range(height_px):
            at = ((y_px + row) * self.width_px + x_px) * 4
            self.pixels[at:at + width_px * 4] = data[row * width_px * 4:(row + 1) * width_px * 4]
        return width_px * height_px

    def update(self):
        """Reads on to the end of the next update; how many pixels it has."""
        kind = self.read(1)[0]
        if kind == 2:  # bell
            return self.update()
        if kind != 0:
            raise Failed(f"message {kind}")
        return sum(self._rectangle() for _ in range(struct.unpack(">xH", self.read(3))[0]))

    def pixel(self, x_px, y_px):
        """0xRRGGBB, as seen last."""
        return struct.unpack_from("<I", self.pixels, (y_px * self.width_px + x_px) * 4)[0] & 0xffffff

    def image(self):
        return plain(self.pixels)

    def wait_image(self, wanted):
        """`wanted()` gives it as image() does."""
        until = time.monotonic() + BOUND_S * FACTOR
        while True:
            self.ask()
            self.update()
            image, pixels = self.image(), wanted()
            if image == pixels:
                return
            if time.monotonic() > until:
                raise Failed(f"{differing(image, pixels)} of {len(pixels) // 4} pixels differ")

    def wait_dark(self):
        """As while the target shows nothing, whatever the size."""
        self.wait_image(lambda: DARK.to_bytes(4, "little") * (self.width_px * self.height_px))

    def wait_pixel(self, x_px, y_px, color):
        until = time.monotonic() + BOUND_S * FACTOR
        while self.pixel(x_px, y_px) != color:
            if time.monotonic() > until:
                raise Failed(f"{x_px},{y_px} is {self.pixel(x_px, y_px):06x}, not {color:06x}")
            self.ask()
            self.update()
