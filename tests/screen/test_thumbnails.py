#!/usr/bin/python3
"""Thumbnails: what is sent of a screen to who looks at many at once, and when."""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from watch import *  # noqa: E402,F403

QUIET_S = 1.0
COLOURS = [0xc03020, 0x20a050, 0x3050d0, 0xe0e0e0]


def quarters(painter, colours):
    """Each quarter of the screen in one colour, clockwise from the top left."""
    size = painter.root.get_geometry()
    width, height = size.width // 2, size.height // 2
    for (x, y), colour in zip([(0, 0), (width, 0), (width, height), (0, height)], colours):
        painter.root.fill_rectangle(painter.root.create_gc(foreground=colour), x, y, width, height)
    painter.xlib.sync()


def shows(watch, width, height, colours):
    """The thumbnail has this size, and these colours in its quarters, as well as JPEG has them."""
    watch._drain()
    got_width, got_height, pixels = watch.decoder.thumbnail()
    if (got_width, got_height) != (width, height):
        return False
    for (x, y), colour in zip([(1, 1), (3, 1), (3, 3), (1, 3)], colours):
        at = (y * height // 4 * width + x * width // 4) * 4
        value, = struct.unpack_from("=I", pixels, at)
        if any(abs((value >> shift & 255) - (colour >> shift & 255)) > 6 for shift in (0, 8, 16)):
            return False
    return True


def thumbnails(watch):
    watch.decoder.tell(decode.LOOK, bytes([decode.THUMBNAILS]))


def small_and_whole(desk):
    for size, wanted in [((640, 480), (400, 300)), ((1920, 600), (480, 150)), ((200, 100), (200, 100))]:
        display = desk.display(*size)
        with Watch(desk, display) as watch:
            quarters(Painter(display), COLOURS)
            thumbnails(watch)
            wait_for(f"a thumbnail of {size}", lambda: shows(watch, *wanted, COLOURS))
            assert watch.counts()[1] < size[0] * size[1], "as many bytes as a picture has"
            assert not any(watch.picture()[2]), "the picture was sent, too"


def follows(desk):
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        quarters(painter, COLOURS)
        thumbnails(watch)
        wait_for("the first", lambda: shows(watch, 400, 300, COLOURS))
        for turn in range(1, 3):
            colours = COLOURS[turn:] + COLOURS[:turn]
            quarters(painter, colours)
            wait_for("the next", lambda: shows(watch, 400, 300, colours))


def still_costs_nothing(desk):
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        quarters(Painter(display), COLOURS)
        thumbnails(watch)
        wait_for("the first", lambda: shows(watch, 400, 300, COLOURS))

        def spent():
            before = watch.counts()
            time.sleep(QUIET_S)
            return tuple(after - start for start, after in zip(before, watch.counts()))
        wait_for("rest", lambda: spent()[1] == 0)
        reads, sent, cpu_us = spent()
        assert reads <= 1 and sent == 0, f"{reads} reads, {sent} bytes"
        assert cpu_us < 30000, f"{cpu_us} us of CPU"


def only_what_changed(desk):
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        painter.noise(0, 0, 640, 480)
        thumbnails(watch)
        watch.decoder.wait_message(decode.THUMBNAIL, 10)
        whole = watch.counts()[1]
        painter.root.fill_rectangle(painter.root.create_gc(foreground=0xffffff), 100, 100, 40, 20)
        painter.xlib.sync()
        watch.decoder.wait_message(decode.THUMBNAIL, 20)
        part = watch.counts()[1] - whole
        assert part < whole / 10, f"{part} bytes for a small part, {whole} for all"


def one_at_a_time(desk):
    """However often the screen changes, the next one has its time."""
    display = desk.display(640, 480)
    with Watch(desk, display, factor=16) as watch:
        painter = Painter(display)
        thumbnails(watch)
        watch.decoder.wait_message(decode.THUMBNAIL, 10)
        for _ in range(20):
            painter.rectangles(5)
            time.sleep(QUIET_S / 20)
        assert watch.decoder.no_message(), "a second thumbnail at once"


def picture_and_back(desk):
    """Who looks at the picture itself gets all of it, and what changed while only thumbnails were looked at."""
    display = desk.display(640, 480)
    with Watch(desk, display) as watch:
        painter = Painter(display)
        painter.rectangles(20)
        watch.look()
        watch.wait_same()
        thumbnails(watch)
        watch.decoder.wait_message(decode.THUMBNAIL, 10)
        quarters(painter, COLOURS)
        wait_for("the thumbnail", lambda: shows(watch, 400, 300, COLOURS))
        assert not watch.is_same(), "the picture was sent while nobody looked at it"
        watch.look()
        watch.wait_same()
        watch.look(False)


def of_no_size(desk):
    display = desk.display(64, 64)
    for width, height in ((0, 300), (480, 0), (481, 300), (480, 301)):
        with Watch(desk, display, decode_it=False) as watch:
            client = Client(watch.socket)
            client.ask()
            client.send(struct.pack(">BBHH", 200, 1, width, height))
            said = wait_for("the end", watch.said)
            assert "it asked for thumbnails of a size that there is none of" in said, said


CHECKS = [
    ("a thumbnail is small, has the screen's shape, and comes without the picture", small_and_whole),
    ("it follows the screen", follows),
    ("a still screen costs nothing", still_costs_nothing),
    ("only what changed is sent", only_what_changed),
    ("one at a time", one_at_a_time),
    ("the picture while somebody looks at it, and back", picture_and_back),
    ("thumbnails of a size that there is none of", of_no_size),
]

if __name__ == "__main__":
    sys.exit(run_checks(CHECKS))
