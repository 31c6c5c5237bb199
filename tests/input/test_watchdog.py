"""hotdesk-input as processes: watchdog, dead-man's switch, link, rights, options. Needs no device: what ends with the
worker are its descriptors, and so its grabs (tests/machine proves that on a kernel)."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, Failed, Tap, wait_for  # noqa: E402

HOTDESK_INPUT, LINK_PEER, SPIN, GRANTED = sys.argv[1:5]
CHOSEN = sys.argv[5:]  # words of checks
NOBODY = 65534
WATCHDOG_S = 4.0 * FACTOR  # nothing is grabbed here: twice of what it is else
HEARTBEAT_S = 1.0 * FACTOR
SLACK_S = 5.0 * FACTOR  # a busy machine may be late
LINK_BYTES = 544
REALTIME_US = 200000 * FACTOR
WATCHDOG_PRIORITY, WORKER_PRIORITY = 11, 10


def environment(directory):
    return {**os.environ, "XDG_CONFIG_HOME": directory, "CONFIGURATION_DIRECTORY": directory}


class Peer:
    """link_peer, and what it printed."""

    def __init__(self, *argv):
        self.lines, self.errors = [], []
        self.process = subprocess.Popen([LINK_PEER, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, bufsize=1, env=environment("/nonexistent"))
        self.threads = [threading.Thread(target=self._read, args=(stream, into), daemon=True)
                        for stream, into in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))]
        for thread in self.threads:
            thread.start()

    def _read(self, stream, into):
        with contextlib.suppress(ValueError):
            for line in stream:
                into.append(line.strip())

    def count(self, line):
        return sum(line == seen for seen in self.lines)

    def wait_count(self, line, count, bound_s=SLACK_S):
        wait_for(f"{count} times {line!r} in {self.lines}", lambda: self.count(line) >= count, bound_s / FACTOR)

    def watchdog(self):
        wait_for("a started line", lambda: any(line.startswith("started") for line in self.lines))
        return int(next(line for line in self.lines if line.startswith("started")).split()[1])

    def order(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def wait_ended(self, bound_s=SLACK_S):
        self.process.wait(bound_s)
        for thread in self.threads:
            thread.join(bound_s)
        return self.lines[-1]

    def close(self):
        if self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.order("close")
            try:
                self.process.wait(SLACK_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                stream.close()


@contextlib.contextmanager
def running(*before):
    """hotdesk-input with the link as descriptor 3: (peer, process id of its watchdog). `before`: what runs it."""
    peer = Peer(*before, HOTDESK_INPUT, "--link-fd", "3")
    watchdog = peer.watchdog()
    try:
        peer.wait_count("hello", 1)
        yield peer, watchdog
    finally:
        with contextlib.suppress(OSError):
            os.kill(watchdog, signal.SIGCONT)
        for child in children(watchdog):
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGCONT)
        peer.close()


def children(process):
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def worker_of(watchdog):
    return wait_for("a worker", lambda: children(watchdog))[0]


def state(process):
    """The letter of /proc/PID/stat: T stopped, Z dead and not yet waited for; '' when it is gone."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def comm(process):
    with open(f"/proc/{process}/comm", encoding="ascii") as file:
        return file.read().strip()


def seconds_until(what, condition, bound_s):
    start = time.monotonic()
    wait_for(what, condition, bound_s / FACTOR)
    return time.monotonic() - start


def check_two_processes():
    with running() as (_, watchdog):
        worker = worker_of(watchdog)
        wait_for("their names", lambda: (comm(watchdog), comm(worker)) == ("hotdesk-watch", "hotdesk-input"))


def check_no_core():
    with running() as (_, watchdog):
        for process in (watchdog, worker_of(watchdog)):
            with open(f"/proc/{process}/limits", encoding="ascii") as file:
                core = next(line for line in file if line.startswith("Max core file size"))
            if core.split()[4:6] != ["0", "0"]:
                raise Failed(core)


