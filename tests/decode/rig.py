"""A hotdesk-decode, and the two that it talks to: an RFB server made of bytes, and hotdesk-server's side.

    with Decoder() as decoder:              # READY, sealed, in its sandbox
        decoder.greet(64, 48)               # the RFB handshake
        decoder.look()
        decoder.send(update(raw(0, 0, 64, 48, pixels)))
        decoder.wait_message(DAMAGE)
        decoder.pixels()

Standard library only.
"""

import fcntl
import mmap
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib

sys.dont_write_bytecode = True
TESTS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TESTS_DIR)
from harness import FACTOR, Failed, Tap, find_build_dir, wait_for  # noqa: E402,F401

# protocol/frame.h
MESSAGE_BYTES = 256
READY, SIZE, DAMAGE, CURSOR, BELL, CURRENT, STOPPED, MOVE, THUMBNAIL, SEALED, LOOK = 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21
AWAY, FULL, THUMBNAILS = 0, 1, 2  # of LOOK
CURSOR_OFFSET, PIXELS_OFFSET = 4096, 4096 + 256 * 256 * 4
PIXELS_MAX = 64 << 20
PATCH_OFFSET = PIXELS_OFFSET + PIXELS_MAX * 4
THUMBNAIL_OFFSET = PATCH_OFFSET + (256 << 10) * 4
FILE_BYTES = THUMBNAIL_OFFSET + 480 * 300 * 4
SEALS = 0x1 | 0x2 | 0x4 | 0x10  # SEAL, SHRINK, GROW, FUTURE_WRITE
HEAD = struct.Struct("=IIQIIIIIIIII4xQII")

# RFB
RAW, COPY, TIGHT, RICH_CURSOR, ALPHA_CURSOR = 0, 1, 7, -239, -314
DESKTOP_SIZE, EXTENDED_SIZE, LAST_RECT = -223, -308, -224
ASKED = [7, 1, 0, -24, -255, -314, -239, -308, -223, -224, -312, -313, 0x4844544e]
FENCE_REQUEST = 1 << 31
END_OF_FLOW = b"\x96"


def rectangle(x, y, width, height, encoding, body=b""):
    return struct.pack(">HHHHi", x, y, width, height, encoding) + body


def update(*rectangles, count=None):
    return struct.pack(">BxH", 0, len(rectangles) if count is None else count) + b"".join(rectangles)


def words(pixels):
    return struct.pack(f"={len(pixels)}I", *pixels)


def raw(x, y, width, height, pixels):
    """`pixels` is a list of 0xRRGGBB, or one for all."""
    body = words(pixels) if isinstance(pixels, list) else struct.pack("=I", pixels) * (width * height)
    return rectangle(x, y, width, height, RAW, body)


def copy(x, y, width, height, from_x, from_y):
    return rectangle(x, y, width, height, COPY, struct.pack(">HH", from_x, from_y))


def compact(size):
    """A length of the Tight encoding."""
    data = bytearray()
    for _ in range(2):
        if size < 0x80:
            return bytes(data + bytes([size]))
        data.append(size & 0x7f | 0x80)
        size >>= 7
    return bytes(data + bytes([size & 0xff]))


def tight_fill(x, y, width, height, colour):
    return rectangle(x, y, width, height, TIGHT, b"\x80" + struct.pack(">I", colour)[1:])


def zlib_body(data, stream=None):
    """What follows a basic control byte and filter: as it is when short, else compressed."""
    if len(data) < 12:
        return data
    stream = stream or zlib.compressobj(1)
    packed = stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)
    return compact(len(packed)) + packed


def tight_copy(x, y, width, height, pixels, control=0x01, stream=None):
    """Stream 0, reset; the copy filter. `control` 0x00 goes on with `stream`."""
    rgb = b"".join(struct.pack(">I", pixel)[1:] for pixel in pixels)
    return rectangle(x, y, width, height, TIGHT, bytes([control]) + zlib_body(rgb, stream))


