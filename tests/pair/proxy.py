#!/usr/bin/python3
"""A TCP proxy that makes a link bad on purpose: it delays, stalls and cuts.

    with Proxy("127.0.0.1", server_port) as proxy:
        agent dials proxy.port
        proxy.delay("up", 0.05)       # each byte from the client to the server takes 50 ms longer
        proxy.stall("both", 2.0)      # nothing is read or passed on for 2 s, then all goes on, in order
        proxy.cut(reset=True)         # every connection ends now, with RST; new ones are taken as before
        proxy.cut_after("up", 300)    # the next connection, or this one, ends when 300 bytes have passed
        proxy.stall_after("up", 300, 2.0)  # or stalls there for 2 s
        proxy.newest().stall("both")       # only the connection that was made last: also delay, throttle, go, cut

"up" is from the client, which dialed, to the server; "down" is the other way. As a program:

    proxy.py [--listen ADDRESS:PORT] [--delay-up MS] [--delay-down MS] [--cut-up BYTES] [--cut-down BYTES]
             [--reset] HOST:PORT

prints "listening on ADDRESS:PORT", then reads commands, a line each, from standard input: `delay WAY MS`,
`stall WAY [SECONDS]`, `go WAY`, `cut-after WAY BYTES`, `cut [reset]`, `refuse on|off`, `status`; WAY is up, down or
both. It runs until it is ended by a signal.
"""

import argparse
import collections
import json
import select
import socket
import struct
import sys
import threading
import time

WAYS = ("up", "down")
CHUNK_BYTES = 65536
QUEUE_BYTES = 1 << 20  # what a delay may hold; beyond it the proxy stops reading, as a full link does
HEAD_BYTES = 4096
THROTTLED_BYTES = 16 << 10  # a slow link with little memory of its own
CONNECT_S = 5.0
FOREVER = float("inf")


def ways_of(name):
    if name == "both":
        return WAYS
    if name not in WAYS:
        raise ValueError(f"{name!r} is not up, down or both")
    return (name,)


def end_socket(sock, reset):
    """With RST, or with FIN: what was passed on before is still read by the other end."""
    try:
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


class Rules:
    """What is done to one way, in all connections."""

    def __init__(self):
        self.delay_s = 0.0
        self.rate = None  # bytes a second
        self.stalled_until = 0.0
        self.stop_after_bytes = None
        self.stall_there_s = None  # None: cut there

    def is_stalled(self, now):
        return now < self.stalled_until


class Flow:
    """One way of one connection."""

    def __init__(self, rules, source, target):
        self.rules, self.source, self.target = rules, source, target
        self.queue = collections.deque()  # (when it is due, bytes)
        self.queued_bytes = 0
        self.passed_bytes = 0
        self.head = bytearray()  # the first bytes that passed, at most HEAD_BYTES
        self.at_end = False  # of the source
        self.is_done = False  # and the target has been told
        self.is_blocked = False  # the target takes no more for now
        self.free_at = 0.0  # when a throttled link has carried what was passed on

    def wants_read(self, now):
        room_bytes = THROTTLED_BYTES if self.rules.rate else QUEUE_BYTES
        return not self.at_end and not self.rules.is_stalled(now) and self.queued_bytes < room_bytes

    def read(self, now):
        data = self.source.recv(CHUNK_BYTES)
        if data:
            self.queue.append((now + self.rules.delay_s, data))
            self.queued_bytes += len(data)
        else:
            self.at_end = True

    def next_due(self, now):
        """When this has something to do without a socket's event."""
        if self.rules.is_stalled(now):
            return self.rules.stalled_until
        return max(self.queue[0][0], self.free_at) if self.queue and not self.is_blocked else FOREVER

    def pass_on(self, now):
        """Passes on what is due. True when the connection is to be cut here."""
        if self.rules.is_stalled(now):
            return False
        self.is_blocked = False
        while self.queue and max(self.queue[0][0], self.free_at) <= now:
            due, data = self.queue.popleft()
            stop_at = self.rules.stop_after_bytes
            left = data if stop_at is None else data[:max(0, stop_at - self.passed_bytes)]
            try:
                sent = self.target.send(left) if left else 0
            except BlockingIOError:
                sent = 0
                self.is_blocked = True
            self.passed_bytes += sent
            if self.rules.rate:
                self.free_at = max(now, self.free_at) + sent / self.rules.rate
            self.head += left[:min(sent, HEAD_BYTES - len(self.head))]
            self.queued_bytes -= sent
            if sent < len(data):
                self.queue.appendleft((due, data[sent:]))
            if stop_at is not None and self.passed_bytes >= stop_at:
                self.rules.stop_after_bytes = None  # once
                if self.rules.stall_there_s is None:
                    return True
                self.rules.stalled_until = now + self.rules.stall_there_s
                return False
            if sent < len(left):
                self.is_blocked = True
                break
        if self.at_end and not self.queue and not self.is_done:
            self.is_done = True
            self.target.shutdown(socket.SHUT_WR)
        return False


