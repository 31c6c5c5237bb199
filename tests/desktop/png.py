"""Reads the PNG files of `hotdesk screenshot`, and writes such: RGB, 8 bits."""

import struct
import zlib

HEAD = b"\x89PNG\r\n\x1a\n"


def chunks(data):
    at = len(HEAD)
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8:at + 8 + size]
        at += 12 + size


def unfilter(kind, row, above):
    """In place; PNG specification, section 9."""
    for i in range(len(row)):
        left = row[i - 3] if i >= 3 else 0
        up = above[i]
        corner = above[i - 3] if i >= 3 else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            whole = left + up - corner
            guess = min((left, up, corner), key=lambda value: abs(whole - value))
        row[i] = (row[i] + guess) & 255


def read(path):
    """(width, height, rows), a row being bytes R, G, B of each pixel."""
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(HEAD):
        raise ValueError(f"{path} is no PNG")
    packed, width, height = b"", 0, 0
    for kind, body in chunks(data):
        if kind == b"IHDR":
            width, height, *rest = struct.unpack(">IIBBBBB", body)
            if rest != [8, 2, 0, 0, 0]:
                raise ValueError(f"{path}: not RGB of 8 bits: {rest}")
        elif kind == b"IDAT":
            packed += body
    raw, rows, above = zlib.decompress(packed), [], bytes(3 * width)
    for y in range(height):
        at = y * (1 + 3 * width)
        row = bytearray(raw[at + 1:at + 1 + 3 * width])
        if raw[at]:
            unfilter(raw[at], row, above)
        above = bytes(row)
        rows.append(above)
    return width, height, rows


def write(path, width, height, rows, level=9):
    """The same form; no filter."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), level)
    with open(path, "wb") as file:
        file.write(HEAD + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", body)
                   + chunk(b"IEND", b""))
