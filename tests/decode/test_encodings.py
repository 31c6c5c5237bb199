#!/usr/bin/python3
"""What hotdesk-decode makes of each encoding, whole updates only, sizes, and pointers."""

import concurrent.futures
import random
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
from rig import *  # noqa: E402,F403

WIDTH, HEIGHT = 64, 48


def started(width=WIDTH, height=HEIGHT):
    decoder = Decoder()
    decoder.greet(width, height)
    return decoder


def show(decoder, *rectangles):
    """Sends one update, waits until it is in the file; the damage."""
    decoder.send(update(*rectangles))
    return decoder.wait_message(DAMAGE).rectangles


def expect_pixels(decoder, x, y, width, height, wanted):
    got = decoder.pixels(x, y, width, height)
    wanted = wanted if isinstance(wanted, list) else [wanted] * (width * height)
    if got != wanted:
        at = next(i for i, pair in enumerate(zip(got, wanted)) if pair[0] != pair[1])
        raise Failed(f"pixel {x + at % width},{y + at // width} is {got[at]:06x}, wanted {wanted[at]:06x}")


def noise(count, seed=1):
    chance = random.Random(seed)
    return [chance.randrange(1 << 24) for _ in range(count)]


def make_jpeg(width, height, pixels):
    rgb = b"".join(struct.pack(">I", pixel)[1:] for pixel in pixels)
    tool = os.path.join(find_build_dir(), "tests/decode/mkjpeg")
    return subprocess.run([tool, str(width), str(height)], input=rgb, stdout=subprocess.PIPE, check=True).stdout


def raw_pixels():
    with started() as decoder:
        pixels = noise(WIDTH * HEIGHT)
        damage = show(decoder, raw(0, 0, WIDTH, HEIGHT, pixels))
        assert damage == [(0, 0, WIDTH, HEIGHT)], damage
        expect_pixels(decoder, 0, 0, WIDTH, HEIGHT, pixels)
        show(decoder, raw(3, 4, 2, 2, [1, 2, 3, 4]))
        expect_pixels(decoder, 3, 4, 2, 2, [1, 2, 3, 4])
        expect_pixels(decoder, 0, 0, WIDTH, 4, pixels[:WIDTH * 4])
        show(decoder, raw(WIDTH - 1, HEIGHT - 1, 1, 1, 7))
        expect_pixels(decoder, WIDTH - 1, HEIGHT - 1, 1, 1, 7)


def copied_pixels():
    """In all directions, the areas overlapping; what a program that paints by hand has in the end."""
    with started() as decoder:
        model = noise(WIDTH * HEIGHT)
        show(decoder, raw(0, 0, WIDTH, HEIGHT, model))
        chance = random.Random(2)
        moves = [(9, 9, 30, 30, 8 + dx, 8 + dy) for dx in range(3) for dy in range(3)]
        for _ in range(40):
            width, height = chance.randint(1, WIDTH), chance.randint(1, HEIGHT)
            moves.append((chance.randint(0, WIDTH - width), chance.randint(0, HEIGHT - height), width, height,
                          chance.randint(0, WIDTH - width), chance.randint(0, HEIGHT - height)))
        for x, y, width, height, from_x, from_y in moves:
            before = list(model)
            for row in range(height):
                at, source = (y + row) * WIDTH + x, (from_y + row) * WIDTH + from_x
                model[at:at + width] = before[source:source + width]
        show(decoder, *[copy(*move) for move in moves])
        expect_pixels(decoder, 0, 0, WIDTH, HEIGHT, model)


def copies_from_outside():
    """Also as the first of an update, which is handed over before the picture itself is written."""
    for start in ((WIDTH - 7, 0), (0, HEIGHT - 7), (65535, 65535)):
        for before in ((), (raw(0, 0, 2, 2, noise(4)),)):
            with started() as decoder:
                decoder.send(update(*before, copy(0, 0, 8, 8, *start)))
                reason = decoder.stopped()
                assert reason == "a CopyRect from outside of the picture", f"{reason}: {start}"


