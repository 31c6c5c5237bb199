"""An X display, the agent's screen code on it (screen-tool) and a hotdesk-decode that shows it, with no network between.

    with Harness() as desk:
        display = desk.display(640, 480)
        with Watch(desk, display) as watch:
            watch.look()
            ...                              # programs draw
            watch.wait_same()                # source and picture, pixel by pixel
"""

import os
import random
import re
import socket
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "decode"))
import rig as decode  # noqa: E402
from harness import FACTOR, Failed, Harness, Tap, find_build_dir, wait_for  # noqa: E402,F401

from Xlib import X, display as xdisplay  # noqa: E402


def apart(function):
    """Runs function(harness) in a process of its own: python-xlib mixes up the events of X servers that have different
    extensions."""
    def check():
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            text = ""
            try:
                with Harness() as desk:
                    function(desk)
            except BaseException as error:  # whatever it is, it is told
                text = f"{type(error).__name__}: {error}" or "?"
            os.write(writer, text.encode()[:4000])
            os._exit(0)
        os.close(writer)
        with open(reader, "rb") as pipe:
            text = pipe.read().decode()
        if os.waitpid(pid, 0)[1] or text:
            raise Failed(text or "the test died")
    return check


def run_checks(checks):
    """[(name, function(harness))]; those with one of our arguments in their names, or all. The exit status."""
    tap = Tap()
    for name, function in checks:
        if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
            tap.check(name, apart(function))
    return tap.end()


