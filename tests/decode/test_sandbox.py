#!/usr/bin/python3
"""In what order hotdesk-decode shuts itself in, with what, and how it ends."""

import resource
import sys

sys.dont_write_bytecode = True
from rig import *  # noqa: E402,F403

SANITIZED = "ASAN_OPTIONS" in os.environ


def status_of(decoder, word):
    with open(f"/proc/{decoder.pid}/status", encoding="ascii") as file:
        return dict(line.split(":", 1) for line in file.read().splitlines())[word].strip()


def nothing_before_the_seals():
    """Not a byte of the target's is read before the file is sealed and the sandbox closed."""
    with Decoder(seal=False) as decoder:
        decoder.send(b"RFB 003.008\n")
        if select.select([decoder.rfb], [], [], 0.2)[0]:
            raise Failed("it answered the target already")
        assert status_of(decoder, "Seccomp") == "0"
        decoder.seal()
        decoder.expect("its version", b"RFB 003.008\n")
        assert status_of(decoder, "Seccomp") == "2"


def not_sealed(seals):
    with Decoder(seal=False) as decoder:
        decoder.send(b"RFB 003.008\n")
        fcntl.fcntl(decoder.file, 1033, seals)
        decoder.tell(SEALED)
        reason = decoder.stopped()
        assert reason == "the picture's file is not sealed", reason
        try:
            assert not decoder.rfb.recv(1), "it answered the target"
        except ConnectionResetError:
            pass


def missing_seals():
    for missing in (SEALS, 0x1, 0x2, 0x4, 0x10):
        not_sealed(SEALS & ~missing)


def another_order():
    with Decoder(seal=False) as decoder:
        fcntl.fcntl(decoder.file, 1033, SEALS)
        decoder.look()
        reason = decoder.stopped()
        assert reason == "the picture's file is not sealed", reason


def shut_in():
    with Decoder() as decoder:
        decoder.greet()
        assert status_of(decoder, "Seccomp") == "2", "no seccomp filter"
        assert status_of(decoder, "NoNewPrivs") == "1"
        for thread in os.listdir(f"/proc/{decoder.pid}/task"):
            with open(f"/proc/{decoder.pid}/task/{thread}/status", encoding="ascii") as file:
                assert "Seccomp:\t2" in file.read(), f"thread {thread} has no filter"
        found = sorted(os.listdir(f"/proc/{decoder.pid}/fd"), key=int)
        assert found == ["0", "1", "2", "3", "4"], found
        os.stat(f"/proc/{decoder.pid}/fd")
        assert resource.prlimit(decoder.pid, resource.RLIMIT_CORE)[0] == 0
        assert resource.prlimit(decoder.pid, resource.RLIMIT_FSIZE)[0] == 0
        if not SANITIZED:
            assert 0 < resource.prlimit(decoder.pid, resource.RLIMIT_AS)[0] <= 700 << 20


def not_inspectable():
    """PR_SET_DUMPABLE 0: what belongs to it in /proc is root's, whoever runs it."""
    if os.geteuid() != 0:
        return
    with Decoder() as decoder:
        decoder.greet()
        with open(f"/proc/{decoder.pid}/limits", encoding="ascii") as file:
            assert "Max core file size        0" in file.read()


def descriptors_of_others():
    """What leaked into it is closed."""
    reader, writer = os.pipe()
    high = fcntl.fcntl(writer, fcntl.F_DUPFD, 200)
    try:
        with Decoder() as decoder:
            decoder.greet()
            assert "200" not in os.listdir(f"/proc/{decoder.pid}/fd")
            assert len(os.listdir(f"/proc/{decoder.pid}/fd")) == 5
    finally:
        for fd in (reader, writer, high):
            os.close(fd)


def started_by_hand():
    program = os.path.join(find_build_dir(), "server/decode/hotdesk-decode")
    done = subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          close_fds=True, timeout=20 * FACTOR, check=False)
    assert done.returncode == 2 and b"hotdesk-server starts this program" in done.stdout, done


def target_goes():
    with Decoder() as decoder:
        decoder.greet()
        decoder.rfb.close()
        decoder.rfb = None
        reason = decoder.stopped()
        assert reason == "the target closed its screen connection", reason
        assert decoder.status == 1