class Connection:
    def __init__(self, client, server, rules):
        self.client, self.server = client, server
        self.flows = {"up": Flow(rules["up"], client, server), "down": Flow(rules["down"], server, client)}
        for sock in (client, server):
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end(self, reset):
        end_socket(self.client, reset)
        end_socket(self.server, reset)

    def is_done(self):
        return all(flow.is_done for flow in self.flows.values())


class Newest:
    """The connection that was made last, under rules of its own from now on."""

    def __init__(self, proxy, connection):
        self.proxy, self.connection = proxy, connection
        for flow in connection.flows.values():
            flow.rules = Rules()

    def _change(self, way, name, value):
        with self.proxy.lock:
            for one in ways_of(way):
                setattr(self.connection.flows[one].rules, name, value)
        self.proxy.wake()

    def delay(self, way, seconds):
        self._change(way, "delay_s", seconds)

    def throttle(self, way, bytes_a_second):
        self._change(way, "rate", bytes_a_second)

    def stall(self, way, seconds=FOREVER):
        self._change(way, "stalled_until", time.monotonic() + seconds)

    def go(self, way):
        self._change(way, "stalled_until", 0.0)

    def is_there(self):
        with self.proxy.lock:
            return self.connection in self.proxy.connections

    def cut(self, reset=False):
        with self.proxy.lock:
            if self.connection in self.proxy.connections:
                self.proxy.connections.remove(self.connection)
                self.connection.end(reset)
        self.proxy.wake()


class Proxy:
    """See the head of this file. Every method may be called from any thread; `port` is what to dial."""

    def __init__(self, host, port, listen="127.0.0.1", listen_port=0):
        self.upstream = (host, port)
        self.listener = socket.create_server((listen, listen_port))
        self.address, self.port = self.listener.getsockname()[:2]
        self.rules = {way: Rules() for way in WAYS}
        self.connections = []
        self.accepted = 0  # connections, in all
        self.refused = 0
        self.refuses = False
        self.cuts_with_reset = False
        self.lock = threading.Lock()
        self.is_closing = False
        self.waker, self.woken = socket.socketpair()
        self.thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # What a test asks for.

    def delay(self, way, seconds):
        """For what comes from now on; what is on the way keeps its time, so nothing overtakes."""
        self._change(way, lambda rules: setattr(rules, "delay_s", seconds))

    def stall(self, way, seconds=FOREVER):
        until = time.monotonic() + seconds
        self._change(way, lambda rules: setattr(rules, "stalled_until", until))

    def go(self, way):
        """Ends a stall."""
        self._change(way, lambda rules: setattr(rules, "stalled_until", 0.0))

    def cut_after(self, way, size_bytes, reset=None):
        """Cuts the first connection in which so many bytes have passed (counted from its start); once. None: does
        not."""
        if reset is not None:
            self.cuts_with_reset = reset
        self._change(way, lambda rules: (setattr(rules, "stall_there_s", None),
                                         setattr(rules, "stop_after_bytes", size_bytes)))

    def stall_after(self, way, size_bytes, seconds=FOREVER):
        """Stalls when the first connection has passed so many bytes; once."""
        self._change(way, lambda rules: (setattr(rules, "stall_there_s", seconds),
                                         setattr(rules, "stop_after_bytes", size_bytes)))

    def has_stopped(self):
        """What cut_after or stall_after asked for has come about."""
        with self.lock:
            return all(rules.stop_after_bytes is None for rules in self.rules.values())

    def is_stalled(self):
        with self.lock:
            return any(rules.is_stalled(time.monotonic()) for rules in self.rules.values())

    def cut(self, reset=False):
        """Ends all connections when it returns. Bytes that were held back are lost."""
        with self.lock:
            for connection in self.connections:
                connection.end(reset)
            self.connections.clear()
        self.wake()

    def refuse(self, refuses=True):
        """New connections are reset as soon as they are made."""
        with self.lock:
            self.refuses = refuses

    def newest(self):
        with self.lock:
            return Newest(self, self.connections[-1])

    def passed(self, way):
        """Bytes that have passed in the newest connection; 0 when there is none."""
        with self.lock:
            return self.connections[-1].flows[way].passed_bytes if self.connections else 0

    def head(self, way):
        """The first bytes of the newest connection, at most HEAD_BYTES."""
        with self.lock:
            return bytes(self.connections[-1].flows[way].head) if self.connections else b""

    def count(self):
        """Connections open now."""
        with self.lock:
            return len(self.connections)

    def close(self):
        if self.is_closing:
            return
        self.is_closing = True
        self.wake()
        self.thread.join()
        self.cut()
        for sock in (self.listener, self.waker, self.woken):
            sock.close()

    # The thread.

    def _change(self, way, change):
        with self.lock:
            for name in ways_of(way):
                change(self.rules[name])
        self.wake()

    def wake(self):
        try:
            self.waker.send(b"x")
        except OSError:
            pass

    def _run(self):
        while not self.is_closing:
            poll = select.poll()
            poll.register(self.listener, select.POLLIN)
            poll.register(self.woken, select.POLLIN)
            with self.lock:
                timeout_s = self._register(poll)
            events = dict(poll.poll(None if timeout_s == FOREVER else max(0, timeout_s * 1000 + 1)))
            if events.pop(self.woken.fileno(), 0):
                self.woken.recv(CHUNK_BYTES)
            if events.pop(self.listener.fileno(), 0):
                self._accept()
            with self.lock:
                self._serve(events)

    def _register(self, poll):
        now = time.monotonic()
        due = FOREVER
        for connection in self.connections:
            wanted = collections.defaultdict(int)
            for flow in connection.flows.values():
                due = min(due, flow.next_due(now))
                if flow.wants_read(now):
                    wanted[flow.source] |= select.POLLIN
                if flow.is_blocked and not flow.rules.is_stalled(now):
                    wanted[flow.target] |= select.POLLOUT
            for sock, mask in wanted.items():
                poll.register(sock, mask)
        return due if due == FOREVER else due - now

    def _accept(self):
        try:
            client, _ = self.listener.accept()
        except OSError:  # it has gone already
            return
        try:
            if self.refuses:
                self.refused += 1
                raise ConnectionRefusedError
            server = socket.create_connection(self.upstream, CONNECT_S)
        except OSError:
            end_socket(client, True)
            return
        with self.lock:
            self.connections.append(Connection(client, server, self.rules))
            self.accepted += 1

    def _serve(self, events):
        now = time.monotonic()
        for connection in list(self.connections):
            try:
                is_cut = False
                for flow in connection.flows.values():
                    if events.get(flow.source.fileno(), 0) & ~select.POLLOUT and flow.wants_read(now):
                        flow.read(now)
                    is_cut = is_cut or flow.pass_on(now)
                reset = self.cuts_with_reset
            except BlockingIOError:
                continue
            except OSError:  # one end has gone the hard way: so does the other
                is_cut = reset = True
            if is_cut or connection.is_done():
                connection.end(reset and is_cut)
                self.connections.remove(connection)


