#!/usr/bin/python3
"""When hotdesk-decode asks for updates, when it says that the picture is current, and how it answers fences."""

import sys

sys.dont_write_bytecode = True
from rig import *  # noqa: E402,F403

WIDTH, HEIGHT = 64, 48


def started():
    decoder = Decoder()
    decoder.greet(WIDTH, HEIGHT)
    return decoder


def quiet(decoder, quiet_s=0.1):
    """It asks for nothing."""
    if select.select([decoder.rfb], [], [], quiet_s)[0]:
        raise Failed(f"asked for {decoder.rfb.recv(100)!r}")


def picture(colour):
    return update(raw(0, 0, WIDTH, HEIGHT, colour))


def expect_fence(decoder):
    """A request of the decoder's; its payload."""
    head = decoder.receive(9)
    kind, flags, size = struct.unpack(">B3xIB", head)
    assert kind == 248 and flags & FENCE_REQUEST, head
    return flags & ~FENCE_REQUEST, decoder.receive(size)


def flowing():
    """Looked at, by a target that knows ContinuousUpdates and Fence; after the first CURRENT."""
    decoder = started()
    decoder.send(fence(FENCE_REQUEST | 7, b"first") + END_OF_FLOW)
    decoder.expect("the fence's answer", fence(7, b"first"))
    decoder.look()
    decoder.expect("a whole picture", update_request(0, WIDTH, HEIGHT))
    decoder.expect("updates", flow_request(1, WIDTH, HEIGHT))
    flags, payload = expect_fence(decoder)
    decoder.send(picture(1))
    decoder.wait_message(DAMAGE)
    if not decoder.no_message():
        raise Failed("current before the fence came back")
    decoder.send(fence(flags, payload))
    decoder.wait_message(CURRENT)
    return decoder


def nobody_looks():
    with started() as decoder:
        quiet(decoder)
        decoder.look(False)
        quiet(decoder)


def plain_target():
    """One that knows neither ContinuousUpdates nor Fence is asked for each update."""
    with started() as decoder:
        decoder.look()
        decoder.expect("a whole picture", update_request(0, WIDTH, HEIGHT))
        quiet(decoder)
        decoder.send(picture(1))
        decoder.expect("the next change", update_request(1, WIDTH, HEIGHT))
        decoder.wait_message(DAMAGE)
        decoder.wait_message(CURRENT)
        decoder.look(False)
        decoder.send(picture(2))
        decoder.wait_message(DAMAGE)
        quiet(decoder)
        decoder.look()
        decoder.expect("a whole picture", update_request(0, WIDTH, HEIGHT))
        assert decoder.no_message(), "current before anything came"
        decoder.send(picture(3))
        decoder.wait_message(CURRENT)
        assert decoder.pixels(0, 0, 1, 1) == [3]


def look_before_the_handshake():
    with Decoder() as decoder:
        decoder.look()
        decoder.greet(WIDTH, HEIGHT)
        decoder.expect("a whole picture", update_request(0, WIDTH, HEIGHT))


def flow():
    with flowing() as decoder:
        quiet(decoder)
        decoder.send(picture(2))
        decoder.wait_message(DAMAGE)
        quiet(decoder)
        assert decoder.no_message(), "current is told once"


def warm():
    """Not looked at: told to stop. Again: nothing but what changed meanwhile, and a fence behind it."""
    with flowing() as decoder:
        for turn in range(3):
            decoder.look(False)
            decoder.expect("no updates", flow_request(0, WIDTH, HEIGHT))
            decoder.send(END_OF_FLOW)
            quiet(decoder, 0.05)
            decoder.look()
            decoder.expect("updates", flow_request(1, WIDTH, HEIGHT))
            flags, payload = expect_fence(decoder)
            if not decoder.no_message(0.05):
                raise Failed("current before the fence came back")
            decoder.send(update(raw(0, 0, 1, 1, turn)) + fence(flags, payload))
            decoder.wait_message(DAMAGE)
            decoder.wait_message(CURRENT)


def old_fence():
    """A fence of a look that is over says nothing about this one."""
    with flowing() as decoder:
        payloads = []
        for _ in range(2):
            decoder.look(False)
            decoder.expect("no updates", flow_request(0, WIDTH, HEIGHT))
            decoder.look()
            decoder.expect("updates", flow_request(1, WIDTH, HEIGHT))
            payloads.append(expect_fence(decoder)[1])
        decoder.send(fence(1, payloads[0]) + fence(1, b"") + fence(1, b"else"))
        if not decoder.no_message():
            raise Failed("an old fence made the picture current")
        decoder.send(fence(1, payloads[1]))
        decoder.wait_message(CURRENT)


def late_announcement():
    """The target tells what it knows only after it was asked."""
    with started() as decoder:
        decoder.look()
        decoder.expect("a whole picture", update_request(0, WIDTH, HEIGHT))
        decoder.send(END_OF_FLOW)
        decoder.expect("updates", flow_request(1, WIDTH, HEIGHT))
        decoder.send(fence(FENCE_REQUEST))
        decoder.expect("the fence's answer", fence(0))
        flags, payload = expect_fence(decoder)
        decoder.send(picture(1))
        decoder.wait_message(DAMAGE)
        assert decoder.no_message()
        decoder.send(fence(flags, payload))
        decoder.wait_message(CURRENT)


def another_size():
    """The area of ContinuousUpdates follows the size."""
    with flowing() as decoder:
        decoder.send(update(rectangle(0, 0, 80, 60, DESKTOP_SIZE)))
        decoder.wait_message(SIZE)
        decoder.expect("updates of all of it", flow_request(1, 80, 60))
        expect_fence(decoder)
    with started() as decoder:
        decoder.look()
        decoder.receive(10)
        decoder.send(update(rectangle(0, 0, 80, 60, DESKTOP_SIZE)))
        decoder.expect("all of it", update_request(0, 80, 60))
        decoder.wait_message(SIZE)
        if any(message.kind == CURRENT for message in iter(lambda: decoder.next_message(0.1), None)):
            raise Failed("a new size alone is no picture")


def fences():
    """Answered at once, and only once what was sent before is in the file."""
    with flowing() as decoder:
        for size in (0, 1, 63, 64):
            decoder.send(fence(FENCE_REQUEST | 0x7fffffff, bytes(range(size))))
            decoder.expect("its answer", fence(7, bytes(range(size))))
        decoder.send(picture(77) + fence(FENCE_REQUEST, b"behind"))
        decoder.expect("its answer", fence(0, b"behind"))
        assert decoder.pixels(0, 0, 1, 1) == [77]
        decoder.send(fence(FENCE_REQUEST, bytes(65)))
        reason = decoder.stopped()
        assert reason == "a fence of 65 bytes", reason


def in_the_middle():
    """Looking ends while an update is half there: the target is told at once."""
    with flowing() as decoder:
        data = picture(9)
        decoder.send(data[:100])
        decoder.look(False)
        decoder.expect("no updates", flow_request(0, WIDTH, HEIGHT))
        decoder.send(data[100:])
        decoder.wait_message(DAMAGE)


def main():
    tap = Tap()
    tap.check("nobody looks: nothing is asked for", nobody_looks)
    tap.check("a target without extensions", plain_target)
    tap.check("looked at before the handshake", look_before_the_handshake)
    tap.check("ContinuousUpdates and Fence", flow)
    tap.check("away and back", warm)
    tap.check("an old fence does not count", old_fence)
    tap.check("extensions that are announced late", late_announcement)
    tap.check("another size", another_size)
    tap.check("fences are answered, behind the picture", fences)
    tap.check("looking ends in the middle of an update", in_the_middle)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
