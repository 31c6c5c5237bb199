"""What is on an X display: as pixels, as a PNG file (PNG specification, second edition), and whether a part of it shows
what is on another one."""

import struct
import zlib

from Xlib import X, display as xlib_display

# Of hotdesk-viewer's tiles (server/viewer/mosaic.h, picture.h, mosaic_words.c).
BETWEEN_TILES, BESIDE_PICTURE, GOOD, WARNING = 0x0c0d0f, 0x181a1d, 0x4ade80, 0xfbbf24
BLOCKS = (40, 25)  # that a picture and its small copy are compared by
MEAN_MAX, FAR, FAR_PART_MAX = 4, 24, 0.02  # of a block's colours, for a copy that is JPEG and a second old


def colors(data):
    """Of pixels one behind the other, red, green, blue."""
    return data[2::4], data[1::4], data[0::4]


def is_all(data, color):
    return all(part.count(color >> shift & 255) == len(part) for part, shift in zip(colors(data), (16, 8, 0)))


class Pixels:
    """32-bit words 0x00RRGGBB by rows, as an X server of depth 24 gives them. Boxes are (left, top, right, bottom)."""

    def __init__(self, width_px, height_px, data):
        self.width_px, self.height_px, self.data = width_px, height_px, data
        self.words = memoryview(data).cast("I")

    def __eq__(self, other):
        return self.data == other.data

    def row(self, y, left, right):
        return self.data[4 * (y * self.width_px + left):4 * (y * self.width_px + right)]

    def column(self, x, top, bottom):
        return self.words[top * self.width_px + x:bottom * self.width_px:self.width_px].tobytes()

    def count(self, box, color):
        left, top, right, bottom = box
        return sum(self.words[y * self.width_px + left:y * self.width_px + right].tolist().count(color) for y in range(top, bottom))

    def difference(self, other):
        """The box of all that is not the same; None: nothing."""
        rows = [y for y in range(self.height_px) if self.row(y, 0, self.width_px) != other.row(y, 0, self.width_px)]
        if not rows:
            return None
        top, bottom = rows[0], rows[-1] + 1
        columns = [x for x in range(self.width_px) if self.column(x, top, bottom) != other.column(x, top, bottom)]
        return columns[0], top, columns[-1] + 1, bottom

    def bands(self, is_empty, begin, end):
        """[(from, to)] of what is not empty."""
        found, start = [], None
        for at in range(begin, end):
            if is_empty(at):
                if start is not None:
                    found.append((start, at))
                start = None
            elif start is None:
                start = at
        return found + ([(start, end)] if start is not None else [])

    def tiles(self):
        """Boxes of the viewer's tiles, row by row, without the frame of the selected one. What is as wide as the window is
        a line of words."""
        boxes = []
        for top, bottom in self.bands(lambda y: is_all(self.row(y, 0, self.width_px), BETWEEN_TILES), 0, self.height_px):
            boxes += [self.inside(left, top, right, bottom) for left, right in
                      self.bands(lambda x: is_all(self.column(x, top, bottom), BETWEEN_TILES), 0, self.width_px)
                      if right - left < self.width_px]
        return boxes

    def inside(self, left, top, right, bottom):
        """Without what is around all of it in one colour: a frame, or room for one."""
        while left + 1 < right and top + 1 < bottom:
            color = int.from_bytes(self.row(top, left, left + 1)[:3], "little")
            sides = (self.row(top, left, right), self.row(bottom - 1, left, right), self.column(left, top, bottom),
                     self.column(right - 1, top, bottom))
            if color == BESIDE_PICTURE or not all(is_all(side, color) for side in sides):
                break
            left, top, right, bottom = left + 1, top + 1, right - 1, bottom - 1
        return left, top, right, bottom

    def picture_in(self, tile, aspect):
        """(the box of the picture in a tile, that of the words below it)"""
        left, top, right, bottom = tile
        middle = (top + bottom) // 2
        while left < right and is_all(self.column(left, top, middle), BESIDE_PICTURE):
            left += 1
        while right > left and is_all(self.column(right - 1, top, middle), BESIDE_PICTURE):
            right -= 1
        while top < middle and is_all(self.row(top, left, right), BESIDE_PICTURE):
            top += 1
        end = words = min(bottom, top + round((right - left) / aspect))
        while words < bottom and is_all(self.row(words, tile[0], tile[2]), BESIDE_PICTURE):
            words += 1
        return (left, top, right, end), (tile[0], words, tile[2], bottom)

    def blocks(self, box):
        """The mean colours of BLOCKS parts of a box."""
        left, top, right, bottom = box
        across, down = BLOCKS
        sums = [[0, 0, 0, 0] for _ in range(across * down)]
        for y in range(top, bottom):
            first = (y - top) * down // (bottom - top) * across
            edges = [(right - left) * at // across for at in range(across + 1)]
            for at, channel in enumerate(colors(self.row(y, left, right))):
                for block in range(across):
                    part = channel[edges[block]:edges[block + 1]]
                    sums[first + block][at] += sum(part)
                    sums[first + block][3] += len(part) if at == 0 else 0
        return [value / (one[3] or 1) for one in sums for value in one[:3]]

    def has_copy(self, box, of):
        """In that box is all of another picture, in another size."""
        if box[2] - box[0] < BLOCKS[0] or box[3] - box[1] < BLOCKS[1]:
            return False
        here, there = self.blocks(box), of.blocks((0, 0, of.width_px, of.height_px))
        apart = [abs(a - b) for a, b in zip(here, there)]
        return sum(apart) / len(apart) < MEAN_MAX and sum(one > FAR for one in apart) < FAR_PART_MAX * len(apart)

    def save(self, path):
        rows = bytearray()
        for y in range(self.height_px):
            row = bytearray(self.width_px * 3)
            row[0::3], row[1::3], row[2::3] = colors(self.row(y, 0, self.width_px))
            rows += b"\0" + row
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            for kind, content in ((b"IHDR", struct.pack(">IIBBBBB", self.width_px, self.height_px, 8, 2, 0, 0, 0)),
                                  (b"IDAT", zlib.compress(bytes(rows), 6)), (b"IEND", b"")):
                file.write(struct.pack(">I", len(content)) + kind + content
                           + struct.pack(">I", zlib.crc32(kind + content)))


class Screen:
    def __init__(self, name):
        self.x = xlib_display.Display(name)
        self.root = self.x.screen().root
        size = self.root.get_geometry()
        self.width_px, self.height_px = size.width, size.height

    def pixels(self):
        data = bytearray(self.root.get_image(0, 0, self.width_px, self.height_px, X.ZPixmap, 0xffffffff).data)
        data[3::4] = bytes(len(data) // 4)  # what Xft leaves there is nobody's colour
        return Pixels(self.width_px, self.height_px, bytes(data))

    def close(self):
        self.x.close()
