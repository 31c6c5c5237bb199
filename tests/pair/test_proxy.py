#!/usr/bin/python3
"""The proxy of the pair tests, by itself: what it says it does to a link, it does."""

import json
import os
import socket
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from proxy import Proxy  # noqa: E402

BOUND_S = 30
BLOCK = bytes(range(256)) * 256


class Link:
    """A client and a server with the proxy between them."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.proxy = Proxy("127.0.0.1", self.listener.getsockname()[1])
        self.dial()
        return self

    def dial(self):
        self.client = socket.create_connection(("127.0.0.1", self.proxy.port), BOUND_S)
        self.listener.settimeout(BOUND_S)
        self.server = self.listener.accept()[0]
        self.server.settimeout(BOUND_S)
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wait_for(lambda: self.proxy.count() == 1)

    def __exit__(self, *_):
        self.proxy.close()
        for sock in (self.client, self.server, self.listener):
            sock.close()


def wait_for(condition):
    end = time.monotonic() + BOUND_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def read(sock, size_bytes):
    """So many bytes; fewer only when the link ends before."""
    data = b""
    while len(data) < size_bytes:
        piece = sock.recv(size_bytes - len(data))
        if not piece:
            break
        data += piece
    return data


def is_silent(sock, seconds):
    sock.settimeout(seconds)
    try:
        return sock.recv(1, socket.MSG_PEEK) is None
    except TimeoutError:
        return True
    finally:
        sock.settimeout(BOUND_S)


def test_passes_both_ways():
    with Link() as link:
        link.client.sendall(b"up")
        assert read(link.server, 2) == b"up"
        link.server.sendall(b"down")
        assert read(link.client, 4) == b"down"
        assert (link.proxy.passed("up"), link.proxy.passed("down")) == (2, 4)


def test_passes_an_end():
    with Link() as link:
        link.client.sendall(b"last")
        link.client.shutdown(socket.SHUT_WR)
        assert read(link.server, 10) == b"last"
        link.server.sendall(b"answer")
        link.server.close()
        assert read(link.client, 10) == b"answer"
        wait_for(lambda: link.proxy.count() == 0)


def took_s(sender, receiver):
    start = time.monotonic()
    sender.sendall(b"x")
    assert read(receiver, 1) == b"x"
    return time.monotonic() - start


def test_delays_one_way():
    with Link() as link:
        link.proxy.delay("up", 0.3)
        assert took_s(link.client, link.server) >= 0.3
        link.proxy.delay("up", 0)
        link.proxy.delay("down", 0.3)
        assert took_s(link.server, link.client) >= 0.3
        # Not slow by itself: the quickest of some is well below what the other way takes.
        assert min(took_s(link.client, link.server) for _ in range(20)) < 0.1


def test_delay_keeps_order():
    with Link() as link:
        link.proxy.delay("up", 0.2)
        link.client.sendall(b"first ")
        wait_for(lambda: link.proxy.connections[0].flows["up"].queued_bytes == 6)
        link.proxy.delay("up", 0)
        link.client.sendall(b"second")
        assert read(link.server, 12) == b"first second"


def test_stalls_for_a_time():
    with Link() as link:
        start = time.monotonic()
        link.proxy.stall("up", 0.5)
        link.client.sendall(b"held")
        link.server.sendall(b"free")
        assert read(link.client, 4) == b"free"
        assert read(link.server, 4) == b"held"
        assert time.monotonic() - start >= 0.5


def test_stalls_until_told():
    with Link() as link:
        link.proxy.stall("both")
        link.client.sendall(b"held")
        assert is_silent(link.server, 0.2)
        link.proxy.go("both")
        assert read(link.server, 4) == b"held"


def test_stall_pushes_back():
    with Link() as link:
        link.proxy.stall("up")
        link.client.setblocking(False)
        sent = bytearray()
        try:
            while len(sent) < 1 << 28:
                piece = BLOCK[len(sent) % 251:]
                sent += piece[:link.client.send(piece)]
        except BlockingIOError:
            pass
        assert len(sent) < 1 << 28, "a stalled link took all"
        assert link.proxy.passed("up") == 0
        link.proxy.go("up")
        assert read(link.server, len(sent)) == sent


def test_delay_is_bounded():
    with Link() as link:
        link.proxy.delay("up", 3600)
        link.client.setblocking(False)
        try:
            for _ in range(1 << 12):
                link.client.send(BLOCK)
                time.sleep(0.0001)
        except BlockingIOError:
            return
        raise AssertionError("a delayed link took all")


def check_cut_after(way, size_bytes):
    with Link() as link:
        sender, receiver = (link.client, link.server) if way == "up" else (link.server, link.client)
        link.proxy.cut_after(way, size_bytes)
        try:
            sender.sendall(BLOCK)
        except OSError:
            pass
        try:
            assert read(receiver, len(BLOCK)) == BLOCK[:size_bytes]
        except ConnectionResetError:
            raise AssertionError("reset where an end was asked for") from None
        link.client.close()
        link.server.close()
        link.dial()
        sender, receiver = (link.client, link.server) if way == "up" else (link.server, link.client)
        sender.sendall(BLOCK)
        assert read(receiver, len(BLOCK)) == BLOCK, "the second connection was cut too"


def test_cuts_after_bytes():
    for way in ("up", "down"):
        for size_bytes in (1, 300, 65535):
            check_cut_after(way, size_bytes)


def test_stalls_after_bytes():
    with Link() as link:
        link.proxy.stall_after("up", 3)
        link.client.sendall(b"12345")
        link.server.sendall(b"free")
        assert read(link.client, 4) == b"free"
        assert read(link.server, 3) == b"123" == link.proxy.head("up")
        assert link.proxy.has_stopped() and is_silent(link.server, 0.2)
        link.proxy.go("up")
        assert read(link.server, 2) == b"45"


def is_reset(sock):
    try:
        return sock.recv(1) is None
    except ConnectionResetError:
        return True


def is_reset_when_dialed(port):
    """The reset may come before connect() has returned."""
    try:
        with socket.create_connection(("127.0.0.1", port), BOUND_S) as sock:
            return is_reset(sock)
    except ConnectionResetError:
        return True


def test_cuts_on_command():
    with Link() as link:
        link.proxy.cut()
        assert read(link.client, 1) == b"" and read(link.server, 1) == b""
        link.client.close()
        link.server.close()
        link.dial()
        link.proxy.cut(reset=True)
        assert is_reset(link.client) and is_reset(link.server)
        assert link.proxy.count() == 0


def test_passes_a_reset():
    with Link() as link:
        link.client.sendall(b"x")
        assert read(link.server, 1) == b"x"
        link.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        link.client.close()
        assert is_reset(link.server)


def test_refuses():
    with Link() as link:
        link.proxy.refuse()
        assert is_reset_when_dialed(link.proxy.port)
        link.proxy.refuse(False)
        link.client.close()
        link.server.close()
        wait_for(lambda: link.proxy.count() == 0)
        link.dial()


def test_without_a_server():
    with Link() as link:
        link.listener.close()
        assert is_reset_when_dialed(link.proxy.port)


def test_program():
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "proxy.py")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(BOUND_S)
        process = subprocess.Popen([sys.executable, program, "--cut-up", "3", f"127.0.0.1:{listener.getsockname()[1]}"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            words = process.stdout.readline().split()
            assert words[:2] == ["listening", "on"], words
            host, port = words[2].rsplit(":", 1)

            def ask(line):
                process.stdin.write(line + "\n")
                process.stdin.flush()
                return process.stdout.readline().strip()

            with socket.create_connection((host, int(port)), BOUND_S) as client:
                server = listener.accept()[0]
                server.settimeout(BOUND_S)
                client.sendall(b"12345")
                assert read(server, 5) == b"123"
                server.close()
            assert ask("delay both 5") == "ok" and ask("stall up 0.1") == "ok" and ask("go both") == "ok"
            assert ask("cut reset") == "ok" and ask("refuse on") == "ok" and ask("cut-after up 9") == "ok"
            assert json.loads(ask("status"))["accepted"] == 1
            assert ask("dance").startswith("error: ") and ask("delay up").startswith("error: ")
            process.stdin.close()
            assert process.poll() is None, "it ends with its standard input"
        finally:
            process.terminate()
            process.wait(BOUND_S)
            process.stdout.close()


def test_leaves_nothing():
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with Link() as link:
            link.client.sendall(b"x")
    assert sorted(os.listdir("/proc/self/fd")) == before


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # whatever it is, it is this test's failure
            failed += 1
            print("# " + traceback.format_exc().replace("\n", "\n# "))
            print(f"not ok {number} - {name}", flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
