"""A machine of its own with systemd as process 1: a container of systemd-nspawn.

Its /usr is the one of this machine, read-only: the Debian packages that hotdesk was built with. /etc, /var, /home and /usr/local
are its own, new and empty but for what a Debian root cannot start without; so nothing that is enabled or configured here
runs there. It has no network but lo, and no device.
"""

import contextlib
import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import FACTOR, Failed, read_text, wait_for  # noqa: E402

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
               "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/system_bus_socket"}
CGROUPS = "/sys/fs/cgroup"
# Services with PAMName= (user@.service, a desktop's session) become sessions of logind by it.
PAM = """auth required pam_permit.so
account required pam_permit.so
password required pam_deny.so
session required pam_unix.so
session required pam_systemd.so
"""


def missing():
    """Why there can be none here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("systemd-nspawn"):
        return "needs systemd-nspawn (Debian package systemd-container)"
    if not os.path.islink("/bin"):
        return "needs /bin to be a link into /usr"
    if not glob.glob("/usr/lib/*/security/pam_systemd.so"):
        return "needs pam_systemd (Debian package libpam-systemd)"
    return None


def run(*argv, bound_s=60, **more):
    """A short program to its end; its output, Failed when it fails."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=bound_s * FACTOR,
                          check=False, **more)
    if done.returncode:
        raise Failed(f"{' '.join(argv)}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def read_process(pid, name):
    """A file of /proc; "" when the process has gone, also while it was read."""
    try:
        return read_text(f"/proc/{pid}/{name}")
    except ProcessLookupError:
        return ""


def children(pid):
    return read_process(pid, f"task/{pid}/children").split()


class Container:
    """`users`: names of people, with uids from 2001 on. `binds`: directories of this machine that it has, too. Its processes
    end with the harness, whatever happens to that."""

    def __init__(self, harness, users, binds):
        self.harness = harness
        self.directory = harness.directory
        self.root = os.path.join(self.directory, "root")
        self.name = f"hotdesk-{os.getpid()}"
        self.process, self.init = None, None
        self.users = {name: 2001 + number for number, name in enumerate(users)}
        self._make_root()
        self.binds = [os.path.realpath(path) for path in binds]

    # --- its root ---

    def write(self, path, text, mode=0o644):
        path = os.path.join(self.root, path.lstrip("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def _make_root(self):
        os.mkdir(os.path.join(self.directory, "local"), 0o755)
        for name in ("usr", "etc/systemd/system", "etc/pam.d", "var", "home", "root", "opt", "proc", "sys", "dev",
                     "run", "tmp"):
            os.makedirs(os.path.join(self.root, name), mode=0o755)
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            if os.path.islink("/" + name):
                os.symlink(os.readlink("/" + name), os.path.join(self.root, name))
        for name in ("etc/alternatives", "etc/fonts"):
            if os.path.isdir("/" + name):
                shutil.copytree("/" + name, os.path.join(self.root, name), symlinks=True)
        shutil.copy("/etc/ld.so.cache", os.path.join(self.root, "etc"))
        shutil.copy("/usr/lib/os-release", os.path.join(self.root, "etc"))
        os.symlink("/lib/systemd/system/multi-user.target", os.path.join(self.root, "etc/systemd/system/default.target"))
        self.write("etc/machine-id", os.urandom(16).hex() + "\n")  # an empty one would enable all that is in /usr
        self.write("etc/hostname", "booted\n")
        self.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
        self.write("etc/hosts", "127.0.0.1 localhost\n")
        for service in ("other", "systemd-user", "desktop"):
            self.write("etc/pam.d/" + service, PAM)
        self._make_users()

    def _make_users(self):
        for name in ("passwd", "group"):
            self.write("etc/" + name, "")
        self.write("etc/shadow", "", 0o600)
        run("systemd-sysusers", "--root", self.root, *(f"/usr/lib/sysusers.d/{name}"
                                                       for name in sorted(os.listdir("/usr/lib/sysusers.d"))))
        for name, uid in self.users.items():
            for file, line in (("passwd", f"{name}:x:{uid}:{uid}::/home/{name}:/bin/sh"), ("group", f"{name}:x:{uid}:"),
                               ("shadow", f"{name}:*:19000::::::")):
                with open(os.path.join(self.root, "etc", file), "a", encoding="utf-8") as out:
                    out.write(line + "\n")
            home = os.path.join(self.root, "home", name)
            os.mkdir(home, 0o700)
            os.chown(home, uid, uid)

    # --- its life ---

    def __enter__(self):
        try:
            self._boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *unused):
        self.close()

    def _boot(self):
        self.cgroups_before = self._cgroups()
        # A namespace of process ids around it: when its first process is killed, all in there are.
        self.process = self.harness.start(
            "systemd-nspawn",
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
             "systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--private-network",
             "--settings=no", "--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=pipe",
             "--machine=" + self.name, "--directory=" + self.root, "--bind-ro=/usr",
             f"--bind={self.directory}/local:/usr/local", *(f"--bind={path}" for path in self.binds)],
            # cgroup v2 alone: with v1 systemd is not told, in a container, when the last process of a service has gone.
            env={"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        self.init = wait_for("the container's first process", self._find_init, 60)
        state = self.run("systemctl", "is-system-running", "--wait", check=False)
        if state.strip() != "running":
            raise Failed(f"it is {state.strip()}: " + self.run("systemctl", "--failed", "--no-legend", check=False))

    def _find_init(self):
        if not self.process.is_running():
            raise Failed("systemd-nspawn ended: " + self.process.text()[-3000:])
        for nspawn in children(self.process.pid):
            for pid in children(nspawn):
                # The one before it sets the stage and ends.
                is_first = re.search(r"^NSpid:.*\t1$", read_process(pid, "status"), re.MULTILINE)
                if is_first and os.path.exists(f"/proc/{pid}/root/run/systemd/private"):
                    return pid
        return None

    def inside(self, path):
        return f"/proc/{self.init}/root{path}"

    def close(self):
        if self.process:
            self.process.kill()
            wait_for("its end", lambda: not self.init or not os.path.exists(f"/proc/{self.init}"), 20)
            self._remove_cgroups()
        for path in (f"/run/systemd/nspawn/propagate/{self.name}", f"/run/systemd/nspawn/unix-export/{self.name}"):
            if os.path.isdir(path) and not os.path.ismount(path):
                shutil.rmtree(path, ignore_errors=True)
        at = os.stat(self.root)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"/run/systemd/nspawn/locks/inode-{at.st_dev}:{at.st_ino}")

    @staticmethod
    def _cgroups():
        return {path for path, _, _ in os.walk(CGROUPS)}

    def _remove_cgroups(self):
        """systemd-nspawn leaves its own behind when nobody registered it."""
        for path in sorted(self._cgroups() - self.cgroups_before, reverse=True):
            with contextlib.suppress(OSError):  # of somebody else, who lives
                os.rmdir(path)

    # --- in it ---

    def command(self, argv, user=None, display=None, options=()):
        enter = ["nsenter", "--target", self.init, "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", *options]
        if user:
            uid = str(self.users[user])
            enter += ["setpriv", "--reuid", uid, "--regid", uid, "--init-groups", "env", f"HOME=/home/{user}",
                      f"USER={user}", f"XDG_RUNTIME_DIR=/run/user/{uid}"]
        if display:
            enter += ["env", f"DISPLAY={display}"]
        return [*enter, *argv]

    def start(self, name, *argv, user=None, display=None, **more):
        """A program in it that runs on, with a log; it ends with the harness."""
        # Without a fork a signal reaches it; its children alone are in the container's namespace of process ids.
        return self.harness.start(name, self.command(argv, user, display, ["--no-fork"]), env=ENVIRONMENT, **more)

    def run(self, *argv, user=None, check=True, bound_s=60):
        """A program in it, as root or as one of its users, to its end; its output."""
        done = self.try_run(*argv, user=user, bound_s=bound_s)
        if check and done.returncode:
            raise Failed(f"{' '.join(argv)}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def try_run(self, *argv, user=None, bound_s=60):
        return subprocess.run(self.command(argv, user), env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=bound_s * FACTOR, check=False)

    def show(self, unit, *properties, user=None):
        """[value, ...] of a unit's properties."""
        scope = ["--user"] if user else []
        out = self.run("systemctl", *scope, "show", unit, *(f"--property={name}" for name in properties), user=user)
        values = dict(line.split("=", 1) for line in out.splitlines())
        return [values[name] for name in properties]

    def read(self, path):
        with open(self.inside(path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stat(self, path):
        return os.lstat(self.inside(path))
