#!/usr/bin/python3
"""A console that means harm, on the screen connection of an agent: each field of each message an RFB client can send.
Each session ends by a reason or with the connection, and the same whether its bytes come at once or in pieces."""

import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from sessions import VERSION, mutations, render, u16, u32, u8  # noqa: E402
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, Failed, Tap, find_build_dir  # noqa: E402

ENCODINGS = (7, 1, 0, -24, -255, -314, -239, -308, -223, -224, -312, -313)
HELLO = VERSION + b"\x01\x01"
FORMAT = bytes(4) + struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
ASK = struct.pack(f">BxH{len(ENCODINGS)}i", 2, len(ENCODINGS), *ENCODINGS)
ALL = struct.pack(">BBHHHH", 3, 0, 0, 0, 96, 64)


def area(kind):
    return [kind, u8("flag", 1), u16("x", 0), u16("y", 0), u16("width", 96), u16("height", 64)]


MESSAGES = {
    "SetPixelFormat": [bytes(4), u8("bits", 32), u8("depth", 24), u8("order", 0), u8("true colour", 1),
                       u16("red's maximum", 255), u16("green's maximum", 255), u16("blue's maximum", 255),
                       u8("red's shift", 16), u8("green's shift", 8), u8("blue's shift", 0), bytes(3)],
    "SetEncodings": [b"\x02\0", u16("count", 2), u32("first", 7), u32("second", 0)],
    "SetEncodings, a great many": [b"\x02\0\xff\xff" + struct.pack(">i", 5) * 65535],
    "SetEncodings, more than there are": [b"\x02\0\x01\x00" + struct.pack(">i", 7) * 256],
    "FixColourMapEntries": [b"\x01\0", u16("first", 0), u16("count", 1), bytes(6)],
    "FramebufferUpdateRequest": area(b"\x03"),
    "EnableContinuousUpdates": area(b"\x96"),
    "KeyEvent": [b"\x04", u8("down", 1), bytes(2), u32("key", 0xff0d)],
    "PointerEvent": [b"\x05", u8("buttons", 1), u16("x", 1), u16("y", 1)],
    "ClientCutText": [b"\x06\0\0\0", u32("length", 4), b"text"],
    "Fence": [b"\xf8\0\0\0", u32("flags", 0x80000000), u8("length", 4), b"four"],
    "FileTransfer": [b"\x07", u8("kind", 3), u8("parameter", 0), b"\0", u32("size", 9), u32("length", 9), b"/etc/host"],
    "SetScale": [b"\x08", u8("scale", 2), bytes(2)],
    "SetServerInput": [b"\x09", u8("status", 1), bytes(2)],
    "SetSW": [b"\x0a\0", u16("x", 0), u16("y", 0)],
    "TextChat": [b"\x0b\0\0\0", u32("length", 4), b"text"],
    "PalmVNC's scale": [b"\x0f", u8("scale", 2), bytes(2)],
    "xvp": [b"\xfa\0", u8("version", 1), u8("code", 2)],
    "SetDesktopSize": [b"\xfb\0", u16("width", 9), u16("height", 9), u8("screens", 1), b"\0", bytes(16)],
    "QEMU key": [b"\xff\0", u16("down", 1), u32("key", 1), u32("code", 1)],
}


def sessions():
    hello = [u8("length of version", 0x52), VERSION[1:], u8("security type", 1), u8("shared", 1)]
    yield render(hello) + FORMAT + ASK + ALL
    yield from (data + FORMAT + ASK + ALL for _, data in mutations(hello))
    for version in (b"RFB 003.003\n", b"RFB 003.007\n", b"RFB 999.999\n", b"GET / HTTP/1.1\r\n"):
        yield version + b"\x01\x01" + FORMAT + ASK + ALL
    for parts in MESSAGES.values():
        yield HELLO + FORMAT + ASK + render(parts) + ALL
        for _, data in mutations(parts):
            yield HELLO + FORMAT + ASK + data + ALL
            yield HELLO + data + FORMAT + ASK + ALL
    for kind in range(256):
        yield HELLO + FORMAT + ASK + ALL + bytes([kind]) + b"\xff" * 40 + ALL
    whole = HELLO + FORMAT + ASK + ALL
    yield from (whole[:at] for at in range(len(whole)))
    yield HELLO + FORMAT + ASK + ALL * 200


def write(directory):
    count = 0
    for data in sessions():
        with open(os.path.join(directory, f"session-{count}"), "wb") as file:
            file.write(data)
        count += 1
    return count


def replay(directory, *before):
    tool = os.path.join(find_build_dir(), "tests/hostile/agent_replay")
    done = subprocess.run([*before, tool, directory], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          text=True, errors="replace", timeout=240 * FACTOR)
    if done.returncode:
        raise Failed(f"status {done.returncode}:\n{done.stdout[-3000:]}")
    return [line for line in done.stdout.splitlines() if line.startswith(directory)]


def main():
    tap = Tap()
    directory = tempfile.mkdtemp(prefix="hotdesk-agent.")
    try:
        count = write(directory)
        ends = replay(directory)
        tap.ok(len(ends) == 2 * count, f"each of {count} sessions has its end, twice", f"{len(ends)} ends")
        apart = [pair for pair in zip(ends[::2], ends[1::2]) if pair[0].split(" (")[0] != pair[1].split(" (")[0]]
        tap.ok(not apart, "in pieces it ends as at once", apart[:3])
        # Bytes that nobody wrote (libvncserver CVE-2019-15681, 2018-15127): a few sessions, for valgrind is slow.
        for at in range(count):
            if at % 60:
                os.unlink(os.path.join(directory, f"session-{at}"))
        if "ASAN_OPTIONS" not in os.environ:
            tap.check("nothing is sent that nobody wrote (CVE-2019-15681, CVE-2018-15127)", replay, directory, "valgrind", "-q", "--error-exitcode=9")
    except Exception as error:
        tap.ok(False, "each session has its end", error)
    finally:
        shutil.rmtree(directory)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
