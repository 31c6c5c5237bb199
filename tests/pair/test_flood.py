#!/usr/bin/python3
"""Two hundred strangers a second, who stall at each stage of a connection: keys go on, a target comes back among them,
and nothing is left of them. The figure of the same is in ./dev bench input --tables flood."""

import json
import os
import re
import sys
import time

from world import TARGET, World
from harness import FACTOR, Failed, Harness, Tap, read_text, wait_for
from peer import make_key

RATE, SECONDS = 200, 4
KEYS = range(2, 12)
BACK_S = 10
GROWTH_KIB = 2048
SANITIZED = "ASAN_OPTIONS" in os.environ  # what is freed stays for a while


class Flood:
    def __init__(self, desk):
        self.world = World(desk)
        self.thief, _ = self.world.add("thief")
        self.thief.process.stop()
        directory = os.path.join(self.thief.state_dir, "agent")
        self.stolen = os.path.join(desk.directory, "stolen")
        for leaf, end in (("certificate.pem", ".crt"), ("key.pem", ".key")):
            os.symlink(os.path.join(directory, leaf), self.stolen + end)
        self.unknown = make_key(desk, "unknown", "ed25519")
        self.world.switch()
        self.pid = self.world.console.process.pid

    def start(self, seconds):
        what = {"port": self.world.console.port, "rate": RATE, "seconds": seconds, "unknown": self.unknown,
                "stolen": self.stolen}
        here = os.path.dirname(os.path.abspath(__file__))
        return self.world.desk.start("flood", ["/usr/bin/python3", os.path.join(here, "flood.py"), json.dumps(what)],
                                     env={"PYTHONPATH": f"{here}/..:{here}", "PYTHONDONTWRITEBYTECODE": "1"})

    @staticmethod
    def end(flood):
        """What it says when it is done."""
        if flood.wait(SECONDS + 20) != 0:
            raise Failed(flood.text()[-500:])
        return json.loads(flood.text().splitlines()[-1])

    def resident_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", read_text(f"/proc/{self.pid}/status"))[1])

    def keys_go_on(self):
        flood = self.start(SECONDS)
        runs = 0
        while flood.is_running():
            self.world.type(KEYS)
            runs += 1
        said = self.end(flood)
        print(f"# {said}, keys typed {runs * len(KEYS)}")
        if runs < 3 or said["came"] < 100 or said["closed"] == 0:
            raise Failed(f"{runs} runs of keys, {said}")

    def target_comes_back(self):
        flood = self.start(BACK_S * FACTOR)
        wait_for("strangers to be turned away", lambda: "wait for their turn" in self.world.console.log())
        for _ in range(3):
            self.world.machine.process.kill()
            wait_for("the target to be offline", lambda: self.world.console.target(TARGET)["state"] == "offline")
            start = time.monotonic()
            self.world.machine.start()
            self.world.desk.wait_ready(self.world.console, TARGET, bound_s=3)
            print(f"# back after {time.monotonic() - start:.2f} s")
        if not flood.is_running():
            raise Failed("the flood was over before")
        self.world.switch()
        self.world.type(KEYS)
        flood.kill()

    def nothing_is_left(self, descriptors, resident_kib):
        wait_for(f"{descriptors} descriptors, there are {self.world.count_descriptors()}",
                 lambda: self.world.count_descriptors() <= descriptors, 15)
        grown_kib = self.resident_kib() - resident_kib
        print(f"# the server has {grown_kib} KiB more")
        if grown_kib > GROWTH_KIB and not SANITIZED:
            raise Failed(f"the server has {grown_kib} KiB more than before")
        self.world.type(KEYS)


def main():
    tap = Tap()
    with Harness() as desk:
        flood = Flood(desk)
        before = flood.world.count_descriptors()
        # What the first one makes the server take from the system is used again.
        flood.end(flood.start(1))
        wait_for("its end", lambda: flood.world.count_descriptors() <= before, 15)
        resident_kib = flood.resident_kib()
        tap.check("keys go on", flood.keys_go_on)
        tap.check("a target comes back among them", flood.target_comes_back)
        tap.check("descriptors and memory are as before", flood.nothing_is_left, before, resident_kib)
        if tap.failed:
            print("# " + flood.world.logs().replace("\n", "\n# "))
        flood.world.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
