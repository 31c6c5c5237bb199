"""Builds the initramfs of the machine tests: busybox, Debian's kernel modules for input and virtio,
udev, and our programs with the libraries that they are linked with."""

import os
import re
import shutil
import stat
import subprocess
import tempfile

# In this order, each after what modules.dep says that it needs.
MODULES = ["virtio_pci", "virtio_console", "virtio_net", "evdev", "uinput", "psmouse", "xhci-pci",
           "usbhid", "hid-generic", "uhid"]
UDEV_RULES = ["50-udev-default.rules", "60-evdev.rules", "60-input-id.rules",
              "60-persistent-input.rules", "70-mouse.rules"]

INIT = r"""#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/bin:/bin HOME=/root HOTDESK_TIME_FACTOR=@FACTOR@
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /run /tmp /root
mount -t tmpfs run /run
echo 1 > /proc/sys/kernel/printk
while read -r module; do insmod "$module"; done < /modules
/usr/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle
hostname console
ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
exec 3<>/dev/virtio-ports/commands
printf '\001ready\n' >&3
while read -r number line <&3; do
    eval "$line" > /tmp/.output 2>&1 < /dev/null
    status=$?
    cat /tmp/.output >&3
    printf '\n\001%d %d\n' "$number" $status >&3
done
"""


def _modules_in_order(modules_dir):
    needs, path_of = {}, {}
    with open(os.path.join(modules_dir, "modules.dep"), encoding="utf-8") as file:
        for line in file:
            path, _, rest = line.partition(":")
            needs[path] = rest.split()
            path_of[re.sub(r"\.ko.*", "", os.path.basename(path)).replace("_", "-")] = path
    order = []

    def visit(path):
        for need in reversed(needs[path]):
            visit(need)
        if path not in order:
            order.append(path)

    for name in MODULES:
        path = path_of.get(name.replace("_", "-"))
        if path:  # else it is built into this kernel
            visit(path)
    return order


def _libraries(program):
    output = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(/\S+)(?= \(0x)", output)


def _copy(source, tree, target=None):
    target = tree + (target or source)
    if not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.realpath(source), target)


def build(kernel_dir, programs, output, factor=1):
    """Writes a cpio archive to `output`, with `programs` (paths) in /usr/bin."""
    modules_root = os.path.join(kernel_dir, "lib/modules")
    modules_dir = os.path.join(modules_root, os.listdir(modules_root)[0])
    with tempfile.TemporaryDirectory() as tree:
        for directory in ("proc", "sys", "dev", "etc", "bin", "usr/bin", "usr/lib", "m"):
            os.makedirs(os.path.join(tree, directory))
        os.symlink("usr/lib", os.path.join(tree, "lib"))
        os.symlink("usr/lib64", os.path.join(tree, "lib64"))
        os.makedirs(os.path.join(tree, "usr/lib64"))
        _copy("/bin/busybox", tree)
        order = _modules_in_order(modules_dir)
        with open(os.path.join(tree, "modules"), "w", encoding="utf-8") as file:
            for number, path in enumerate(order):
                shutil.copy(os.path.join(modules_dir, path), f"{tree}/m/{number:02}.ko")
                file.write(f"/m/{number:02}.ko\n")
        for program in list(programs) + ["/usr/bin/udevadm"]:
            _copy(program, tree, "/usr/bin/" + os.path.basename(program))
            for library in _libraries(program):
                _copy(library, tree)
        os.makedirs(os.path.join(tree, "usr/lib/systemd"))
        os.symlink("/usr/bin/udevadm", os.path.join(tree, "usr/lib/systemd/systemd-udevd"))
        for rule in UDEV_RULES:
            _copy("/usr/lib/udev/rules.d/" + rule, tree)
        for name, text in (("passwd", "root:x:0:0:root:/root:/bin/sh\n"),
                           ("group", "root:x:0:\ninput:x:104:\nkvm:x:105:\ntty:x:5:\n"),
                           ("hostname", "console\n")):
            with open(f"{tree}/etc/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        init = os.path.join(tree, "init")
        with open(init, "w", encoding="utf-8") as file:
            file.write(INIT.replace("@FACTOR@", str(factor)))
        os.chmod(init, os.stat(init).st_mode | stat.S_IXUSR)
        with open(output, "wb") as archive:
            names = subprocess.run(["find", "."], cwd=tree, capture_output=True, check=True).stdout
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=tree,
                           input=names, stdout=archive, check=True)