def obey(proxy, line):
    """One command of standard input; returns what to print."""
    word, *rest = line.split()
    if word == "delay":
        proxy.delay(rest[0], float(rest[1]) / 1000)
    elif word == "stall":
        proxy.stall(rest[0], float(rest[1]) if len(rest) > 1 else FOREVER)
    elif word == "go":
        proxy.go(rest[0])
    elif word == "cut-after":
        proxy.cut_after(rest[0], int(rest[1]))
    elif word == "cut":
        proxy.cut(reset=rest == ["reset"])
    elif word == "refuse":
        proxy.refuse(rest == ["on"])
    elif word == "status":
        return json.dumps({"open": proxy.count(), "accepted": proxy.accepted,
                           **{way: proxy.passed(way) for way in WAYS}})
    else:
        raise ValueError(f"unknown command {word!r}")
    return "ok"


def main():
    parser = argparse.ArgumentParser(description="A TCP proxy that delays, stalls and cuts.")
    parser.add_argument("upstream", metavar="HOST:PORT")
    parser.add_argument("--listen", metavar="ADDRESS:PORT", default="127.0.0.1:0")
    for way in WAYS:
        parser.add_argument(f"--delay-{way}", metavar="MS", type=float, default=0)
        parser.add_argument(f"--cut-{way}", metavar="BYTES", type=int)
    parser.add_argument("--reset", action="store_true", help="cut with RST")
    args = parser.parse_args()
    (host, port), (listen, listen_port) = (text.rsplit(":", 1) for text in (args.upstream, args.listen))
    with Proxy(host, int(port), listen, int(listen_port)) as proxy:
        proxy.cuts_with_reset = args.reset
        for way in WAYS:
            proxy.delay(way, getattr(args, f"delay_{way}") / 1000)
            proxy.cut_after(way, getattr(args, f"cut_{way}"))
        print(f"listening on {proxy.address}:{proxy.port}", flush=True)
        for line in sys.stdin:
            try:
                print(obey(proxy, line) if line.strip() else "", flush=True)
            except (ValueError, IndexError) as error:
                print(f"error: {error}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
