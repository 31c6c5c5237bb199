"""Makes hostile RFB sessions: correct RFB in which one field at a time has a value that hurts.

A session is a list of parts, bytes or Field. mutations() gives each session that differs from it in one field, or in
a width and height together: 0, 1, the most and one less, the picture's borders, and the values at which count times
size passes 2^31 and 2^32. What the server end of a connection can send in each encoding that libvncclient knows is
here: test_pictures.py sends it, test_replay.py runs it in one process, and a fuzzer begins with it
(corpus.py writes files).
"""

import os
import struct
import subprocess
import sys
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../decode"))
from rig import (ALPHA_CURSOR, COPY, DESKTOP_SIZE, EXTENDED_SIZE, LAST_RECT, RAW, RICH_CURSOR, TIGHT,  # noqa: E402
                 compact, find_build_dir, server_init, tight_fill, update, words, zlib_body)

WIDTH, HEIGHT = 96, 64
BACKGROUND = 0x305070
VERSION = b"RFB 003.008\n"

VALUES = {
    1: (0, 1, 2, 127, 128, 254, 255),
    2: (0, 1, HEIGHT - 1, HEIGHT, HEIGHT + 1, WIDTH - 1, WIDTH, WIDTH + 1, 2047, 2049, 23170, 23171, 32767, 32768, 46341,
        65534, 65535),
    4: (0, 1, 0x3fffffff, 0x40000000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff),
}
# Width and height whose product, times 1, 3 or 4, comes to 2^31, 2^32, or just past.
PAIRS = ((46341, 46341), (23171, 23171), (26755, 26755), (32768, 32768), (65535, 65535), (65535, 16385), (16384, 65535),
         (65535, 1), (1, 65535), (0, 0), (0, 65535), (65535, 0), (WIDTH + 1, HEIGHT + 1))


class Field:
    def __init__(self, name, size, value):
        self.name, self.size, self.value = name, size, value

    def bytes(self, value=None):
        value = self.value if value is None else value
        return (value & (1 << 8 * self.size) - 1).to_bytes(self.size, "big")


def render(parts, changed=None):
    """`changed`: the value of each part by its place."""
    changed = changed or {}
    return b"".join(part.bytes(changed.get(at)) if isinstance(part, Field) else part for at, part in enumerate(parts))


def mutations(parts):
    """(what is changed, bytes) of each."""
    for at, part in enumerate(parts):
        if not isinstance(part, Field):
            continue
        for value in VALUES[part.size]:
            if value != part.value:
                yield f"{part.name} = {value}", render(parts, {at: value})
        follows = parts[at + 1] if at + 1 < len(parts) else None
        if part.name.endswith("width") and isinstance(follows, Field):
            for width, height in PAIRS:
                yield f"{part.name}, height = {width}, {height}", render(parts, {at: width, at + 1: height})


def u8(name, value):
    return Field(name, 1, value)


def u16(name, value):
    return Field(name, 2, value)


def u32(name, value):
    return Field(name, 4, value)


def handshake_parts(width=WIDTH, height=HEIGHT):
    init = server_init(width, height)
    names = ("bits", "depth", "order", "true colour")
    parts = [VERSION, u8("count of security types", 1), b"\x01", u32("security result", 0)]
    parts += [u16("screen width", width), u16("screen height", height)]
    parts += [u8(name, init[4 + at]) for at, name in enumerate(names)]
    parts += [u16("maximum of " + name, 31) for name in ("red", "green", "blue")]
    parts += [u8("shift of " + name, 5) for name in ("red", "green", "blue")]
    return parts + [bytes(3), u32("length of the name", 8), b"scripted"]


def handshake(width=WIDTH, height=HEIGHT):
    return render(handshake_parts(width, height))


def background(width=WIDTH, height=HEIGHT):
    return update(tight_fill(0, 0, width, height, BACKGROUND))


def one(encoding, body, x=8, y=8, width=16, height=16):
    """An update with one rectangle; `body` is a list of parts."""
    return [b"\x00\x00", u16("count of rectangles", 1), u16("x", x), u16("y", y), u16("width", width),
            u16("height", height), u32("encoding", encoding)] + body


def rgb(count, value=0x405060):
    return struct.pack(">I", value)[1:] * count


def pack(data, level=1):
    stream = zlib.compressobj(level)
    return stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)