@contextlib.contextmanager
def running_as_nobody():
    """Root's processes tell nothing: what they may do is root's anyway."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        program = shutil.copy(HOTDESK_INPUT, directory)
        other = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.getuid() == 0 else []
        peer = Peer("setpriv", *other, "--", program, "--link-fd", "3")
        try:
            peer.wait_count("hello", 1)
            yield peer.watchdog()
        finally:
            peer.close()


def check_no_debugger():
    """Whom the user may trace, his /proc/PID/environ belongs to him; else to root."""
    with running_as_nobody() as watchdog:
        for process in (watchdog, worker_of(watchdog)):
            if os.stat(f"/proc/{process}").st_uid == 0:
                raise Failed("it runs as root")
            if os.stat(f"/proc/{process}/environ").st_uid != 0:
                raise Failed(f"{comm(process)} can be dumped: its files in /proc are its user's")


def open_files(process):
    """{descriptor: (what, flags)}"""
    files = {}
    for fd in os.listdir(f"/proc/{process}/fd"):
        with contextlib.suppress(OSError):
            with open(f"/proc/{process}/fdinfo/{fd}", encoding="ascii") as file:
                flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
            files[int(fd)] = (os.readlink(f"/proc/{process}/fd/{fd}"), flags)
    return files


def check_descriptors():
    with running() as (_, watchdog):
        for process in (watchdog, worker_of(watchdog)):
            for fd, (what, flags) in open_files(process).items():
                if fd > 2 and not flags & os.O_CLOEXEC:
                    raise Failed(f"{comm(process)}: descriptor {fd} ({what}) would be inherited")
        if len(open_files(watchdog)) > 6:
            raise Failed(f"the watchdog opens more than it needs: {open_files(watchdog)}")


def check_stopped_worker():
    with running() as (peer, watchdog):
        worker = worker_of(watchdog)
        os.kill(worker, signal.SIGSTOP)
        took_s = seconds_until("the stopped worker ends", lambda: not state(worker), WATCHDOG_S + SLACK_S)
        if took_s < WATCHDOG_S - 2 * HEARTBEAT_S:
            raise Failed(f"killed after {took_s:.2f} s: too early")
        peer.wait_count("hello", 2)
        if worker_of(watchdog) == worker:
            raise Failed("no new worker")
        # Not the worker's own switch, which comes later and cannot tell.
        if not any("does not answer: killing it" in line for line in peer.errors):
            raise Failed(f"the watchdog says nothing of it: {peer.errors}")


def check_both_stopped():
    with running() as (peer, watchdog):
        worker = worker_of(watchdog)
        os.kill(watchdog, signal.SIGSTOP)
        os.kill(worker, signal.SIGSTOP)
        wait_for("both are stopped", lambda: state(watchdog) == "T" and state(worker) in "TZ")
        seconds_until("the stopped worker ends without its watchdog", lambda: state(worker) == "Z",
                      WATCHDOG_S + 2 * HEARTBEAT_S + SLACK_S)
        if state(watchdog) != "T":
            raise Failed("the watchdog was not stopped")
        os.kill(watchdog, signal.SIGCONT)
        peer.wait_count("hello", 2)


def check_stopped_watchdog():
    """The worker goes on alone for as long as it beats."""
    with running() as (peer, watchdog):
        worker = worker_of(watchdog)
        os.kill(watchdog, signal.SIGSTOP)
        time.sleep(WATCHDOG_S + 4 * HEARTBEAT_S)
        if state(worker) not in "SRD":
            raise Failed("the worker ended")
        os.kill(watchdog, signal.SIGCONT)
        time.sleep(2 * HEARTBEAT_S)
        if worker_of(watchdog) != worker or peer.count("hello") != 1:
            raise Failed("the woken watchdog killed a living worker")


def check_three_restarts():
    with running() as (peer, watchdog):
        for count in range(2, 5):
            os.kill(worker_of(watchdog), signal.SIGKILL)
            peer.wait_count("hello", count)
        os.kill(worker_of(watchdog), signal.SIGKILL)
        if peer.wait_ended() != "ended 1" or peer.count("hello") != 4:
            raise Failed(f"{peer.lines}")


def check_dead_watchdog():
    with running() as (peer, watchdog):
        worker = worker_of(watchdog)
        os.kill(watchdog, signal.SIGKILL)
        wait_for("the worker ends with its watchdog", lambda: state(worker) in ("", "Z"))
        peer.wait_ended()


def check_dead_watchdog_at_once():
    """A worker that hangs would notice nothing, and its own switch would take longer."""
    with running() as (_, watchdog):
        worker = worker_of(watchdog)
        os.kill(worker, signal.SIGSTOP)
        wait_for("the worker is stopped", lambda: state(worker) == "T")
        os.kill(watchdog, signal.SIGKILL)
        seconds_until("the worker ends with its watchdog", lambda: state(worker) in ("", "Z"), WATCHDOG_S - 2 * HEARTBEAT_S)


def may_be_realtime():
    """Whether the kernel lets us; a container may have been denied it."""
    script = f"import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param({WATCHDOG_PRIORITY}))"
    return subprocess.run([sys.executable, "-c", script], stderr=subprocess.DEVNULL, check=False).returncode == 0


def may_lock():
    script = "import ctypes, sys; sys.exit(ctypes.CDLL(None).mlockall(7))"
    return subprocess.run([sys.executable, "-c", script], stderr=subprocess.DEVNULL, check=False).returncode == 0


def as_the_unit(*more):
    """With the limits that the unit gives. The environment, as words for env(1)."""
    preloaded = [GRANTED, *(word for word in more if "=" not in word)]
    sanitizer = "ASAN_OPTIONS=" + os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return ["env", sanitizer, *(word for word in more if "=" in word), "LD_PRELOAD=" + ":".join(preloaded)]


def scheduling(process):
    """(policy, priority)"""
    return os.sched_getscheduler(process), os.sched_getparam(process).sched_priority


def locked_kib(process):
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("VmLck")).split()[1])


def check_ordinary():
    """Without limits that were raised for it: root, too, who might take what he likes."""
    with running() as (_, watchdog):
        for process in (watchdog, worker_of(watchdog)):
            if scheduling(process) != (os.SCHED_OTHER, 0):
                raise Failed(f"{comm(process)}: {scheduling(process)}")


def check_realtime():
    with running(*as_the_unit()) as (peer, watchdog):
        if not may_be_realtime():
            os.kill(worker_of(watchdog), signal.SIGKILL)
            peer.wait_count("hello", 2)  # all works without
            return
        reset = os.SCHED_RESET_ON_FORK
        for process, priority in ((watchdog, WATCHDOG_PRIORITY), (worker_of(watchdog), WORKER_PRIORITY)):
            wait_for(f"{comm(process)} to be real-time and no child of it: {scheduling(process)}",
                     lambda: scheduling(process) == (os.SCHED_FIFO | reset, priority))
            bound = resource.prlimit(process, resource.RLIMIT_RTTIME)
            if bound != (REALTIME_US, REALTIME_US):
                raise Failed(f"{comm(process)} may run for {bound}")


def check_locked():
    if not may_lock() or "ASAN_OPTIONS" in os.environ:  # that sanitizer makes a call of it that does nothing
        return
    with running(*as_the_unit()) as (_, watchdog):
        for process in (watchdog, worker_of(watchdog)):
            wait_for(f"{comm(process)} to lock its memory", lambda: locked_kib(process) > 0)


def check_busy_loop():
    """While real-time: the kernel ends it, long before its watchdog would, and what it held is free."""
    with tempfile.NamedTemporaryFile() as spin_file:
        with running(*as_the_unit(SPIN, f"SPIN_FILE={spin_file.name}")) as (peer, watchdog):
            worker = worker_of(watchdog)
            if may_be_realtime():
                wait_for("it to be real-time", lambda: scheduling(worker)[1] == WORKER_PRIORITY)
            os.kill(worker, signal.SIGUSR2)
            seconds_until("the busy worker ends", lambda: not state(worker), WATCHDOG_S + SLACK_S)
            peer.wait_count("hello", 2)
            if may_be_realtime() and any("does not answer" in line for line in peer.errors):
                raise Failed(f"only its watchdog did: {peer.errors}")


def check_link_closed():
    with running() as (peer, watchdog):
        worker = worker_of(watchdog)
        peer.order("close")
        if peer.wait_ended() != "ended 0":
            raise Failed(f"{peer.lines}")
        if state(worker) or state(watchdog):
            raise Failed("something is left")


def check_signals():
    for number in (signal.SIGTERM, signal.SIGINT):
        with running() as (peer, watchdog):
            worker = worker_of(watchdog)
            os.kill(watchdog, number)
            if peer.wait_ended() != "ended 0" or state(worker):
                raise Failed(f"signal {number}: {peer.lines}")


def check_garbage():
    """What is no message closes the link."""
    for garbage in (b"x", b"\0" * LINK_BYTES, b"\xff" * LINK_BYTES, b"\x15" + b"\0" * LINK_BYTES):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            process = subprocess.Popen([HOTDESK_INPUT, "--link-fd", str(theirs.fileno())], pass_fds=[theirs.fileno()],
                                       env=environment("/nonexistent"), stderr=subprocess.DEVNULL)
            theirs.close()
            ours.settimeout(SLACK_S)
            hello = ours.recv(1024)
            if len(hello) != LINK_BYTES or hello[0] != 1:
                raise Failed(f"no hello: {hello[:16]}")
            ours.send(garbage)
            if process.wait(SLACK_S) != 0:
                raise Failed("it did not end")


def check_listening():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "link")
        process = subprocess.Popen([HOTDESK_INPUT, "--listen", path], env=environment(directory),
                                   stderr=subprocess.DEVNULL)
        try:
            wait_for("the socket", lambda: os.path.exists(path))
            if stat.S_IMODE(os.stat(path).st_mode) != 0o600:
                raise Failed(oct(os.stat(path).st_mode))
            wait_for("its worker", lambda: children(process.pid))
            first = Peer("--connect", path)
            first.wait_count("hello", 1)
            second = Peer("--connect", path)  # one server at a time
            if second.wait_ended() != "closed" or second.count("hello"):
                raise Failed(f"{second.lines}")
            first.close()
            third = Peer("--connect", path)
            third.wait_count("hello", 1)
            third.close()
            for peer in (first, second, third):
                peer.close()
        finally:
            process.terminate()
            if process.wait(SLACK_S) != 0:
                raise Failed("it did not end well")
        if os.path.exists(path):
            raise Failed("the socket is left")


def connect_as(uid, path):
    """Whether that user gets a hello."""
    script = ("import os, socket, sys\n"
              f"os.setgid({uid}); os.setuid({uid})\n"
              "sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
              f"sock.connect({path!r}); sock.settimeout({SLACK_S})\n"
              "sys.exit(0 if sock.recv(1024) else 1)\n")
    return subprocess.run([sys.executable, "-c", script], stderr=subprocess.DEVNULL).returncode == 0


def check_peer_user():
    """Who may be the server is asked of the kernel, whatever the socket's mode became."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        path = os.path.join(directory, "link")
        process = subprocess.Popen([HOTDESK_INPUT, "--listen", path, "--server-user", "daemon"],
                                   env=environment(directory), stderr=subprocess.DEVNULL)
        try:
            wait_for("the socket", lambda: os.path.exists(path))
            os.chmod(path, 0o666)
            daemon = 1
            answers = [connect_as(uid, path) for uid in (65534, daemon, 0)]
            if answers != [False, True, True]:
                raise Failed(f"{answers}")
        finally:
            process.terminate()
            process.wait(SLACK_S)


