#!/usr/bin/python3
"""Who may not come: each is turned away within five seconds, with a line in the log that says who and why."""

import os
import re
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, Failed, Harness, Tap, wait_for  # noqa: E402

REFUSED_S = 5
RECORD = 'injector = record\nrecord-file = "/dev/null"\n'


class Strangers:
    def __init__(self, harness):
        self.harness = harness
        self.console = harness.console()
        self.lab = harness.machine("lab", conf=RECORD)
        harness.pair(self.console, self.lab)
        harness.wait_ready(self.console, "lab")
        self.lab.process.stop()
        self.log_bytes = 0

    def mark(self):
        self.log_bytes = len(self.console.log())

    def wait_refused(self, pattern):
        try:
            wait_for("the log line", lambda: re.search(rf"event=refused.*{pattern}", self.console.log()[self.log_bytes:]),
                     2)
        except Failed as failure:
            raise Failed(f"{failure} {pattern!r}: {self.console.log()[self.log_bytes:]}") from None

    def connect(self):
        self.mark()
        connection = socket.create_connection(("127.0.0.1", self.console.port), 10 * FACTOR)
        connection.settimeout(10 * FACTOR)
        return connection

    @staticmethod
    def wait_closed(connection, start):
        """Reads to the end; what came. Fails when the end comes too late."""
        got = b""
        try:
            while some := connection.recv(4096):
                got += some
        except ssl.SSLError as error:
            got += str(error).encode()
        except OSError:  # a reset is an end, too
            pass
        took_s = time.monotonic() - start
        if took_s > REFUSED_S * FACTOR:
            raise Failed(f"closed only after {took_s:.1f} s")
        return got

    def says(self, text, pattern):
        start = time.monotonic()
        connection = self.connect()
        connection.sendall(text)
        got = self.wait_closed(connection, start)
        # A TLS alert is seven bytes; nothing of ours is told to somebody who speaks no TLS.
        if len(got) > 7:
            raise Failed(f"was told {got!r}")
        self.wait_refused(pattern)

    def is_silent(self):
        start = time.monotonic()
        self.wait_closed(self.connect(), start)
        self.wait_refused("too long")

    def trickles(self):
        """One byte now and then keeps no connection open."""
        start = time.monotonic()
        connection = self.connect()
        connection.settimeout(0.2)
        hello = b"\x16\x03\x01\x02\x00" + bytes(512)
        for byte in hello:
            try:
                connection.sendall(bytes([byte]))
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                pass
            except OSError:
                break
            if time.monotonic() - start > 2 * REFUSED_S * FACTOR:
                raise Failed("still open")
        if time.monotonic() - start > REFUSED_S * FACTOR:
            raise Failed("closed too late")
        self.wait_refused("")

    def context(self, key=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if key:
            context.load_cert_chain(key + ".crt", key + ".key")
        return context

    def make_key(self, name, *kind):
        path = os.path.join(self.harness.directory, name)
        self.harness.run("openssl", "req", "-x509", "-noenc", "-subj", "/CN=x", "-days", "9", "-newkey", *kind,
                         "-keyout", path + ".key", "-out", path + ".crt")
        return path

    def shows(self, context, pattern):
        """A TLS client; it may see its handshake done before the server has judged it."""
        start = time.monotonic()
        connection = self.connect()
        try:
            connection = context.wrap_socket(connection)
        except (ssl.SSLError, OSError):
            pass
        else:
            got = self.wait_closed(connection, start)
            if b"HDSK" in got or (got and b"alert" not in got and b"ALERT" not in got):
                raise Failed(f"was told {got!r}")
        connection.close()
        self.wait_refused(pattern)

    def old_tls(self):
        context = self.context(self.make_key("old", "ed25519"))
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.shows(context, "TLS")

    def wrong_key(self):
        self.shows(self.context(self.make_key("wrong", "ed25519")), "key is not accepted")

    def other_kind_of_key(self):
        self.shows(self.context(self.make_key("rsa", "rsa:2048")), "")

    def no_certificate(self):
        self.shows(self.context(), "no certificate")

    def forgotten(self):
        """The agent's own key, once it is forgotten. Its session ticket would be no use: there is none."""
        state = os.path.join(self.lab.state_dir, "agent")
        context = self.context()
        context.load_cert_chain(os.path.join(state, "certificate.pem"), os.path.join(state, "key.pem"))
        connection = context.wrap_socket(self.connect())
        connection.sendall(b"\0")  # the handshake is over on both sides when this is taken
        session = connection.session
        connection.close()
        self.console.ask("forget", target="lab")
        # Somebody else must be welcome, else nobody listens at all.
        pairing, _ = self.harness.start_console_pairing(self.console)
        other = self.harness.machine("other", conf=RECORD)
        pairing.stop()
        self.harness.pair(self.console, other)
        start = time.monotonic()
        connection = socket.create_connection(("127.0.0.1", self.console.port), 10 * FACTOR)
        self.mark()
        try:
            connection = context.wrap_socket(connection, session=session)
        except (ssl.SSLError, OSError):
            pass
        else:
            if connection.session_reused:
                raise Failed("the saved session was taken")
            self.wait_closed(connection, start)
        self.wait_refused("key is not accepted")

    def do_not_fill_the_log(self):
        """Hundreds come and go; then the server still listens to those whom it knows."""
        self.mark()
        for place in range(300):
            connection = socket.create_connection(("127.0.0.1", self.console.port))
            if place % 3 == 0:
                connection.sendall(b"\x16\x03\x01")
            connection.close()
        self.console.ask("status")
        lines = self.console.log()[self.log_bytes:].count("event=refused")
        if lines > 60:
            raise Failed(f"strangers made {lines} log lines")


def main():
    tap = Tap()
    with Harness() as harness:
        strangers = Strangers(harness)
        tap.check("plain text", strangers.says, b"hello there, this is no TLS\r\n" * 20, "does not speak TLS|is wrong")
        tap.check("HTTP", strangers.says, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "speaks HTTP")
        tap.check("an SSH banner", strangers.says, b"SSH-2.0-OpenSSH_9.2\r\n", "TLS")
        tap.check("our own protocol without TLS", strangers.says,
                  b"\x00\x1a\x01HDSK\x00\x01\x00\x01\x01\x00\x00\x00\x00" + bytes(8) + b"\x04lab3", "TLS")
        tap.check("a silent peer", strangers.is_silent)
        tap.check("one byte at a time", strangers.trickles)
        tap.check("TLS 1.2", strangers.old_tls)
        tap.check("a key that is not paired", strangers.wrong_key)
        tap.check("a key of another kind", strangers.other_kind_of_key)
        tap.check("no certificate", strangers.no_certificate)
        tap.check("a forgotten key with a saved session", strangers.forgotten)
        # Last: after it lines about strangers are left out for a minute.
        tap.check("hundreds do not fill the log", strangers.do_not_fill_the_log)
    sys.exit(tap.end())


main()