def compact_parts(size):
    """A length of the Tight encoding in three bytes that each can change."""
    return [u8("length, low", size & 0x7f | 0x80), u8("length, middle", size >> 7 & 0x7f | 0x80),
            u8("length, high", size >> 14)]


def tight_templates():
    """name -> parts: each kind of Tight rectangle."""
    copied, indices, bits = pack(rgb(256)), pack(bytes(256)), pack(bytes(32))
    return {
        "Tight fill": one(TIGHT, [u8("control", 0x80), rgb(1)]),
        "Tight copy": one(TIGHT, [u8("control", 0x01)] + compact_parts(len(copied)) + [copied]),
        "Tight palette": one(TIGHT, [u8("control", 0x41), u8("filter", 1), u8("colours", 3), rgb(4)] +
                             compact_parts(len(indices)) + [indices]),
        "Tight two colours": one(TIGHT, [u8("control", 0x41), u8("filter", 1), u8("colours", 1), rgb(2)] +
                                 compact_parts(len(bits)) + [bits]),
        "Tight gradient": one(TIGHT, [u8("control", 0x41), u8("filter", 2)] + compact_parts(len(copied)) + [copied]),
        "Tight short": one(TIGHT, [u8("control", 0x01), rgb(3)], width=3, height=1),
    }


def templates():
    """name -> parts: each encoding that is asked for, and each message."""
    screens = [u8("count of screens", 1), bytes(3), bytes(4), bytes(4), u16("screen's width", 9),
               u16("screen's height", 9), bytes(4)]
    found = {
        "Raw": one(RAW, [words([0x405060] * 256)]),
        "CopyRect": one(COPY, [u16("from x", 0), u16("from y", 0)]),
        "RichCursor": one(RICH_CURSOR, [words([0x10] * 256), b"\xff" * 32]),
        "Cursor With Alpha": one(ALPHA_CURSOR, [u32("pointer's encoding", 0), b"\x80" * 1024]),
        "DesktopSize": one(DESKTOP_SIZE, [], 0, 0, 50, 40),
        "ExtendedDesktopSize": one(EXTENDED_SIZE, screens, 0, 0, 50, 40),
        "LastRect": one(LAST_RECT, []),
        "Fence": [b"\xf8\0\0\0", u32("flags", 0x80000000), u8("length of a fence", 4), b"four"],
        "ServerCutText": [b"\x03\0\0\0", u32("length of a text", 4), b"text"],
    }
    found.update(tight_templates())
    return found


# number -> a body: what the library knows and nobody asked for.
FOREIGN = {
    "RRE": (2, struct.pack(">I", 1) + bytes(4) + bytes(4) + struct.pack(">HHHH", 0, 0, 65535, 65535)),
    "RRE, 2^30 of them": (2, struct.pack(">I", 1 << 30) + bytes(64)),
    "CoRRE": (4, struct.pack(">I", 1 << 29) + bytes(4) + bytes(4) + b"\xff\xff\xff\xff"),
    "Hextile": (5, b"\x1f" + bytes(8) + b"\xff" + b"\xff\xff" * 255),
    "Zlib": (6, struct.pack(">I", 0xffffffff) + pack(bytes(5000))),
    "ZlibHex": (8, b"\x60" + struct.pack(">H", 65535) + bytes(100)),
    "Ultra": (9, struct.pack(">I", 0x7fffffff) + bytes(100)),
    "TRLE": (15, b"\x82" + bytes(3) + b"\xff" * 300),
    "ZRLE": (16, struct.pack(">I", 0xffffffff) + pack(b"\x82" + bytes(3) + b"\xff" * 9000)),
    "ZYWRLE": (17, struct.pack(">I", 100) + bytes(100)),
    "UltraZip": (0xffff0009 - (1 << 32), struct.pack(">I", 100) + bytes(100)),
    "XCursor": (-240, bytes(6) + b"\xff" * 64),
    "PointerPos": (-232, b""),
    "KeyboardLedState": (0xfffe0000 - (1 << 32), b""),
    "SupportedMessages": (0xfffe0001 - (1 << 32), bytes(64)),
    "SupportedEncodings": (0xfffe0002 - (1 << 32), bytes(65535)),
    "ServerIdentity": (0xfffe0003 - (1 << 32), b"x" * 65535),
    "Xvp": (-309, b""),
    "QEMU audio": (-259, b""),
    "asked for as a hint": (-24, b""),
    "asked for as a message": (-312, b""),
}

