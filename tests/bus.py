"""Message buses of a test's own: a private dbus-daemon, and programs on it that stand for logind or a desktop.

    bus = Bus(desk)                                  # its address: bus.address
    logind = bus.start("fake_logind.py")             # tests/fakes/fake_logind.py
    logind.do("lock")                                # a line to its standard input
    logind.wait("released")                          # a line of its output
"""

import os
import re
import subprocess

from harness import TESTS_DIR, Failed, wait_for

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


class Bus:
    def __init__(self, harness):
        self.harness = harness
        name = f"bus{len(harness.processes)}"
        self.path = os.path.join(harness.directory, name)
        self.address = "unix:path=" + self.path
        self.config = self.path + ".conf"
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(path=self.path))
        self.process = None
        self.start_daemon()

    def start_daemon(self):
        self.process = self.harness.start("dbus-daemon", ["dbus-daemon", "--nofork", "--config-file", self.config])
        wait_for("the message bus", lambda: os.path.exists(self.path))

    def stop_daemon(self):
        self.process.stop()
        if os.path.exists(self.path):
            os.unlink(self.path)

    def start(self, program, *arguments):
        return Fake(self, program, arguments)


class Fake:
    """A program of tests/fakes on a bus: commands go in line by line, what happens comes out."""

    def __init__(self, bus, program, arguments=()):
        self.process = bus.harness.start(
            program, ["/usr/bin/python3", os.path.join(TESTS_DIR, "fakes", program), bus.address, *arguments],
            stdin=subprocess.PIPE)
        self.done = 0
        wait_for(f"{program} on its bus", self._is_ready)

    def _is_ready(self):
        if not self.process.is_running():
            raise Failed(self.process.text())
        return "ready\n" in self.process.text()

    def do(self, command):
        """Returns when it is carried out."""
        self.done += 1
        self.process.write(command + "\n")
        wait_for(f"{command} to be done", lambda: self.process.text().count("done\n") >= self.done, pause_s=0.001)

    def lines(self, pattern):
        return re.findall(rf"^{pattern}$", self.process.text(), re.MULTILINE)

    def wait(self, pattern, count=1, bound_s=10):
        """Until so many lines match; all of them."""
        try:
            wait_for(f"{count} times {pattern}", lambda: len(self.lines(pattern)) >= count, bound_s, 0.002)
        except Failed as failure:
            raise Failed(f"{failure}; it said: {self.process.text()[-1000:]}") from None
        return self.lines(pattern)

    def stop(self):
        self.process.stop()
