"""What a process may do, one word each on a line that begins with "may:". Run inside a service and outside."""

import ctypes
import mmap
import os
import socket

SYS_SECCOMP = {"x86_64": 317, "aarch64": 277}.get(os.uname().machine)
SECCOMP_GET_ACTION_AVAIL, SECCOMP_RET_KILL_PROCESS = 2, 0x80000000
CLONE_NEWUSER = 0x10000000
LIBC = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def writes():
    os.close(os.open(f"/opt/open/{os.getpid()}", os.O_WRONLY | os.O_CREAT, 0o600))


def sees_homes():
    os.close(os.open("/home/alice/open", os.O_RDONLY))


def sees_others():
    os.stat("/proc/1")


def runs_written_code():
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def makes_namespaces():
    if os.fork() == 0:
        os._exit(LIBC.unshare(CLONE_NEWUSER) != 0)
    if os.wait()[1]:
        raise OSError


def makes_memory_files():
    os.close(os.memfd_create("probe", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING))


def filters_itself():
    action = ctypes.c_uint32(SECCOMP_RET_KILL_PROCESS)
    checked(LIBC.syscall(SYS_SECCOMP, SECCOMP_GET_ACTION_AVAIL, 0, ctypes.byref(action)))


def opens(family):
    return lambda: socket.socket(family, socket.SOCK_DGRAM).close()


DEEDS = {"write": writes, "homes": sees_homes, "others": sees_others, "code": runs_written_code,
         "namespaces": makes_namespaces, "memory-files": makes_memory_files, "filter": filters_itself,
         "unix": opens(socket.AF_UNIX), "inet": opens(socket.AF_INET), "netlink": opens(socket.AF_NETLINK)}


def main():
    may = []
    for word, deed in DEEDS.items():
        try:
            deed()
            may.append(word)
        except OSError:
            pass
    print("may:", *may, flush=True)


main()