class Painter:
    """Draws on the root window by a connection of its own."""

    def __init__(self, display, seed=1):
        self.xlib = xdisplay.Display(display.name)
        self.root = self.xlib.screen().root
        self.random = random.Random(seed)
        self.top = (1 << self.xlib.screen().root_depth) - 1

    def rectangles(self, count, largest=200):
        size = self.root.get_geometry()
        for _ in range(count):
            pixel = self.random.randint(0, self.top)
            self.root.fill_rectangle(self.root.create_gc(foreground=pixel),
                                     self.random.randrange(size.width), self.random.randrange(size.height),
                                     self.random.randint(1, largest), self.random.randint(1, largest))
        self.xlib.sync()

    def fill(self, pixel):
        size = self.root.get_geometry()
        self.root.fill_rectangle(self.root.create_gc(foreground=pixel), 0, 0, size.width, size.height)
        self.xlib.sync()

    def noise(self, x, y, width, height, onto=None):
        """Of depth 24."""
        onto = onto or self.root
        data = self.random.randbytes(width * height * 4)
        rows = max(1, 60000 // (width * 4))
        for top in range(0, height, rows):
            count = min(rows, height - top)
            onto.put_image(self.root.create_gc(), x, y + top, width, count, X.ZPixmap, 24, 0,
                                data[top * width * 4:(top + count) * width * 4])
        self.xlib.sync()


class Client:
    """A bare RFB client on a socket, after the handshake."""

    def __init__(self, socket_, piece=None):
        self.socket = socket_
        self.socket.settimeout(10 * FACTOR)
        self.data = b""
        assert self.receive(12) == b"RFB 003.008\n"
        self.send(b"RFB 003.008\n", piece)
        assert self.receive(2) == b"\x01\x01"
        self.send(b"\x01", piece)
        assert self.receive(4) == bytes(4)
        self.send(b"\x01", piece)
        self.width, self.height, name = struct.unpack(">HH16xI", self.receive(24))
        self.receive(name)

    def send(self, data, piece=None):
        for at in range(0, len(data), piece or len(data)):
            self.socket.sendall(data[at:at + (piece or len(data))])

    def receive(self, size):
        while len(self.data) < size:
            some = self.socket.recv(65536)
            if not some:
                raise Failed("the agent's side has gone")
            self.data += some
        data, self.data = self.data[:size], self.data[size:]
        return data

    def ask(self, piece=None):
        """As hotdesk-decode asks."""
        self.send(decode.pixel_format_request() + decode.encodings_request(), piece)
        assert self.receive(1) == decode.END_OF_FLOW

    def fence(self, payload, piece=None):
        self.send(decode.fence(decode.FENCE_REQUEST | 1, payload), piece)

    def wait_fence(self, payload):
        """Until the answer comes, whatever comes before it."""
        answer = decode.fence(1, payload)
        while answer not in self.data:
            self.data = self.receive(len(self.data) + 1) + self.data


class Watch:
    def __init__(self, desk, display, kind="x11", decode_it=True, factor=None, monitor=None):
        """`factor`: of the agent side's times; its own sweeps come later then. `monitor`: shows it alone."""
        self.place = None  # (x, y, width, height) of what is to be seen; None: the root window
        self.display = display
        ours, theirs = socket.socketpair()
        tool = os.path.join(find_build_dir(), "tests/screen/screen-tool")
        environment = dict(os.environ, DISPLAY=display.name if display else "")
        for name in ("XDG_SESSION_TYPE", "WAYLAND_DISPLAY"):
            environment.pop(name, None)
        if factor:
            environment["HOTDESK_TIME_FACTOR"] = str(factor)
        self.process = desk.start("screen-tool", [tool, kind, str(theirs.fileno()), *([monitor] if monitor else [])],
                                  env=environment, stdin=subprocess.PIPE, pass_fds=(theirs.fileno(),))
        theirs.close()
        self.state = wait_for("the screen's state", self._read_state)
        self.decoder, self.socket = None, ours
        if self.state.startswith("screen") and decode_it:
            self.decoder = decode.Decoder(rfb=ours)
        self.xlib = xdisplay.Display(display.name) if display else None

    def _read_state(self):
        found = re.search(r"^(?:no )?screen: .*$", self.process.text(), re.MULTILINE)
        return found and found[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.decoder:
            self.decoder.close()
        self.process.stop()
        self.socket.close()
        if self.xlib:
            self.xlib.close()

    def look(self, wanted=True):
        """Returns when the picture is current."""
        self.decoder.look(wanted)
        if wanted:
            self.decoder.wait_message(decode.CURRENT, 20)

    def counts(self):
        """(reads, bytes, CPU time in microseconds) of the agent's side."""
        before = self.process.text().count("cpu-us")
        self.process.write("?\n")
        lines = wait_for("the tool's counts",
                         lambda: re.findall(r"^reads (\d+) bytes (\d+) cpu-us (\d+)$", self.process.text(),
                                            re.MULTILINE)[before:])
        return tuple(int(number) for number in lines[-1])

    def said(self):
        """Why the tool ended, or None."""
        found = re.search(r"^ended: (.*)$", self.process.text(), re.MULTILINE)
        return found and found[1]

    def source(self):
        """(width, height, bytes of 0x00RRGGBB) of the display."""
        root = self.xlib.screen().root
        size = root.get_geometry()
        x, y, width, height = self.place or (0, 0, size.width, size.height)
        image = root.get_image(x, y, width, height, X.ZPixmap, 0xffffffff)
        return width, height, self._convert(image.data, image.depth, width, height)

    def _convert(self, data, depth, width, height):
        if depth == 24:
            pixels = bytearray(data)
            pixels[3::4] = bytes(len(pixels) // 4)
            return bytes(pixels)
        if depth == 30:
            values = struct.unpack(f"={width * height}I", data)
            return struct.pack(f"={width * height}I", *[(value >> 22 & 0xff) << 16 | (value >> 12 & 0xff) << 8
                                                      | value >> 2 & 0xff for value in values])
        stride = (width * 2 + 3) // 4 * 4
        scale = [[(value * 255 + top // 2) // top for value in range(top + 1)] for top in (31, 63)]
        out = []
        for y in range(height):
            for value in struct.unpack_from(f"={width}H", data, y * stride):
                if depth == 15:
                    rgb = scale[0][value >> 10 & 31], scale[0][value >> 5 & 31], scale[0][value & 31]
                else:
                    rgb = scale[0][value >> 11], scale[1][value >> 5 & 63], scale[0][value & 31]
                out.append(rgb[0] << 16 | rgb[1] << 8 | rgb[2])
        return struct.pack(f"={width * height}I", *out)

    def picture(self):
        width, height = self.decoder.size()
        at = decode.PIXELS_OFFSET
        pixels = bytearray(self.decoder.map[at:at + width * height * 4])
        pixels[3::4] = bytes(len(pixels) // 4)
        return width, height, bytes(pixels)

    def _drain(self):
        while not self.decoder.no_message(0):
            got = self.decoder.next_message(0.1)
            if got is None or got.kind == decode.STOPPED:
                raise Failed(f"the decoder ended: {got.text if got else self.decoder.stopped()}; {self.said()}")

    def is_same(self):
        self._drain()
        return self.source() == self.picture()

    def wait_same(self, bound_s=10.0):
        try:
            wait_for("the same picture on both sides", self.is_same, bound_s, 0.05)
        except Failed as failure:
            raise Failed(f"{failure}: {self.difference()}; {self.said() or ''}") from None

    def difference(self):
        source, picture = self.source(), self.picture()
        if source[:2] != picture[:2]:
            return f"{source[0]}x{source[1]} and {picture[0]}x{picture[1]}"
        width = source[0]
        wrong = [i for i in range(width * source[1]) if source[2][4 * i:4 * i + 4] != picture[2][4 * i:4 * i + 4]]
        if not wrong:
            return "nothing any more"
        return (f"{len(wrong)} pixels, x {min(i % width for i in wrong)}..{max(i % width for i in wrong)}, "
                f"y {wrong[0] // width}..{wrong[-1] // width}, first {source[2][4 * wrong[0]:4 * wrong[0] + 4].hex()} "
                f"and {picture[2][4 * wrong[0]:4 * wrong[0] + 4].hex()}")