def tight_pixels():
    with started() as decoder:
        pixels = noise(20 * 20)
        show(decoder, tight_fill(0, 0, WIDTH, HEIGHT, 0x123456), tight_copy(10, 10, 20, 20, pixels))
        expect_pixels(decoder, 10, 10, 20, 20, pixels)
        expect_pixels(decoder, 0, 0, WIDTH, 10, 0x123456)
        for palette in ([0xff0000, 0x0000ff], list(range(0, 256 * 65793, 65793))[:200]):
            indices = [at % len(palette) for at in range(13 * 11)]
            show(decoder, tight_palette(1, 1, 13, 11, palette, indices))
            expect_pixels(decoder, 1, 1, 13, 11, [palette[index] for index in indices])
        show(decoder, tight_copy(0, 0, 3, 1, [1, 2, 3]))  # too short to be compressed
        expect_pixels(decoder, 0, 0, 3, 1, [1, 2, 3])


def tight_gradient():
    with started() as decoder:
        width, height = 16, 16
        pixels = noise(width * height)

        def channel(x, y, shift):
            return pixels[y * width + x] >> shift & 255 if x >= 0 and y >= 0 else 0
        data = bytearray()
        for y in range(height):
            for x in range(width):
                for shift in (16, 8, 0):
                    guess = channel(x - 1, y, shift) + channel(x, y - 1, shift) - channel(x - 1, y - 1, shift)
                    data.append(channel(x, y, shift) - max(0, min(255, guess)) & 255)
        show(decoder, rectangle(5, 5, width, height, TIGHT, b"\x41\x02" + zlib_body(bytes(data))))
        expect_pixels(decoder, 5, 5, width, height, pixels)


def tight_streams():
    """A stream goes on from rectangle to rectangle and update to update, until it is reset."""
    with started() as decoder:
        streams = [zlib.compressobj(6) for _ in range(4)]
        for turn in range(6):
            rectangles = []
            for number in range(4):
                control = number << 4 | (1 << number if turn in (0, 3) else 0)
                if turn == 3:
                    streams[number] = zlib.compressobj(6)
                rectangles.append(tight_copy(number * 16, turn, 16, 8, noise(128, number), control, streams[number]))
            show(decoder, *rectangles)
            for number in range(4):
                expect_pixels(decoder, number * 16, turn, 16, 8, noise(128, number))


