#!/usr/bin/python3
"""All hostile sessions, the seeds of the fuzzers and what they have found (corpus.py), through what reads them, in one process
each: the sanitizers' eyes on each, in little time."""

import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import corpus  # noqa: E402
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, IS_LONG, Failed, Tap, find_build_dir  # noqa: E402

LONGEST_BYTES = 1 << 20
# libvncserver CVE-2019-15681, 2018-15127 and the like; only some sessions, for it is slow.
VALGRIND = ("valgrind", "-q", "--error-exitcode=9", "--track-origins=yes")
EACH = 10 if IS_LONG else 200
# How a session ends that nothing is wrong with.
CLOSED = {"decode": "the target closed its screen connection", "agent": "it closed the connection"}
CLOSED_ELSE = ("it was closed", "it was taken")


def replay(name, directory, *before):
    done = subprocess.run([*before, os.path.join(find_build_dir(), "tests/hostile", "replay_" + name), directory],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, errors="replace",
                          timeout=240 * FACTOR)
    ends = [line for line in done.stdout.splitlines() if line.startswith(directory)]
    if done.returncode:
        raise Failed(f"status {done.returncode} in {ends[-1] if ends else 'nothing'}:\n{done.stdout[-3000:]}")
    return ends


def thin_out(directory, each):
    names = sorted(os.listdir(directory))
    for at, name in enumerate(names):
        if at % each:
            os.unlink(os.path.join(directory, name))
    return (len(names) + each - 1) // each


def replay_all(tap, name):
    directory = tempfile.mkdtemp(prefix=f"hotdesk-replay-{name}.")
    try:
        count = corpus.write(name, directory, LONGEST_BYTES)
        ends = replay(name, directory)
        tap.ok(len(ends) == count, f"{name}: each of {count} sessions has its end", f"{len(ends)} ends")
        closed = sum(end.split(": ", 1)[1].startswith(CLOSED.get(name, CLOSED_ELSE)) for end in ends)
        few = 100 if name in CLOSED else 4
        tap.ok(few < closed < count - few, f"{name}: good ones and refusals, some of each", f"{closed} good ones of {count}")
        if name in CLOSED and "ASAN_OPTIONS" not in os.environ:
            thin_out(directory, EACH)
            tap.check(f"{name}: nothing is sent or shown that nobody wrote", replay, name, directory, *VALGRIND)
    except Exception as error:
        tap.ok(False, f"{name}: each session has its end", error)
    finally:
        shutil.rmtree(directory)


def main():
    tap = Tap()
    for name in corpus.NAMES:
        if not sys.argv[1:] or name in sys.argv[1:]:
            replay_all(tap, name)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
