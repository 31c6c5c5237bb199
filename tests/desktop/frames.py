"""A target's picture in Python: the file of protocol/frame.h and a server of the verb `frames`.

Written from the header, not from the C code: it is a second opinion.
"""

import fcntl
import json
import mmap
import os
import socket
import struct
import threading

MESSAGE_BYTES = 256
SIZE, DAMAGE, CURSOR, BELL, CURRENT, MOVE, THUMBNAIL = 2, 3, 4, 5, 6, 8, 9
FILE, POINTER, STATE = 40, 41, 42
MAGIC, VERSION = 0x68646672, 3
CURSOR_OFFSET = 4096
PIXELS_OFFSET = CURSOR_OFFSET + 256 * 256 * 4
PATCH_OFFSET = PIXELS_OFFSET + (64 << 20) * 4
THUMBNAIL_OFFSET = PATCH_OFFSET + (256 << 10) * 4
FILE_BYTES = THUMBNAIL_OFFSET + 480 * 300 * 4
F_ADD_SEALS = 1033
SEAL, SHRINK, GROW, FUTURE_WRITE = 1, 2, 4, 16


def encode(kind, number, fields=b""):
    return (struct.pack(">BH", kind, number) + fields).ljust(MESSAGE_BYTES, b"\0")


class Picture:
    """A file as hotdesk-decode writes it. Pixels are 0xRRGGBB."""

    def __init__(self, width_px, height_px, seals=SHRINK | GROW | FUTURE_WRITE | SEAL):
        self.fd = os.memfd_create("picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, FILE_BYTES)
        self.map = mmap.mmap(self.fd, FILE_BYTES)
        fcntl.fcntl(self.fd, F_ADD_SEALS, seals)
        self.sequence = self.cursor_sequence = 0
        struct.pack_into("=II", self.map, 0, MAGIC, VERSION)
        self.resize(width_px, height_px)

    def close(self):
        self.map.close()
        os.close(self.fd)

    def begin(self):
        """The picture is being written: nobody may show any of it."""
        self.sequence += 1
        struct.pack_into("=Q", self.map, 8, self.sequence)

    end = begin

    def resize(self, width_px, height_px):
        self.begin()
        self.width_px, self.height_px = width_px, height_px
        struct.pack_into("=III", self.map, 16, width_px, height_px, width_px * 4)
        self.map[PIXELS_OFFSET:PIXELS_OFFSET + width_px * height_px * 4] = bytes(width_px * height_px * 4)
        self.end()

    def put(self, x_px, y_px, width_px, height_px, color):
        """Within begin and end: color(x, y), or a number."""
        for y in range(y_px, y_px + height_px):
            row = b"".join(struct.pack("=I", color(x, y) if callable(color) else color)
                           for x in range(x_px, x_px + width_px)) if callable(color) \
                else struct.pack("=I", color) * width_px
            at = PIXELS_OFFSET + (y * self.width_px + x_px) * 4
            self.map[at:at + len(row)] = row

    def fill(self, *place, color):
        self.begin()
        self.put(*place, color)
        self.end()

    def set_patch(self, sequence, pixels):
        """Of the move with that sequence."""
        struct.pack_into(f"={len(pixels)}I", self.map, PATCH_OFFSET, *pixels)
        struct.pack_into("=Q", self.map, 56, sequence)

    def set_thumbnail(self, width_px, height_px, rows):
        """rows: their bytes, as of the picture."""
        self.begin()
        struct.pack_into("=II", self.map, 64, width_px, height_px)
        self.map[THUMBNAIL_OFFSET:THUMBNAIL_OFFSET + len(rows)] = rows
        self.end()

    def set_cursor(self, width_px, height_px, hot_x_px, hot_y_px, pixels, visible=True):
        """pixels: 0xAARRGGBB, premultiplied, by rows."""
        self.begin()
        self.cursor_sequence += 1
        struct.pack_into("=IIIIII", self.map, 28, self.cursor_sequence, width_px, height_px, hot_x_px, hot_y_px,
                         int(visible))
        struct.pack_into(f"={len(pixels)}I", self.map, CURSOR_OFFSET, *pixels)
        self.end()


class FramesServer:
    """Grants `frames` and `watch` to one client after the other; any other line is kept in `lines`. Messages go to who asked
    for that number, else for all of them, else to who asked last."""

    def __init__(self, path):
        self.path = path
        self.follower = None
        self.followers = {}  # by what was asked for
        self.targets = []  # what was asked for
        self.answers = {}  # to other verbs
        self.lines = []
        self.watch = None
        self.figures = {}  # of the answers to `figures`
        self.figures_asked = 0
        self.targets_told = []  # of the answer to `watch`
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_while_it_is_there, args=(connection,), daemon=True).start()

    def _serve_while_it_is_there(self, connection):
        try:
            self._serve(connection)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _serve(self, connection):
        lines = connection.makefile("rb", buffering=0)
        line = lines.readline()
        request = json.loads(line) if line else {}
        if not request:
            return  # only asked whether somebody answers
        if request.get("verb") == "watch":
            connection.sendall(json.dumps({"ok": True, "active": 0, "targets": self.targets_told}).encode() + b"\n")
            self.watch = connection
            self._answer(connection, lines)
            return
        if request.get("verb") != "frames":
            self.lines.append(request)
            if request.get("verb") in self.answers:
                connection.sendall(json.dumps(self.answers[request["verb"]]).encode() + b"\n")
            return
        connection.sendall(b'{"ok": true}\n')
        self.targets.append(request["target"])
        self.follower = self.followers[request["target"]] = connection

    def follower_of(self, number):
        return self.followers.get(str(number), self.followers.get("all", self.follower))

    def _answer(self, connection, lines):
        """Figures of any target; it goes on in time and counts by one second with each."""
        try:
            for line in lines:
                if json.loads(line).get("verb") == "switcher":
                    self.lines.append(json.loads(line))
                    continue
                self.figures_asked += 1
                told = {"at_us": self.figures_asked * 1000000, "key_waits_us": 0, **self.figures}
                for count in ("bytes", "updates"):
                    if count in told:
                        told[count] *= self.figures_asked
                told = {"ok": True, "number": json.loads(line)["target"], **told}
                connection.sendall(json.dumps(told).encode() + b"\n")
        except OSError:
            pass  # it has gone

    def event(self, kind, /, **fields):
        """To who watches."""
        self.watch.sendall(json.dumps({"event": kind, **fields}).encode() + b"\n")

    def tell(self, kind, number, fields=b""):
        self.follower_of(number).sendall(encode(kind, number, fields))

    def send_file(self, picture, number=1):
        socket.send_fds(self.follower_of(number), [encode(FILE, number)], [picture.fd])

    def show(self, picture, number=1):
        self.send_file(picture, number)
        self.tell(SIZE, number, struct.pack(">HH", picture.width_px, picture.height_px))

    def show_thumbnail(self, number, width_px, height_px):
        self.tell(THUMBNAIL, number, struct.pack(">HH", width_px, height_px))

    def damage(self, picture, *rectangles, number=1):
        fields = struct.pack(">QB", picture.sequence, len(rectangles))
        fields += b"".join(struct.pack(">HHHH", *rectangle) for rectangle in rectangles)
        self.tell(DAMAGE, number, fields)

    def move(self, picture, to, start, *rectangles, before=None, number=1):
        """`to`: x, y, width, height; `start`: x, y. Of what the file will have next."""
        fields = struct.pack(">QQHHHHHHB", picture.sequence + 2, picture.sequence if before is None else before, *to,
                             *start, len(rectangles))
        fields += b"".join(struct.pack(">HHHH", *rectangle) for rectangle in rectangles)
        self.tell(MOVE, number, fields)

    def point(self, x_px, y_px, visible=True, number=1):
        self.tell(POINTER, number, struct.pack(">HHBB", x_px, y_px, int(visible), 0))

    def state(self, number, text=""):
        data = text.encode()
        self.tell(STATE, number, struct.pack(">B", len(data)) + data)

    def close(self):
        self.listener.close()
        os.unlink(self.path)
        for one in (self.follower, self.watch, *self.followers.values()):
            if one:
                one.close()