MESSAGES = {
    "SetColourMapEntries": b"\x01\0\xff\xff\xff\xff" + bytes(600),
    "ResizeFrameBuffer": b"\x04\0" + struct.pack(">HH", 65535, 65535),
    "FileTransfer": b"\x07\x03\0\0" + struct.pack(">II", 0xffffffff, 0xffffffff) + b"x" * 600,
    "TextChat": b"\x0b\0\0\0" + struct.pack(">I", 0x7fffffff) + b"x" * 600,
    "PalmVNC's size": b"\x0f\0" + struct.pack(">HHHHH", 65535, 65535, 65535, 65535, 0),
    "xvp": b"\xfa\0\xff\xff",
    "EndOfContinuousUpdates, and an unknown one": b"\x96\xff",
}


def make_jpeg(width, height, *flags):
    tool = os.path.join(find_build_dir(), "tests/decode/mkjpeg")
    pixels = bytes((at * 7 + at // 50) & 255 for at in range(width * height * 3))
    return subprocess.run([tool, str(width), str(height), *flags], input=pixels, stdout=subprocess.PIPE,
                          check=True).stdout


def jpeg_update(data, width=16, height=16):
    return render(one(TIGHT, [b"\x90", compact(len(data)), data], width=width, height=height))


def jpegs():
    """(name, bytes): whole updates of one JPEG rectangle each."""
    good = make_jpeg(16, 16)
    size_at = good.index(b"\xff\xc0") + 5
    scan_at = good.index(b"\xff\xda")
    for height, width in ((0, 0), (0, 16), (16, 0), (15, 16), (16, 17), (17, 16), (65535, 65535), (46341, 46341)):
        yield f"of {width}x{height}", good[:size_at] + struct.pack(">HH", height, width) + good[size_at + 4:]
    for count in (0, 1, 2, 4, 255):
        yield f"with {count} colours", good[:size_at + 4] + bytes([count]) + good[size_at + 5:]
    for sampling in (0, 0x14, 0x41, 0x44, 0xff):
        yield f"with sampling {sampling:x}", good[:size_at + 6] + bytes([sampling]) + good[size_at + 7:]
    for kind in (0xc1, 0xc2, 0xc3, 0xc9, 0xca, 0xcf):
        yield f"of another kind, {kind:x}", good.replace(b"\xff\xc0", bytes([0xff, kind]), 1)
    yield "with 12 bits", good[:size_at - 1] + b"\x0c" + good[size_at:]
    yield "with one row of blocks", good[:scan_at + 30] + b"\xff\xd9"
    yield "without tables", good[:2] + good[good.index(b"\xff\xc0"):]
    yield "that only begins", b"\xff\xd8"
    yield "of nothing but scans", good[:scan_at] + good[scan_at:scan_at + 14] * 3000
    progressive = make_jpeg(16, 16, "progressive")
    last = progressive.rindex(b"\xff\xda")
    yield "in 5,000 scans", progressive[:last] + progressive[last:-2] * 5000 + b"\xff\xd9"
    for at in range(2, len(good), 61):
        yield f"cut after {at} bytes", good[:at]
    for at in range(20, len(good), 43):
        yield f"with a wrong byte at {at}", good[:at] + bytes([good[at] ^ 0xff]) + good[at + 1:]


def tight_data():
    """(name, update): streams that are too short, too long, or none."""
    def basic(data, control=b"\x01", width=16, height=16):
        return render(one(TIGHT, [control, compact(len(data)), data], width=width, height=height))
    for rows in (0, 1, 15, 17, 32, 100, 5000):
        yield f"{rows} rows in place of 16", basic(pack(rgb(16 * rows)))
    for more in (-1, 1, 47):
        yield f"{more} bytes more or less", basic(pack(bytes(768 + more)))
    yield "200 MB from a few bytes", basic(pack(bytes(200 << 20), 9))
    yield "a stream that ends", basic(zlib.compress(rgb(256)))
    yield "a stream that ends early, and more", basic(zlib.compress(rgb(10)) + pack(rgb(246)))
    yield "a wrong checksum", basic(zlib.compress(rgb(256))[:-1] + b"\xff")
    yield "a dictionary that nobody has", basic(b"\x78\xbb\x12\x34\x56\x78" + bytes(50))
    yield "empty blocks without an end", basic(b"\x78\x01" + b"\0\0\0\xff\xff" * 100000)
    yield "no stream at all", basic(b"\xff" * 300)
    yield "nothing", basic(b"")
    yield "a stream that nobody began", basic(rgb(256), b"\x20")
    for control in range(0, 256, 16):
        yield f"control {control:02x} and zeros", render(one(TIGHT, [bytes([control]), bytes(1000)]))
        yield f"control {control | 15:02x} and ones", render(one(TIGHT, [bytes([control | 15]), b"\xff" * 1000]))
    for colours in (0, 2, 255):
        body = bytes([0x41, 1, colours]) + rgb(colours + 1) + zlib_body(b"\xff" * 256)
        yield f"colours beyond the {colours + 1} of the palette", render(one(TIGHT, [body]))


def wide_tight():
    """(name, update) for a picture of 5000x20: beyond what fits into the library's rows."""
    for width in (2047, 2048, 2049, 5000):
        for name, head, size in (("copy", b"\x01", 3), ("gradient", b"\x41\x02", 3), ("palette", b"\x41\x01\x03" + rgb(4), 1)):
            data = pack(b"\x11" * (width * 20 * size))
            yield f"{name}, {width} wide", render(one(TIGHT, [head, compact(len(data)), data], 0, 0, width, 20))
        yield f"fill, {width} wide", render(one(TIGHT, [b"\x80", rgb(1)], 0, 0, width, 20))
    yield "JPEG, 5000 wide", jpeg_update(make_jpeg(3000, 8), 3000, 8)


def many():
    """(name, update): as much of one thing as a message has room for."""
    empty = struct.pack(">HHHHi", 0, 0, 0, 0, RAW)
    yield "65,535 empty rectangles", update(empty * 65535, count=65535)
    yield "65,535 copies of the picture", update(struct.pack(">HHHHiHH", 0, 0, WIDTH, HEIGHT, COPY, 0, 0) * 65535,
                                                  count=65535)
    yield "10,000 sizes", update(b"".join(struct.pack(">HHHHi", 0, 0, 1 + at % 2000, 8000, DESKTOP_SIZE)
                                          for at in range(10000)), count=10000)
    pointer = struct.pack(">HHHHii", 0, 0, 256, 256, ALPHA_CURSOR, 0) + bytes(262144)
    yield "200 large pointers", update(pointer * 200, count=200)
    for width, height in ((257, 1), (257, 256), (256, 257), (4096, 256), (256, 4096)):
        size = width * height
        yield f"a pointer of {width}x{height}, all of it there", update(struct.pack(
            ">HHHHi", 0, 0, width, height, RICH_CURSOR) + bytes(size * 4 + (width + 7) // 8 * height))
        yield f"one of {width}x{height} with alpha", update(struct.pack(
            ">HHHHii", 0, 0, width, height, ALPHA_CURSOR, 0) + bytes(size * 4))
    yield "1,000 updates with nothing in them", update() * 1000
    yield "1,000 bells", b"\x02" * 1000
    yield "1,000 fences", (b"\xf8\0\0\0\x80\0\0\0\x04four") * 1000


def all_updates():
    """What the fuzzer begins with: bytes that come behind a handshake and a background."""
    yield b"\x02\x02"  # bells
    for parts in templates().values():
        yield render(parts)
        yield from (data for _, data in mutations(parts))
    yield from (jpeg_update(data) for _, data in jpegs())
    yield from (data for _, data in tight_data())
    yield from (render(one(number, [body])) for number, body in FOREIGN.values())
    yield from MESSAGES.values()


def write_corpus(directory, most_bytes):
    """Sessions no longer than that, each in a file; how many."""
    os.makedirs(directory, exist_ok=True)
    show = struct.pack(">HHHHiHH", 0, 0, WIDTH, HEIGHT, COPY, 0, 0)
    made = [data for _, data in mutations(handshake_parts())]
    made += [handshake() + background() + data + update(show) for data in all_updates() if len(data) <= most_bytes]
    for at, data in enumerate(made):
        with open(os.path.join(directory, f"session-{at}"), "wb") as file:
            file.write(data)
    return len(made)
