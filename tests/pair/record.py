"""What an agent with the injector `record` was given to type (agent/inject/record.h has the lines)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import difference, read_text, wait_for  # noqa: E402


class Record:
    def __init__(self, desk, name):
        self.path = os.path.join(desk.directory, f"{name}.record")
        self.options = ("--injector", "record", "--record-file", self.path)
        self.seen = 0

    def all(self):
        """[(microseconds, [word, ...])]"""
        text = read_text(self.path)
        lines = [line.split() for line in text[: text.rfind("\n") + 1].splitlines()]
        return [(int(line[0]), line[1:]) for line in lines]

    def mark(self):
        """lines() and the like tell what comes after this."""
        self.seen = len(self.all())

    def lines(self):
        return [" ".join(words) for _, words in self.all()[self.seen:]]

    def keys(self):
        return [line for line in self.lines() if line.startswith("key ")]

    def held(self):
        """Key codes that are down now."""
        down = set()
        for _, words in self.all():
            if words[0] == "key":
                (down.add if words[2] == "1" else down.discard)(int(words[1]))
        return down

    def wait_held(self, codes, bound_s=10):
        wait_for(f"{sorted(codes)} to be what is down", lambda: self.held() == set(codes), bound_s)

    def wait_keys(self, lines, bound_s=10):
        """Until these have come, in this order, and nothing else."""
        wait_for(f"{len(lines)} key events", lambda: len(self.keys()) >= len(lines), bound_s)
        assert self.keys() == lines, difference(lines, self.keys())

    def time_of(self, line):
        """Of the last such line since mark(), in microseconds."""
        return next(time for time, words in reversed(self.all()[self.seen:]) if " ".join(words) == line)
