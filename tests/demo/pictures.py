"""What is on an X display, as pixels and as a PNG file (PNG specification, second edition)."""

import struct
import zlib

from Xlib import X, display as xlib_display


class Screen:
    """Pixels are 32-bit words 0x00RRGGBB by rows, as an X server of depth 24 gives them."""

    def __init__(self, name):
        self.x = xlib_display.Display(name)
        self.root = self.x.screen().root
        size = self.root.get_geometry()
        self.width_px, self.height_px = size.width, size.height

    def pixels(self):
        return self.root.get_image(0, 0, self.width_px, self.height_px, X.ZPixmap, 0xffffffff).data

    def save(self, path):
        data = self.pixels()
        rows = bytearray()
        stride = self.width_px * 4
        for y in range(self.height_px):
            row = data[y * stride:(y + 1) * stride]
            colors = bytearray(self.width_px * 3)
            colors[0::3], colors[1::3], colors[2::3] = row[2::4], row[1::4], row[0::4]
            rows += b"\0" + colors
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            for kind, content in ((b"IHDR", struct.pack(">IIBBBBB", self.width_px, self.height_px, 8, 2, 0, 0, 0)),
                                  (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")):
                file.write(struct.pack(">I", len(content)) + kind + content
                           + struct.pack(">I", zlib.crc32(kind + content)))

    def close(self):
        self.x.close()
