#!/usr/bin/python3
"""Every header compiles alone, in whatever order a file includes it, and can be included twice.
Arguments: the compiler with its options."""

import concurrent.futures
import os
import subprocess
import sys

sys.dont_write_bytecode = True
TESTS_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TESTS_DIR)
from harness import Tap  # noqa: E402

ROOT = os.path.abspath(os.path.join(TESTS_DIR, ".."))
FOLDERS = ["agent", "common", "protocol", "server", "tests"]


def find_headers():
    for folder in FOLDERS:
        for place, folders, names in os.walk(os.path.join(ROOT, folder)):
            folders.sort()
            for name in sorted(names):
                if name.endswith(".h"):
                    yield os.path.relpath(os.path.join(place, name), ROOT)


def compile_alone(header):
    """What the compiler says; empty when all is well."""
    source = f'#include "{header}"\n' * 2
    done = subprocess.run([*sys.argv[1:], "-fsyntax-only", "-Werror", "-I", ROOT, "-x", "c", "-"], input=source,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout if done.returncode else ""


def main():
    tap = Tap()
    headers = list(find_headers())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, said in zip(headers, pool.map(compile_alone, headers)):
            tap.ok(not said, f"{header} compiles alone", said)
    return tap.end()


sys.exit(main())
