#!/usr/bin/python3
"""Strangers by the hundred, who come as far as they can and then say nothing more: `python3 flood.py JSON`, with

    {"port": 24810, "rate": 200, "seconds": 30, "unknown": PATH, "stolen": PATH}

PATH.crt and PATH.key are a key that nobody knows and one of a target. All are from addresses in 127.1.0.0/16 and hold
on until the server closes, or the end. Prints a line of JSON: how many came, of each stage, and how many were closed.
"""

import json
import os
import resource
import selectors
import socket
import ssl
import sys
import time

from peer import CONTROL, client_context, hello

# A ClientHello's record, whose rest never comes.
PARTIAL = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32))

# Each: the key that it shows (None: it says no TLS), what it says then.
STAGES = {"TCP alone": (None, b""), "part of a TLS hello": (None, PARTIAL), "a key that is not paired": ("unknown", b""),
          "no hello": ("stolen", b""), "half a hello": ("stolen", hello(CONTROL)[:9]),
          "a hello, then nothing": ("stolen", hello(CONTROL))}


class Comer:
    """One connection; step() brings it as far as its stage goes. `closed` once the server has ended it."""

    def __init__(self, number, port, stage, contexts):
        key, self.last_words = STAGES[stage]
        self.context = contexts.get(key)
        self.closed, self.shaking = False, False
        self.socket = socket.socket()
        self.socket.bind((f"127.1.{number // 200 % 250}.{1 + number % 200}", 0))
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))

    def step(self):
        """What to wait for next."""
        try:
            return self._go_on()
        except ssl.SSLWantReadError:
            return selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            return selectors.EVENT_WRITE
        except BlockingIOError:
            return selectors.EVENT_READ
        except OSError:
            self.closed = True
            return 0

    def _go_on(self):
        if self.context and not self.shaking:
            self.socket = self.context.wrap_socket(self.socket, do_handshake_on_connect=False)
            self.shaking = True
        if self.shaking and self.context:
            self.socket.do_handshake()
            self.context = None
        if self.last_words:
            self.socket.send(self.last_words)
            self.last_words = b""
        if not self.socket.recv(4096):
            self.closed = True
            return 0
        return selectors.EVENT_READ


def run(port, rate, seconds, unknown, stolen):
    contexts = {name: client_context(path + ".crt", path + ".key")
                for name, path in (("unknown", unknown), ("stolen", stolen))}
    selector = selectors.DefaultSelector()
    start, came, closed = time.monotonic(), 0, 0
    while (passed_s := time.monotonic() - start) < seconds:
        for _ in range(min(int(passed_s * rate) - came, 20)):
            comer = Comer(came, port, list(STAGES)[came % len(STAGES)], contexts)
            selector.register(comer.socket, selectors.EVENT_WRITE, comer)
            came += 1
        for key, _ in selector.select(0.005):
            comer, before = key.data, key.fileobj
            events = comer.step()
            selector.unregister(before)
            if comer.closed:
                closed += 1
                comer.socket.close()
            else:
                selector.register(comer.socket, events, comer)
    return {"came": came, "closed": closed, "stages": len(STAGES)}


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    os.nice(10)
    print(json.dumps(run(**json.loads(sys.argv[1]))), flush=True)


if __name__ == "__main__":
    main()
