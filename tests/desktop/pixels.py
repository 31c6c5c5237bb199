"""What a display shows, compared with kept pictures (`HOTDESK_KEEP=1` writes them anew)."""

import os
import time

import png
from harness import Failed, wait_for
from Xlib import X

# Each part by itself, so that one word that is missing counts. Letters of another version of FreeType have other edges, none
# has another place.
PARTS, MEAN_MAX = 24, 24
# Pictures are kept and compared in this many fewer colours: they are smaller, and what is the same is seen at once.
COARSE = bytes(value & 0xf0 | 8 for value in range(256))
SAMPLES = 36


def rows_of(root, x_px, y_px, width_px, height_px):
    """Rows of R, G, B."""
    data = root.get_image(x_px, y_px, width_px, height_px, X.ZPixmap, 0xffffffff).data
    rgb = bytearray(3 * width_px * height_px)
    rgb[0::3], rgb[1::3], rgb[2::3] = data[2::4], data[1::4], data[0::4]
    return [bytes(rgb[at:at + 3 * width_px]) for at in range(0, len(rgb), 3 * width_px)]


def coarse(rows):
    return [row.translate(COARSE) for row in rows]


def farthest(rows, others, parts=PARTS):
    """The highest mean difference of a part: (difference, x, y)."""
    wide, high = len(rows[0]) // parts + 1, len(rows) // parts + 1
    sums = {}
    for y, (row, other) in enumerate(zip(rows, others)):
        if row == other:
            continue
        for at in range(0, len(row), wide):
            one, two = row[at:at + wide], other[at:at + wide]
            if one != two:
                place = at // 3, y // high * high
                sums[place] = sums.get(place, 0) + sum(abs(a - b) for a, b in zip(one, two))
    return max(((total / (wide * high), *place) for place, total in sums.items()), default=(0, 0, 0))


class Kept:
    """One kept picture, and what the test's output has of it (build/GROUP)."""

    def __init__(self, folder, group, name, parts=PARTS):
        self.name, self.parts = name, parts
        self.kept = os.path.join(folder, name + ".png")
        self.output = os.path.join(os.environ.get("HOTDESK_BUILD", "build"), group, name + ".png")
        self.writes = bool(os.environ.get("HOTDESK_KEEP"))
        self.width, self.height, rows = (0, 0, []) if self.writes else png.read(self.kept)
        self.rows = coarse(rows)

    def is_likely(self, root):
        """A few lines of the display are like it: all of it takes long to read."""
        lines = range(self.height // SAMPLES // 2, self.height, self.height // SAMPLES)
        rows = [rows_of(root, 0, y, self.width, 1)[0] for y in lines]
        return farthest(coarse(rows), [self.rows[y] for y in lines])[0] <= MEAN_MAX

    def check(self, root, width, height):
        rows = rows_of(root, 0, 0, width, height)
        self.write(self.output, width, height, rows, 1)
        if self.writes:
            self.write(self.kept, width, height, coarse(rows), 9)
            return
        if (width, height) != (self.width, self.height):
            raise Failed(f"{self.name}: {width}x{height} pixels in place of {self.width}x{self.height}")
        mean, x, y = farthest(coarse(rows), self.rows, self.parts)
        if mean > MEAN_MAX:
            raise Failed(f"{self.name}: other by {mean:.0f} around {x},{y} ({self.output})")

    @staticmethod
    def write(path, width, height, rows, level):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        png.write(path, width, height, rows, level)

    def wait(self, root, width, height):
        """Until it is there."""
        if self.writes:
            time.sleep(20)
        else:
            try:
                wait_for("a picture", lambda: self.is_likely(root), 30, pause_s=0.1)
            except Failed:
                pass  # what is other is told below
        self.check(root, width, height)
