#!/usr/bin/python3
"""A real RFB server as the target: what hotdesk-decode shows is what the X server has, pixel for pixel. Few colours at
once: for more it takes JPEG, and never sends the exact pixels behind it."""

import random
import sys

sys.dont_write_bytecode = True
from rig import *  # noqa: E402,F403
from harness import Harness  # noqa: E402
from Xlib import X, display as xdisplay  # noqa: E402

WIDTH, HEIGHT = 640, 480


def screenshot(screen):
    """0xRRGGBB of each pixel of the root window."""
    root = screen.screen().root
    size = root.get_geometry()
    data = root.get_image(0, 0, size.width, size.height, X.ZPixmap, 0xffffffff).data
    return [pixel & 0xffffff for pixel in struct.unpack(f"={size.width * size.height}I", data)]


class Target:
    """Xtigervnc, a decoder that looks at it, and somebody who paints."""

    def __init__(self, harness, *options):
        path = os.path.join(harness.directory, "rfb")
        self.server = harness.display(WIDTH, HEIGHT, kind="tigervnc", options=[
            "-rfbunixpath", path, "-AcceptSetDesktopSize", "-FrameRate", "60", *options])
        self.x = xdisplay.Display(self.server.name)
        self.root = self.x.screen().root
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.connect(path)
        # Away from where the client's pointer would be, Xtigervnc paints the pointer into the picture.
        self.root.warp_pointer(0, 0)
        self.x.sync()
        self.decoder = Decoder(rfb=link)
        self.decoder.look()
        self.decoder.wait_message(CURRENT, 10)

    def fill(self, colour, x, y, width, height):
        context = self.root.create_gc(foreground=colour)
        self.root.fill_rectangle(context, x, y, width, height)
        context.free()

    def settle(self):
        """Until both have the same picture."""
        self.x.sync()

        def same():
            while not self.decoder.no_message(0):
                got = self.decoder.next_message()
                assert got and got.kind != STOPPED, got and got.text
            size = self.root.get_geometry()
            return self.decoder.size() == (size.width, size.height) and self.decoder.pixels() == screenshot(self.x)
        wait_for("the same picture on both sides", same, 15, 0.05)

    def close(self):
        self.decoder.close()
        self.x.close()


def painted(harness):
    target = Target(harness)
    try:
        chance = random.Random(1)
        target.settle()
        for _ in range(5):
            for _ in range(40):
                width, height = chance.randint(1, 200), chance.randint(1, 200)
                target.fill(chance.randrange(1 << 24), chance.randrange(WIDTH - width), chance.randrange(HEIGHT - height),
                            width, height)
            context = target.root.create_gc(subwindow_mode=X.IncludeInferiors)
            for _ in range(5):
                target.root.copy_area(context, target.root, chance.randrange(200), chance.randrange(200), 300, 200,
                                      chance.randrange(200), chance.randrange(200))
            context.free()
            target.settle()
    finally:
        target.close()


def resized(harness):
    """Fifty times, somebody painting all the while."""
    target = Target(harness)
    try:
        chance = random.Random(2)
        for turn in range(50):
            width, height = 300 + 16 * chance.randrange(40), 200 + chance.randrange(500)
            name = f"{width}x{height}_{turn}"
            target.server.run("xrandr", "--newmode", name, "30", str(width), str(width), str(width), str(width),
                              str(height), str(height), str(height), str(height))
            target.server.run("xrandr", "--addmode", "VNC-0", name)
            target.server.run("xrandr", "--output", "VNC-0", "--mode", name)
            target.fill(chance.randrange(1 << 24), 0, 0, width // 2, height)
            if turn % 10 == 9:
                target.settle()
        target.settle()
    finally:
        target.close()


def pointer(harness):
    """The shape that X has, with its hot spot."""
    target = Target(harness)
    try:
        font = target.x.open_font("cursor")
        seen = set()
        for glyph in (34, 68, 152):
            cursor = font.create_glyph_cursor(font, glyph, glyph + 1, (65535, 0, 0), (0, 65535, 0))
            target.root.change_attributes(cursor=cursor)
            target.x.sync()

            def changed():
                width, height, x, y, visible, pixels = target.decoder.cursor()
                shape = (width, height, x, y, tuple(pixels))
                is_new = visible and {0xffff0000, 0xff00ff00} <= set(pixels) and shape not in seen
                return is_new and x < width and y < height and shape
            seen.add(wait_for("another shape in two colours", changed))
        assert len(seen) == 3, "three shapes"
    finally:
        target.close()


def looking_away(harness):
    """What happened meanwhile is there once the picture is current again."""
    target = Target(harness)
    try:
        target.settle()
        target.decoder.look(False)
        time.sleep(0.2)
        target.fill(0xabcdef, 10, 10, 100, 100)
        target.x.sync()
        while not target.decoder.no_message(0.2):
            target.decoder.next_message()
        before = target.decoder.sequence()
        target.fill(0xfedcba, 200, 10, 100, 100)
        target.x.sync()
        assert target.decoder.no_message(0.3) and target.decoder.sequence() == before, "shown with nobody looking"
        target.decoder.look()
        target.decoder.wait_message(CURRENT)
        target.settle()
    finally:
        target.close()


def main():
    tap = Tap()
    for name, function in (("what is painted", painted), ("fifty sizes", resized), ("the pointer", pointer),
                           ("looking away and back", looking_away)):
        with Harness() as harness:
            tap.check("Xtigervnc: " + name, function, harness)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