def server_goes():
    """In every state of the connection: it does not outlive hotdesk-server."""
    for state in (lambda decoder: None, lambda decoder: decoder.greet(),
                  lambda decoder: (decoder.greet(), decoder.send(update(raw(0, 0, 9, 9, 1))[:30]))):
        with Decoder() as decoder:
            state(decoder)
            decoder.messages.close()
            decoder.messages = None
            assert decoder.wait_end() == 1


def server_lies():
    with Decoder() as decoder:
        decoder.messages.send(message(DAMAGE))
        reason = decoder.stopped()
        assert reason.startswith("hotdesk-server sent a frame message of an unknown type"), reason
    with Decoder() as decoder:
        decoder.messages.send(b"short")
        reason = decoder.stopped()
        assert reason == "hotdesk-server sent a message of another size", reason
    with Decoder() as decoder:
        decoder.tell(SEALED)
        reason = decoder.stopped()
        assert reason == "hotdesk-server sealed the file twice", reason


def slow_ones():
    """A target that says nothing, one that does not read, and an update that never ends: each has its time."""
    with Decoder() as silent, Decoder() as deaf, Decoder() as busy:
        silent.send(b"RFB 003.008")
        deaf.greet()
        busy.greet(4000, 4000)
        fill = tight_fill(0, 0, 4000, 4000, 1)
        busy.send(update(fill, fill, count=65535)[:4] + fill)
        deaf.rfb.settimeout(0.5)
        begun = time.monotonic()
        answers = fence(FENCE_REQUEST, bytes(64)) * 1000
        try:
            while time.monotonic() < begun + 10:
                deaf.rfb.sendall(answers)
        except (socket.timeout, OSError):
            pass
        busy.try_send(fill * 20000, 20)
        reason = busy.stopped(20)
        assert reason == "an update took too much of the processor's time", reason
        assert busy.sequence() == 2
        reason = deaf.stopped(10)
        assert reason == "the target does not read its screen connection", reason
        reason = silent.stopped(10)
        assert reason == "the target is silent", reason


def handshakes():
    def refused(wanted, *pieces):
        with Decoder() as decoder:
            for piece in pieces:
                decoder.try_send(piece)
            reason = decoder.stopped()
            if reason != wanted:
                raise Failed(f"after {pieces!r}: {reason!r}, wanted {wanted!r}")
    version = b"RFB 003.008\n"
    refused("the target does not speak RFB 3.8", b"HTTP/1.1 400 Bad Request")
    refused("the target does not speak RFB 3.8", b"RFB 003.003\n")
    refused("the target does not speak RFB 3.8", b"RFB 004.001\n")
    refused("the target's screen asks for a password", version, b"\x02\x02\x13")
    refused("the target refused: no\tmore".replace("\t", "?"), version, b"\x00" + struct.pack(">I", 7) + b"no\tmore")
    refused("the target refused: " + "x" * 90, version, b"\x00" + struct.pack(">I", 0xffffffff) + b"x" * 200)
    refused("the target refused: why", version, b"\x01\x01" + struct.pack(">II", 1, 3) + b"why")
    good = version + b"\x01\x01" + bytes(4)
    refused("a screen of 0x10 pixels", good + server_init(0, 10))
    refused("a screen of 10x0 pixels", good + server_init(10, 0))
    refused("a screen of 65535x65535 pixels", good + server_init(65535, 65535))
    refused("a screen of 8192x8193 pixels", good + server_init(8192, 8193))
    refused("a name of 4294967295 bytes", good + server_init(10, 10)[:-12] + b"\xff\xff\xff\xff" + b"x" * 100)


def main():
    tap = Tap()
    tap.check("nothing is read before the file is sealed and the filter set", nothing_before_the_seals)
    tap.check("a file that is not sealed, or not all over, is not used", missing_seals)
    tap.check("it waits for the seals", another_order)
    tap.check("filter on every thread, no new rights, no descriptors, limits", shut_in)
    tap.check("no core files", not_inspectable)
    tap.check("leaked descriptors are closed", descriptors_of_others)
    tap.check("started by hand it explains itself", started_by_hand)
    tap.check("the target goes away", target_goes)
    tap.check("hotdesk-server goes away", server_goes)
    tap.check("hotdesk-server says what no server says", server_lies)
    if FACTOR == 1:
        tap.check("silent, deaf and endless targets are given up", slow_ones)
    tap.check("handshakes that are refused, each with its reason", handshakes)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
