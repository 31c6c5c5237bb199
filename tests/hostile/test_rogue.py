#!/usr/bin/python3
"""A decoder that a target has taken over (rogue.c): the sandbox kills it. What it says is for
test_taken.py, with the real hotdesk-server."""

import os
import shutil
import signal
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../decode"))
from rig import *  # noqa: E402,F403

KILLED = ("open", "socket", "connect", "execve", "ptrace", "fork", "kill", "code", "protect", "map", "limit",
          "dumpable", "uring", "ioctl")
SANITIZED = "ASAN_OPTIONS" in os.environ
# In a build with sanitizers the filter lets through what their reports need.
REPORTS = ("open", "limit", "ioctl") if SANITIZED else ()


def do(directory, deed):
    path = os.path.join(directory, "rogue-" + deed)
    os.symlink(os.path.abspath(os.path.join(find_build_dir(), "tests/hostile/hotdesk-decode-rogue")), path)
    return Decoder(program=path)


def killed(directory, deed):
    with do(directory, deed) as decoder:
        status = decoder.wait_end()
        assert status == -signal.SIGSYS, f"ended with {status}: {decoder.said()}"


def past(directory):
    """Whatever it hits behind the file is its own, and the file keeps its size."""
    with do(directory, "past") as decoder:
        status = decoder.wait_end()
        assert status in (-signal.SIGSEGV, -signal.SIGBUS) or (SANITIZED and status != 0), status
        assert os.fstat(decoder.file).st_size == FILE_BYTES


def memory(directory):
    with do(directory, "memory") as decoder:
        status = decoder.wait_end()
        assert status == 7, f"memory without an end: {status}"


def main():
    tap = Tap()
    directory = tempfile.mkdtemp(prefix="hotdesk-rogue.")
    try:
        for deed in KILLED:
            if deed not in REPORTS:
                tap.check(f"{deed}: killed", killed, directory, deed)
        tap.check("past: it writes behind the file", past, directory)
        if not SANITIZED:
            tap.check("memory: it takes all that it can get", memory, directory)
    finally:
        shutil.rmtree(directory)
    return tap.end()


sys.exit(main())
