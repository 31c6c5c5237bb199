#!/usr/bin/python3
"""Hostile sessions (sessions.py) against hotdesk-decode: each ends in a picture or a named refusal, within 5 s and
300 MiB, and paints nothing outside of its rectangles.

Arguments: words of checks' names, to try only those."""

import concurrent.futures
import re
import sys

sys.dont_write_bytecode = True
import sessions  # noqa: E402
from sessions import BACKGROUND, HEIGHT, VERSION, WIDTH, background, handshake, one, render  # noqa: E402
from rig import *  # noqa: E402,F403

TIME_S = 5 * FACTOR
MEMORY_BYTES = 300 << 20
AT_ONCE = 3
SANITIZED = "ASAN_OPTIONS" in os.environ


class Outcome:
    """How a session ended: `reason`, and how many updates were shown."""

    def __init__(self):
        self.reason, self.shown, self.wrong = "", 0, ""


def wait_and_measure(decoder, outcome, begun):
    _, status, used = os.wait4(decoder.pid, 0)
    decoder.status = os.waitstatus_to_exitcode(status)
    took_s = time.monotonic() - begun
    if decoder.status != 1 or not outcome.reason:
        outcome.wrong = f"ended with {decoder.status}, {outcome.reason!r}: {decoder.said()}"
    elif took_s > TIME_S:
        outcome.wrong = f"took {took_s:.1f} s"
    elif used.ru_maxrss << 10 > MEMORY_BYTES and not SANITIZED:
        outcome.wrong = f"took {used.ru_maxrss >> 10} MiB"


def listen(decoder, outcome):
    """Until it has ended."""
    while True:
        message = decoder.next_message(TIME_S)
        if message is None:
            return
        outcome.shown += message.kind == DAMAGE
        if message.kind == STOPPED:
            outcome.reason = message.text


def converse(data):
    """One session from the first byte to the end."""
    outcome = Outcome()
    decoder = Decoder()
    begun = time.monotonic()
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as sender:
            def speak():
                if decoder.try_send(data, TIME_S):
                    decoder.rfb.shutdown(socket.SHUT_WR)
            decoder.rfb.settimeout(TIME_S)
            sending = sender.submit(speak)
            listen(decoder, outcome)
            wait_and_measure(decoder, outcome, begun)
            sending.result()
        return outcome, decoder
    except BaseException:
        decoder.close()
        raise


WHOLE = struct.pack(">HHHHiHH", 0, 0, WIDTH, HEIGHT, COPY, 0, 0)


def painted_outside(decoder, name, parts_rectangle):
    """After the whole picture was shown: what is not inside of the rectangle is still the background."""
    x, y, width, height = parts_rectangle
    for at, pixel in enumerate(decoder.pixels()):
        column, row = at % WIDTH, at // WIDTH
        inside = x <= column < x + width and y <= row < y + height
        if not inside and pixel != BACKGROUND:
            return f"{name}: painted at {column},{row}, outside of {width}x{height} at {x},{y}"
    return ""


def try_one(name, data, rectangle=None):
    """`data` comes between a background and a copy of all onto itself, which shows all there is. "": well."""
    outcome, decoder = converse(handshake() + background() + data + update(WHOLE))
    try:
        if outcome.wrong:
            return f"{name}: {outcome.wrong}"
        if rectangle and outcome.shown == 3 and decoder.size() == (WIDTH, HEIGHT):
            return painted_outside(decoder, name, rectangle)
        return ""
    finally:
        decoder.close()