def gradient_picture(width, height):
    return [(x * 255 // width) << 16 | (y * 255 // height) << 8 | 0x40 for y in range(height) for x in range(width)]


def expect_near(decoder, x, y, width, height, wanted, slack=6):
    for got, want in zip(decoder.pixels(x, y, width, height), wanted):
        for shift in (16, 8, 0):
            if abs((got >> shift & 255) - (want >> shift & 255)) > slack:
                raise Failed(f"{got:06x} is not near {want:06x}")


def jpeg_pixels():
    with started(400, 300) as decoder:
        pixels = gradient_picture(64, 32)
        tile = make_jpeg(64, 32, pixels)
        places = [(x, y) for y in range(0, 288, 32) for x in range(0, 384, 64)]
        show(decoder, tight_fill(0, 0, 400, 300, 0), *[tight_jpeg(x, y, 64, 32, tile) for x, y in places])
        for x, y in places:
            expect_near(decoder, x, y, 64, 32, pixels)


def jpeg_more_than_there_is_room_for():
    with started(1024, 512) as decoder:
        pixels = gradient_picture(32, 32)
        tile = make_jpeg(32, 32, pixels)
        places = [(x, y) for y in range(0, 512, 32) for x in range(0, 1024, 32)]
        show(decoder, *[tight_jpeg(x, y, 32, 32, tile) for x, y in places])
        for x, y in places[::37]:
            expect_near(decoder, x, y, 32, 32, pixels)


def jpeg_keeps_its_turn():
    """Decoded by threads, and still: what is painted later is on top, what is copied is whole."""
    with started(512, 512) as decoder:
        pixels = gradient_picture(256, 256)
        tile = make_jpeg(256, 256, pixels)
        for turn in range(10):
            show(decoder, tight_jpeg(0, 0, 256, 256, tile), raw(10, 10, 9, 9, turn), copy(256, 256, 256, 256, 0, 0),
                 tight_jpeg(256, 0, 256, 256, tile), tight_fill(300, 5, 50, 50, turn + 1),
                 tight_jpeg(0, 256, 256, 256, tile), tight_jpeg(10, 256, 256, 256, tile))
            expect_pixels(decoder, 10, 10, 9, 9, turn)
            expect_pixels(decoder, 266, 266, 9, 9, turn)
            expect_pixels(decoder, 300, 5, 50, 50, turn + 1)
            expect_near(decoder, 266, 300, 246, 200, [pixels[y * 256 + x] for y in range(44, 244) for x in range(10, 256)])
            expect_near(decoder, 10, 256, 256, 256, pixels)
            show(decoder, tight_fill(0, 0, 512, 512, 0), tight_jpeg(0, 0, 256, 256, tile), copy(256, 0, 256, 256, 0, 0))
            expect_near(decoder, 256, 0, 256, 256, pixels)


def jpeg_refused(data):
    with started() as decoder:
        decoder.send(update(tight_jpeg(0, 0, 32, 32, data)))
        reason = decoder.stopped()
        assert reason == "a JPEG that cannot be decoded", reason
        assert decoder.sequence() == 2


def jpegs_refused():
    good = make_jpeg(32, 32, noise(1024))
    for data in (make_jpeg(32, 31, noise(992)), make_jpeg(64, 64, noise(4096)), good[:len(good) // 2], b"\xff\xd8",
                 b"no JPEG at all", b"\0" * 5000):
        jpeg_refused(data)


def half_an_update():
    """Nothing of an update is seen before all of it is there, whichever encoding it breaks off in."""
    with started() as decoder:
        show(decoder, raw(0, 0, WIDTH, HEIGHT, 0xff0000))
        tile = make_jpeg(32, 32, [0x0000ff] * 1024)
        whole = update(raw(0, 0, WIDTH, 10, 0x0000ff), tight_fill(0, 10, WIDTH, 6, 0x0000ff),
                       tight_jpeg(0, 16, 32, 32, tile), tight_copy(32, 16, 32, 32, [0x0000ff] * 1024))
        sequence = decoder.sequence()
        for at in range(0, len(whole), 331):
            decoder.send(whole[at:at + 331])
            if at + 331 < len(whole):
                if not decoder.no_message(0.02) or decoder.sequence() != sequence:
                    raise Failed(f"told after {at + 331} of {len(whole)} bytes")
                expect_pixels(decoder, 0, 0, WIDTH, HEIGHT, 0xff0000)
        damage = decoder.wait_message(DAMAGE)
        assert damage.sequence == decoder.sequence() == sequence + 2
        expect_near(decoder, 0, 0, WIDTH, HEIGHT, [0x0000ff] * (WIDTH * HEIGHT))
        decoder.send(whole[:-1])
        decoder.rfb.close()
        decoder.rfb = None
        decoder.stopped()
        assert decoder.sequence() == sequence + 2, "the end of the connection showed half an update"


def two_colours():
    """A screen that flips as fast as it can: a reader who copies while it is written sees one colour or the other."""
    width, height = 1280, 720
    with started(width, height) as decoder:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            def flip():
                for turn in range(400):
                    colour = 0xffffff if turn % 2 else 0x0000ff
                    decoder.send(update(*[tight_fill(0, y, width, 72, colour) for y in range(0, height, 72)]))
            flipping = pool.submit(flip)
            colours, copies, changed = {words([colour]) for colour in (0, 0xffffff, 0x0000ff)}, 0, 0
            while not flipping.done():
                while not decoder.no_message(0):
                    decoder.next_message()
                sequence = decoder.sequence()
                data = decoder.map[PIXELS_OFFSET:PIXELS_OFFSET + width * height * 4]
                if sequence % 2 or decoder.sequence() != sequence:
                    changed += 1
                    continue
                copies += 1
                if data[:4] not in colours or data != data[:4] * (width * height):
                    raise Failed(f"two colours at once, in copy {copies}")
            flipping.result()
        assert copies >= 20, f"only {copies} whole copies, {changed} that changed meanwhile"


def many_rectangles():
    """More than a message tells: all of them are covered."""
    with started(500, 500) as decoder:
        chance = random.Random(3)
        places = [(chance.randrange(490), chance.randrange(490)) for _ in range(300)]
        damage = show(decoder, *[raw(x, y, 10, 10, 0xffffff) for x, y in places])
        assert len(damage) <= 24
        for x, y in places:
            assert any(left <= x and x + 10 <= left + width and top <= y and y + 10 <= top + height
                       for left, top, width, height in damage), (x, y)
            expect_pixels(decoder, x, y, 10, 10, 0xffffff)


def last_rectangle():
    with started() as decoder:
        decoder.send(update(raw(0, 0, 1, 1, 1), rectangle(0, 0, 0, 0, LAST_RECT), count=65535))
        decoder.wait_message(DAMAGE)
        show(decoder, raw(0, 0, 1, 1, 2))
        expect_pixels(decoder, 0, 0, 1, 1, 2)


def put(model, width, place, pixels):
    x, y, across, down = place
    for row in range(down):
        model[(y + row) * width + x:(y + row) * width + x + across] = pixels[row * across:(row + 1) * across]


def moved(model, width, place, from_x, from_y):
    x, y, across, down = place
    rows = [model[(from_y + row) * width + from_x:(from_y + row) * width + from_x + across] for row in range(down)]
    put(model, width, (x, y, across, down), sum(rows, []))


def moves_are_told_first():
    """Whatever updates there are, the file is right; and who makes a move that is told early has the same."""
    chance = random.Random(7)
    width, height = 120, 90
    with started(width, height) as decoder:
        model = [chance.randrange(1 << 24) for _ in range(width * height)]
        damage_sequence = 0
        decoder.send(update(raw(0, 0, width, height, model)))
        damage_sequence = decoder.wait_message(DAMAGE).sequence
        early = 0
        for turn in range(150):
            before, rectangles = list(model), []
            for kind in ["copy"] * (turn % 3 > 0) + chance.choices(["raw", "copy"], [9, 1], k=turn % 30):
                across, down = 1 + chance.randrange(60), 1 + chance.randrange(60)
                place = chance.randrange(width - across + 1), chance.randrange(height - down + 1), across, down
                if kind == "copy":
                    start = chance.randrange(width - across + 1), chance.randrange(height - down + 1)
                    rectangles.append(copy(*place, *start))
                    moved(model, width, place, *start)
                else:
                    pixels = [chance.randrange(1 << 24) for _ in range(across * down)]
                    rectangles.append(raw(*place, pixels))
                    put(model, width, place, pixels)
            if not rectangles:
                continue
            decoder.send(update(*rectangles))
            message = decoder.next_message()
            if message.kind == MOVE:
                early += 1
                assert message.before == damage_sequence, (message.before, damage_sequence)
                sizes = [across * down for _, _, across, down in message.rectangles]
                sequence, patch = decoder.patch(sum(sizes))
                assert sequence == message.sequence
                moved(before, width, message.to, *message.place)
                for place, size in zip(message.rectangles, sizes):
                    put(before, width, place, patch[:size])
                    patch = patch[size:]
                assert before == model, f"the move of update {turn} makes another picture"
                told = message
                message = decoder.next_message()
                assert message.sequence == told.sequence
            assert message.kind == DAMAGE, message.kind
            damage_sequence = message.sequence
            expect_pixels(decoder, 0, 0, width, height, model)
        assert early > 30, early


def resized():
    with started() as decoder:
        show(decoder, raw(0, 0, WIDTH, HEIGHT, 0xffffff))
        decoder.send(update(rectangle(0, 0, 100, 80, DESKTOP_SIZE)))
        assert decoder.wait_message(SIZE).size == (100, 80)
        assert decoder.size() == (100, 80)
        expect_pixels(decoder, 0, 0, 100, 80, 0)
        show(decoder, raw(90, 70, 10, 10, 5))
        expect_pixels(decoder, 90, 70, 10, 10, 5)
        screens = struct.pack(">B3x", 1) + struct.pack(">IHHHHI", 1, 0, 0, 30, 20, 0)
        # In the middle of an update: what was painted before belongs to another picture.
        decoder.send(update(raw(99, 79, 1, 1, 6), rectangle(0, 0, 30, 20, EXTENDED_SIZE, screens),
                            raw(29, 19, 1, 1, 7)))
        assert decoder.wait_message(SIZE).size == (30, 20)
        assert decoder.wait_message(DAMAGE).rectangles == [(29, 19, 1, 1)]
        expect_pixels(decoder, 29, 19, 1, 1, 7)
        # A refusal of somebody's wish has no size to tell.
        decoder.send(update(rectangle(1, 3, 9999, 9999, EXTENDED_SIZE, screens), raw(0, 0, 1, 1, 8)))
        assert decoder.wait_message(DAMAGE).rectangles == [(0, 0, 1, 1)]
        assert decoder.size() == (30, 20)


def resized_often():
    with started() as decoder:
        for turn in range(200):
            width, height = 1 + turn * 7 % 900, 1 + turn * 13 % 700
            decoder.send(update(rectangle(0, 0, width, height, DESKTOP_SIZE),
                                tight_fill(0, 0, width, height, turn + 1)))
            assert decoder.wait_message(DAMAGE).rectangles == [(0, 0, width, height)]
            assert decoder.size() == (width, height)
            expect_pixels(decoder, 0, 0, width, height, turn + 1)


def same_size():
    with started() as decoder:
        show(decoder, raw(0, 0, WIDTH, HEIGHT, 3))
        decoder.send(update(rectangle(0, 0, WIDTH, HEIGHT, DESKTOP_SIZE), raw(0, 0, 1, 1, 4)))
        assert decoder.next_message().kind == DAMAGE
        expect_pixels(decoder, 1, 0, WIDTH - 1, 1, 3)


def thumbnail(x, y, width, height, whole_width, whole_height, jpeg, size=None):
    return rectangle(x, y, width, height, 0x4844544e,
                     struct.pack(">HHI", whole_width, whole_height, len(jpeg) if size is None else size) + jpeg)


def thumbnails_beside_the_picture():
    with started() as decoder:
        show(decoder, raw(0, 0, WIDTH, HEIGHT, 7))
        sequence = decoder.sequence()
        decoder.send(update(thumbnail(0, 0, 64, 48, 64, 48, make_jpeg(64, 48, [0x808080] * 64 * 48)),
                            thumbnail(16, 16, 16, 16, 64, 48, make_jpeg(16, 16, [0xffffff] * 256))))
        assert decoder.wait_message(THUMBNAIL).size == (64, 48)
        width, height, pixels = decoder.thumbnail()
        assert (width, height) == (64, 48) and decoder.sequence() > sequence
        values = struct.unpack(f"={width * height}I", pixels)
        assert abs((values[0] & 255) - 0x80) < 4 and (values[20 * 64 + 20] & 255) > 0xfa, values[:2]
        expect_pixels(decoder, 0, 0, WIDTH, HEIGHT, 7)
        decoder.send(update(thumbnail(0, 0, 8, 8, 16, 8, make_jpeg(8, 8, [0xffffff] * 64))))
        assert decoder.wait_message(THUMBNAIL).size == (16, 8)
        assert not any(decoder.thumbnail()[2][8 * 4:16 * 4]), "of the size before"


def thumbnails_refused():
    jpeg = make_jpeg(16, 16, [0] * 256)
    for what, bad in [("size", thumbnail(0, 0, 16, 16, 481, 300, jpeg)), ("size", thumbnail(0, 0, 16, 16, 480, 301, jpeg)),
                      ("size", thumbnail(0, 0, 16, 16, 0, 16, jpeg)), ("place", thumbnail(465, 0, 16, 16, 480, 300, jpeg)),
                      ("place", thumbnail(0, 65535, 16, 16, 480, 300, jpeg)),
                      ("bytes", thumbnail(0, 0, 16, 16, 480, 300, jpeg, (1 << 20) + 1)),
                      ("bytes", thumbnail(0, 0, 16, 16, 480, 300, b"")),
                      ("JPEG", thumbnail(0, 0, 16, 15, 480, 300, jpeg))]:
        with started() as decoder:
            decoder.send(update(bad))
            reason = decoder.stopped()
            assert "a thumbnail of " in reason or reason == "a JPEG that cannot be decoded", f"{what}: {reason}"


def rich_pointer():
    with started() as decoder:
        shape = words([0x111111 * (i + 1) for i in range(9 * 2)])
        mask = bytes([0b10000000, 0b10000000, 0b01111111, 0b00000000])
        decoder.send(update(rectangle(8, 1, 9, 2, RICH_CURSOR, shape + mask)))
        decoder.wait_message(CURSOR)
        width, height, x, y, visible, pixels = decoder.cursor()
        assert (width, height, x, y, visible) == (9, 2, 8, 1, 1)
        seen = [(pixel >> 24 == 255, pixel & 0xffffff) for pixel in pixels]
        assert seen[0] == (True, 0x111111) and seen[8] == (True, 0x111111 * 9 & 0xffffff), seen
        assert all(pixel == 0 for pixel in pixels[1:8] + pixels[9:10] + pixels[17:]), pixels
        assert seen[16] == (True, 0x111111 * 17 & 0xffffff)
        decoder.send(update(rectangle(0, 0, 0, 0, RICH_CURSOR)))
        decoder.wait_message(CURSOR)
        assert decoder.cursor()[4] == 0


def alpha_pointer():
    with started() as decoder:
        rgba = bytes([255, 0, 0, 255, 0, 10, 20, 128, 0, 0, 0, 0, 200, 3, 2, 100])
        decoder.send(update(rectangle(99, 99, 2, 2, ALPHA_CURSOR, struct.pack(">i", 0) + rgba)))
        decoder.wait_message(CURSOR)
        width, height, x, y, visible, pixels = decoder.cursor()
        assert (width, height, x, y, visible) == (2, 2, 1, 1, 1), "the hot spot is inside"
        assert pixels == [0xffff0000, 0x80000a14, 0, 0x64640302], [hex(pixel) for pixel in pixels]
        decoder.send(update(rectangle(0, 0, 0, 7, ALPHA_CURSOR, struct.pack(">i", 0))))
        decoder.wait_message(CURSOR)
        assert decoder.cursor()[4] == 0


def largest_pointer():
    with started() as decoder:
        decoder.send(update(rectangle(255, 255, 256, 256, ALPHA_CURSOR, struct.pack(">i", 0) + b"\xff" * 262144)))
        decoder.wait_message(CURSOR)
        decoder.send(update(rectangle(0, 0, 256, 256, RICH_CURSOR, b"\x10" * 262144 + b"\xff" * 8192)))
        decoder.wait_message(CURSOR)
        assert decoder.cursor()[:2] == (256, 256)
        assert decoder.cursor()[5] == [0xff101010] * 65536


def bell_and_text():
    with started() as decoder:
        decoder.send(b"\x02" + struct.pack(">B3xI", 3, 100000) + bytes(100000) + b"\x02")
        decoder.wait_message(BELL)
        decoder.wait_message(BELL)


def split_anywhere():
    """The bytes of a session come one at a time, or all at once: the picture is the same."""
    stream = zlib.compressobj(1)
    data = update(raw(0, 0, 5, 5, noise(25)), tight_copy(5, 5, 8, 8, noise(64), 0x01, stream), copy(20, 20, 9, 9, 2, 2),
                  tight_palette(30, 30, 9, 9, [1, 2], [at % 2 for at in range(81)]))
    data += fence(FENCE_REQUEST, b"x") + update(tight_copy(6, 6, 8, 8, noise(64), 0, stream))
    pictures = []
    for size in (1, 7, len(data)):
        with started() as decoder:
            for at in range(0, len(data), size):
                decoder.send(data[at:at + size])
            decoder.wait_message(DAMAGE)
            decoder.wait_message(DAMAGE)
            pictures.append(decoder.pixels())
    assert pictures[0] == pictures[1] == pictures[2]
    assert len(set(pictures[0])) > 50


def main():
    tap = Tap()
    tap.check("Raw", raw_pixels)
    tap.check("CopyRect, overlapping in all directions", copied_pixels)
    tap.check("CopyRect from outside ends it", copies_from_outside)
    tap.check("Tight: fill, copy, palettes", tight_pixels)
    tap.check("Tight: gradient", tight_gradient)
    tap.check("Tight: the four streams go on", tight_streams)
    tap.check("Tight: JPEG", jpeg_pixels)
    tap.check("more JPEG tiles in an update than wait at once", jpeg_more_than_there_is_room_for)
    tap.check("JPEG keeps its turn", jpeg_keeps_its_turn)
    tap.check("a bad JPEG ends it", jpegs_refused)
    tap.check("half an update is never seen", half_an_update)
    tap.check("a screen that flips two colours", two_colours)
    tap.check("more rectangles than a message tells", many_rectangles)
    tap.check("LastRect", last_rectangle)
    tap.check("a move is told before it is made", moves_are_told_first)
    tap.check("another size", resized)
    tap.check("another size two hundred times", resized_often)
    tap.check("the same size again changes nothing", same_size)
    tap.check("a thumbnail lies beside the picture", thumbnails_beside_the_picture)
    tap.check("thumbnails of a bad size, place or length end it", thumbnails_refused)
    tap.check("a pointer with a mask", rich_pointer)
    tap.check("a pointer with alpha", alpha_pointer)
    tap.check("the largest pointer", largest_pointer)
    tap.check("bell, and a text that nobody reads", bell_and_text)
    tap.check("bytes split anywhere", split_anywhere)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