def tight_palette(x, y, width, height, palette, indices):
    body = bytes([0x52, 1, len(palette) - 1]) + b"".join(struct.pack(">I", colour)[1:] for colour in palette)
    if len(palette) == 2:
        rows = (width + 7) // 8
        bits = bytearray(rows * height)
        for at, index in enumerate(indices):
            bits[at // width * rows + at % width // 8] |= index << (7 - at % width % 8)
        data = bytes(bits)
    else:
        data = bytes(indices)
    return rectangle(x, y, width, height, TIGHT, body + zlib_body(data, zlib.compressobj(1)))


def tight_jpeg(x, y, width, height, jpeg):
    return rectangle(x, y, width, height, TIGHT, b"\x90" + compact(len(jpeg)) + jpeg)


def fence(flags, payload=b""):
    return struct.pack(">B3xIB", 248, flags, len(payload)) + payload


def message(kind, body=b""):
    return struct.pack(">BH", kind, 0) + body + bytes(MESSAGE_BYTES - 3 - len(body))


class Message:
    def __init__(self, data):
        self.kind, self.number = struct.unpack_from(">BH", data)
        self.text, self.rectangles, self.sequence = "", [], 0
        if self.kind in (SIZE, THUMBNAIL):
            self.size = struct.unpack_from(">HH", data, 3)
        elif self.kind == DAMAGE:
            self.sequence, count = struct.unpack_from(">QB", data, 3)
            self.rectangles = [struct.unpack_from(">HHHH", data, 12 + 8 * i) for i in range(count)]
        elif self.kind == MOVE:
            self.sequence, self.before = struct.unpack_from(">QQ", data, 3)
            *self.to, from_x, from_y, count = struct.unpack_from(">HHHHHHB", data, 19)
            self.place = from_x, from_y
            self.rectangles = [struct.unpack_from(">HHHH", data, 32 + 8 * i) for i in range(count)]
        elif self.kind == STOPPED:
            self.text = data[4:4 + data[3]].decode()


class Decoder:
    def __init__(self, program=None, seal=True, rfb=None, environment=None):
        program = program or os.path.join(find_build_dir(), "server/decode/hotdesk-decode")
        self.rfb, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM) if rfb is None else (None, rfb)
        self.messages, message_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.file = os.memfd_create("picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.file, FILE_BYTES)
        self.errors = os.memfd_create("stderr", os.MFD_CLOEXEC)
        self.status = None
        # Out of the way of 3, 4 and 5, which are made one after the other.
        fds = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20) for fd in (theirs.fileno(), message_theirs.fileno(),
                                                                     self.file, self.errors)]
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, fds[3], 2)]
        actions += [(os.POSIX_SPAWN_DUP2, fd, 3 + at) for at, fd in enumerate(fds[:3])]
        kept = {name: value for name, value in os.environ.items()
                if name in ("HOTDESK_TIME_FACTOR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")}
        self.pid = os.posix_spawn(program, [program], kept if environment is None else environment,
                                  file_actions=actions)
        for fd in fds + [null]:
            os.close(fd)
        theirs.close()
        message_theirs.close()
        self.map = mmap.mmap(self.file, FILE_BYTES, prot=mmap.PROT_READ)
        self.wait_message(READY)
        if seal:
            self.seal()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait_end()
        self.map.close()
        for end in (self.rfb, self.messages):
            if end:
                end.close()
        os.close(self.file)
        os.close(self.errors)

    def seal(self):
        fcntl.fcntl(self.file, 1033, SEALS)  # F_ADD_SEALS
        self.tell(SEALED)

    def tell(self, kind, body=b""):
        self.messages.send(message(kind, body))

    def look(self, wanted=True):
        self.tell(LOOK, bytes([wanted]))

    # What the decoder tells.

    def next_message(self, bound_s=5.0):
        """None when it has ended, or said nothing in that time."""
        if not select.select([self.messages], [], [], bound_s * FACTOR)[0]:
            return None
        try:
            data = self.messages.recv(MESSAGE_BYTES + 1)
        except ConnectionResetError:
            data = b""
        if not data:
            return None
        assert len(data) == MESSAGE_BYTES
        return Message(data)

    def wait_message(self, kind, bound_s=5.0):
        seen = []
        end = time.monotonic() + bound_s * FACTOR
        while time.monotonic() < end:
            got = self.next_message(bound_s)
            if got is None:
                break
            if got.kind == kind:
                return got
            seen.append(f"{got.kind} {got.text}".strip())
        raise Failed(f"no message {kind}; got {seen}; {self.said()}")

    def no_message(self, quiet_s=0.1):
        """What is there already: none."""
        return not select.select([self.messages], [], [], quiet_s)[0]

    def said(self):
        size = os.fstat(self.errors).st_size
        return os.pread(self.errors, size, 0).decode("utf-8", "replace")[-2000:]

    def wait_end(self, bound_s=5.0):
        """Its status as os.waitstatus_to_exitcode has it."""
        def ended():
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            return pid
        if self.status is None:
            wait_for("the end of the decoder", ended, bound_s, 0.002)
        return self.status

    def is_running(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def stopped(self, bound_s=5.0):
        """The reason with which it ended, or that it was killed."""
        try:
            reason = self.wait_message(STOPPED, bound_s).text
        except Failed:
            reason = ""
        status = self.wait_end(bound_s)
        return reason or f"ended with {status}: {self.said()}"

    # The picture.

    def head(self):
        return HEAD.unpack_from(self.map)

    def sequence(self):
        return self.head()[2]

    def size(self):
        return self.head()[3:5]

    def pixels(self, x=0, y=0, width=None, height=None):
        """A list of 0xRRGGBB."""
        stride = self.size()[0]
        width, height = width or self.size()[0], height or self.size()[1]
        rows = []
        for row in range(y, y + height):
            at = PIXELS_OFFSET + (row * stride + x) * 4
            rows += [pixel & 0xffffff for pixel in struct.unpack(f"={width}I", self.map[at:at + width * 4])]
        return rows

    def patch(self, count):
        """(sequence, a list of 0xRRGGBB)"""
        data = struct.unpack(f"={count}I", self.map[PATCH_OFFSET:PATCH_OFFSET + count * 4])
        return self.head()[12], [pixel & 0xffffff for pixel in data]

    def thumbnail(self):
        """(width, height, bytes of 0x00RRGGBB)"""
        width, height = self.head()[13:15]
        pixels = bytearray(self.map[THUMBNAIL_OFFSET:THUMBNAIL_OFFSET + width * height * 4])
        pixels[3::4] = bytes(len(pixels) // 4)
        return width, height, bytes(pixels)

    def cursor(self):
        """(width, height, hot x, hot y, visible, pixels)"""
        width, height, x, y, visible = self.head()[7:12]
        data = self.map[CURSOR_OFFSET:CURSOR_OFFSET + width * height * 4]
        return width, height, x, y, visible, list(struct.unpack(f"={width * height}I", data))

    # The target.

    def send(self, data):
        self.rfb.sendall(data)

    def try_send(self, data, bound_s=5.0):
        """False when it does not take it."""
        self.rfb.settimeout(bound_s * FACTOR)
        try:
            self.rfb.sendall(data)
        except (BrokenPipeError, ConnectionResetError, socket.timeout):
            return False
        return True

    def receive(self, size, bound_s=5.0):
        data = b""
        self.rfb.settimeout(bound_s * FACTOR)
        while len(data) < size:
            try:
                some = self.rfb.recv(size - len(data))
            except (ConnectionResetError, socket.timeout):
                some = b""
            if not some:
                raise Failed(f"only {len(data)} of {size} bytes from the decoder: {data!r}; {self.said()}")
            data += some
        return data

    def expect(self, what, data):
        got = self.receive(len(data))
        if got != data:
            raise Failed(f"{what}: wanted {data!r}, got {got!r}")

    def greet(self, width=64, height=48, name=b"scripted"):
        """The handshake, up to and with what the decoder asks for."""
        self.send(b"RFB 003.008\n")
        self.expect("its version", b"RFB 003.008\n")
        self.send(b"\x01\x01")
        self.expect("security None", b"\x01")
        self.send(bytes(4))
        self.expect("ClientInit, shared", b"\x01")
        self.send(server_init(width, height, name))
        self.expect("SetPixelFormat", pixel_format_request())
        self.expect("SetEncodings", encodings_request())
        self.wait_message(SIZE)


def server_init(width, height, name=b"scripted"):
    format_ = struct.pack(">BBBBHHHBBB3x", 16, 16, 1, 1, 31, 63, 31, 11, 5, 0)
    return struct.pack(">HH", width, height) + format_ + struct.pack(">I", len(name)) + name


def pixel_format_request():
    big = int(sys.byteorder == "big")
    return struct.pack(">B3xBBBBHHHBBB3x", 0, 32, 24, big, 1, 255, 255, 255, 16, 8, 0)


def encodings_request():
    return struct.pack(f">BxH{len(ASKED)}i", 2, len(ASKED), *ASKED)


def update_request(incremental, width, height):
    return struct.pack(">BBHHHH", 3, incremental, 0, 0, width, height)


def flow_request(on, width, height):
    return struct.pack(">BBHHHH", 150, on, 0, 0, width, height)