def check_full_link():
    """Who does not read is not waited for."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        process = subprocess.Popen([HOTDESK_INPUT, "--link-fd", str(theirs.fileno())], pass_fds=[theirs.fileno()],
                                   env=environment("/nonexistent"), stderr=subprocess.DEVNULL)
        try:
            ping = struct.pack(">BIII", 20, 0, 0, 1).ljust(LINK_BYTES, b"\0")
            ours.setblocking(False)
            sent = 0
            end = time.monotonic() + 1.5 * WATCHDOG_S
            while time.monotonic() < end:  # each is answered, until nothing more goes in
                try:
                    ours.send(ping)
                    sent += 1
                except BlockingIOError:
                    time.sleep(0.01)
            if sent < 500:
                raise Failed(f"it stopped reading after {sent} pings")
        finally:
            process.terminate()
            if process.wait(SLACK_S) != 0:
                raise Failed("it hangs")


def run(*arguments, directory="/nonexistent"):
    done = subprocess.run([HOTDESK_INPUT, *arguments], env=environment(directory), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=SLACK_S)
    return done.returncode, done.stdout, done.stderr


def expect(arguments, status, part, directory="/nonexistent"):
    got, out, err = run(*arguments, directory=directory)
    if got != status or part not in out + err:
        raise Failed(f"{arguments}: exit {got}\n{out}{err}")


def check_options():
    expect(["--version"], 0, "hotdesk-input ")
    expect(["--help"], 0, "--link-fd")
    expect([], 2, "nobody to talk to")
    expect(["--nonsense"], 2, "unknown option")
    expect(["word"], 2, "options only")
    expect(["--link-fd", "x"], 2, "--link-fd")
    expect(["--link-fd", "1"], 2, "--link-fd")
    expect(["--link-fd", "99"], 2, "--link-fd 99: Bad file descriptor")
    expect(["--link-fd", "3", "--listen", "/x"], 2, "exclude")
    expect(["--listen", "/nonexistent/x"], 2, "cannot listen")
    expect(["--listen", "x" * 200], 2, "cannot listen")
    expect(["--listen", "/nonexistent/x", "--server-user", "no-such-user"], 2, "no user no-such-user")


def check_config():
    with tempfile.TemporaryDirectory() as directory:
        def write(text):
            with open(os.path.join(directory, "input.conf"), "w", encoding="utf-8") as file:
                file.write(text)

        expect(["--check-config"], 0, "", directory)
        write("leader = right-ctrl\n")
        expect(["--print-config"], 0, "leader = right-ctrl", directory)
        write("# nothing\nleader = meta\n")
        expect(["--check-config"], 2, "input.conf:2: leader:", directory)
        expect(["--link-fd", "3"], 2, "input.conf:2: leader:", directory)
        expect(["--check-config", "--config", os.path.join(directory, "other.conf")], 2, "other.conf", directory)


CHECKS = [
    ("a watchdog and a worker", check_two_processes),
    ("no core files", check_no_core),
    ("no debugger of the same user", check_no_debugger),
    ("no descriptor outlives an exec", check_descriptors),
    ("a stopped worker is killed and started again", check_stopped_worker),
    ("a stopped worker dies also when the watchdog is stopped", check_both_stopped),
    ("a stopped watchdog does no harm", check_stopped_watchdog),
    ("three restarts in a minute, not four", check_three_restarts),
    ("without its watchdog the worker ends", check_dead_watchdog),
    ("without its watchdog a worker that hangs ends at once", check_dead_watchdog_at_once),
    ("without raised limits it is an ordinary program", check_ordinary),
    ("with the unit's limits it is real-time, for 0.2 s at once, its watchdog above it", check_realtime),
    ("with the unit's limits its memory is locked", check_locked),
    ("a worker in a busy loop is ended by the kernel while it is real-time", check_busy_loop),
    ("the end of the link ends both", check_link_closed),
    ("SIGTERM and SIGINT end both", check_signals),
    ("garbage on the link ends both", check_garbage),
    ("a listening socket: 0600, one server at a time", check_listening),
    ("only the server's user may connect", check_peer_user),
    ("a server that does not read", check_full_link),
    ("options", check_options),
    ("configuration", check_config),
]


def main():
    tap = Tap()
    for name, check in CHECKS:
        if CHOSEN and not any(word in name for word in CHOSEN):
            continue
        if check == check_peer_user and os.getuid() != 0:
            tap.skip(name, "needs root")
        else:
            tap.check(name, check)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