def try_all(sessions_):
    """(name, bytes, rectangle) each."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [text for text in pool.map(lambda session: try_one(*session), sessions_) if text]
    if wrong:
        raise Failed(f"{len(wrong)} of {len(sessions_)}:\n" + "\n".join(wrong[:10]))


def rectangle_of(data):
    """The place of the one rectangle of an update."""
    return struct.unpack_from(">HHHH", data, 4)


def template(name):
    parts = sessions.templates()[name]
    paints = parts[0][0] == 0 and "DesktopSize" not in name
    made = [(text, data, rectangle_of(data) if paints else None) for text, data in sessions.mutations(parts)]
    whole, decoder = converse(handshake() + background() + render(parts) + (update(WHOLE) if paints else b""))
    decoder.close()
    if whole.wrong or whole.reason != "the target closed its screen connection" or whole.shown < 1:
        raise Failed(f"as it should be: {whole.reason} {whole.wrong}")
    try_all(made)


def try_handshakes(made):
    def converse_alone(name, data):
        outcome, decoder = converse(data)
        decoder.close()
        return outcome.wrong and f"{name}: {outcome.wrong}"
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [text for text in pool.map(lambda session: converse_alone(*session), made) if text]
    if wrong:
        raise Failed("\n".join(wrong[:10]))


def handshake_fields():
    try_handshakes([(name, data + background()) for name, data in sessions.mutations(sessions.handshake_parts())])


def handshake_cut():
    """After each of its bytes."""
    data = handshake()
    try_handshakes([(f"cut after {at} bytes", data[:at]) for at in range(0, len(data), 3)])


def handshake_reasons():
    made = [(f"a reason of {size} bytes", VERSION + b"\0" + struct.pack(">I", size) + b"\xff\x1b[2J" * 50)
            for size in sessions.VALUES[4]]
    made += [(f"a failure with a reason of {size} bytes", VERSION + b"\x01\x01" + struct.pack(">II", 1, size) + b"\xff" * 99)
             for size in sessions.VALUES[4]]
    made += [("255 security types", VERSION + b"\xff" + bytes(range(1, 256)) + bytes(4) + handshake()[18:])]
    try_handshakes(made)


def not_asked_for():
    """Refused by name, whatever follows."""
    def refused(name, number, body):
        outcome, decoder = converse(handshake() + background() + render(one(number, [body])))
        decoder.close()
        wanted = f"encoding {number}, which was not asked for"
        return "" if outcome.reason == wanted and not outcome.wrong else f"{name}: {outcome.reason} {outcome.wrong}"
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [text for text in pool.map(lambda item: refused(item[0], *item[1]), sessions.FOREIGN.items()) if text]
    if wrong:
        raise Failed("\n".join(wrong))


def messages_not_asked_for():
    def refused(item):
        outcome, decoder = converse(handshake() + background() + item[1])
        decoder.close()
        good = re.fullmatch(r"message \d+, which was not asked for", outcome.reason) and not outcome.wrong
        return "" if good else f"{item[0]}: {outcome.reason} {outcome.wrong}"
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [text for text in pool.map(refused, sessions.MESSAGES.items()) if text]
    if wrong:
        raise Failed("\n".join(wrong))


def wide():
    def run(name, data):
        before = handshake(5000, 20) + background(5000, 20)
        outcome, decoder = converse(before + data)
        decoder.close()
        return outcome.wrong and f"{name}: {outcome.wrong}"
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [text for text in pool.map(lambda item: run(*item), sessions.wide_tight()) if text]
    if wrong:
        raise Failed("\n".join(wrong))


def largest_picture():
    """64 megapixels, all painted twice: the memory of its own is one picture and what any decoder has."""
    with Decoder() as decoder:
        decoder.greet(8192, 8192)
        for colour in (1, 2):
            decoder.send(update(tight_fill(0, 0, 8192, 8192, colour)))
            decoder.wait_message(DAMAGE, 20)
            assert decoder.pixels(8190, 8191, 2, 1) == [colour, colour]
        with open(f"/proc/{decoder.pid}/status", encoding="ascii") as file:
            own_kib = int(re.search(r"RssAnon:\s+(\d+)", file.read())[1])
        assert SANITIZED or own_kib << 10 < MEMORY_BYTES, f"{own_kib >> 10} MiB"
        # Another size, as large: the first one's memory goes before the second's comes.
        for width, height in ((65535, 1024), (1024, 65535), (8192, 8192)):
            decoder.send(update(rectangle(0, 0, width, height, DESKTOP_SIZE),
                                tight_fill(0, 0, width, height, 3)))
            decoder.wait_message(DAMAGE, 20)
            assert decoder.size() == (width, height)


def main():
    tap = Tap()
    checks = [("handshake: each field (TigerVNC CVE-2019-15695, 2026-50538)", handshake_fields),
              ("handshake: cut", handshake_cut),
              ("handshake: reasons and security types (libvncclient CVE-2018-20020)", handshake_reasons),
              ("encodings not asked for (CVE-2018-20019, -20020, -20021, 2019-15694)", not_asked_for),
              ("messages not asked for (CVE-2018-15126, -15127, -6307, 2020-14401)", messages_not_asked_for)]
    why = {"Raw": "2017-5581", "CopyRect": "2019-15693", "RichCursor": "2019-15690, TigerVNC 2019-15691",
           "Cursor With Alpha": "2019-15692", "ServerCutText": "2018-20022, 2020-14405", "Tight gradient": "2016-10207",
           "Tight palette": "2019-15691", "Tight copy": "2026-44988"}
    for name in sessions.templates():
        checks.append((f"{name}: each field" + (f" (CVE-{why[name]})" if name in why else ""), template, name))
    checks += [("Tight: streams", lambda: try_all([(name, data, rectangle_of(data)) for name, data in sessions.tight_data()])),
               ("Tight: wide rectangles (CVE-2017-7392)", wide),
               ("Tight: JPEG", lambda: try_all([(name, sessions.jpeg_update(data), (8, 8, 16, 16))
                                                for name, data in sessions.jpegs()])),
               ("as much as there is room for", lambda: try_all([(name, data, None) for name, data in sessions.many()])),
               ("the largest picture", largest_picture)]
    for name, *function in checks:
        if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
            tap.check(name, *function)
    return tap.end()


sys.exit(main())
