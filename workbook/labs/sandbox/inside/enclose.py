"""Runs in new namespaces, before the student's code: builds the file system that it will see, and locks the door.

It is a script of its own, so that it starts fast. Its argument is JSON: ``folder``, the sandbox, of which ``lab`` and
``runner`` are copied; ``root``, an empty folder in it, on which the new file system is put (nobody outside sees it
there); ``visible``, what can be read of this machine; ``hidden``, what cannot, even below that: the course itself, with
the reference in it; ``disk``, megabytes that can be filled; ``user``, the number to run as, or null; ``lifeline``, a
descriptor (see ``supervisor``); ``command``, what to run.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

import seccomp
from supervisor import supervise

# Not /dev/zero: through it, a program can get memory that is not counted for any process.
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom")
DISK = "size={}m,nr_inodes=20000,mode=755"
SHRUNK = {"tcp_rmem": 131072, "tcp_wmem": 16384}  # with the kernel's own defaults
TCP_BYTES = 212992  # as sockets of other kinds have by the kernel's default
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def show(path: Path, root: Path) -> None:
    """Make ``path`` readable under ``root``, at the same place; a link stays a link."""
    place = root / path.relative_to("/")
    if place.exists() or not path.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        place.symlink_to(os.readlink(path))
        return
    if path.is_dir():
        place.mkdir()
    else:
        place.touch()
    # With everything mounted below it: an ordinary user may not look behind that.
    mount("--rbind", str(path), str(place))


def hide(path: Path, root: Path) -> None:
    """Put an empty folder over ``path``, if it can be seen."""
    place = root / path.relative_to("/")
    if place.is_dir():
        mount("-t", "tmpfs", "-o", "size=4k,mode=755", "tmpfs", str(place))


def lock(root: Path) -> None:
    """Make everything mounted below ``root`` read-only. Whatever else a mount forbids stays forbidden."""
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        place, options = line.split(" ")[4:6]
        place = place.encode().decode("unicode_escape")  # a space is \\040 there
        if place.startswith(f"{root}/"):
            kept = [option for option in options.split(",") if option != "rw"]
            mount("-o", ",".join(["remount", "bind", "ro", "nosuid", *kept]), place)


def show_device(path: str, root: Path) -> None:
    place = root / path.lstrip("/")
    place.touch()
    mount("--bind", path, str(place))


def build(root: Path, folder: Path, disk: int, visible: list[str], hidden: list[str]) -> None:
    mount("-t", "tmpfs", "-o", DISK.format(disk), "tmpfs", str(root))
    for path in sorted({*visible, *hidden}):  # so that a folder comes before its contents
        (hide if path in hidden else show)(Path(path), root)
    lock(root)
    for name in ("dev", "proc"):
        (root / name).mkdir()
    for device in DEVICES:
        show_device(device, root)
    mount("-t", "proc", "proc", str(root / "proc"))
    for name in ("lab", "runner"):
        shutil.copytree(folder / name, root / name)
    for name in ("home", "tmp"):
        (root / name).mkdir(exist_ok=True)


def hand_over(root: Path, user: int) -> None:
    """Let the student's code write to the sandbox, its home and /tmp."""
    for name in ("home", "tmp"):  # only these folders, not their contents: Python itself may be readable there
        os.chown(root / name, user, user)
    for folder, _, files in os.walk(root / "lab"):
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            os.chown(path, user, user, follow_symlinks=False)


def raise_loopback() -> None:
    """A new network has a loopback interface that is down, but a lab may serve to itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def shrink_buffers(root: Path) -> None:
    """Limit what the kernel keeps for one connection, because that is not counted for any process. (Other kinds of
    sockets have limits that a process can only ask to change, which ``seccomp`` makes it ask in vain.)"""
    for name, default in SHRUNK.items():
        (root / "proc/sys/net/ipv4" / name).write_text(f"4096 {default} {TCP_BYTES}", encoding="ascii")


def main() -> None:
    specification = json.loads(sys.argv[1])
    folder = Path(specification["folder"])
    root = Path(specification["root"])
    build(root, folder, specification["disk"], specification["visible"], specification["hidden"])
    raise_loopback()
    shrink_buffers(root)
    user = specification["user"]
    if user is not None:
        hand_over(root, user)
    os.chroot(root)
    os.chdir("/lab")
    seccomp.install()
    number = [] if user is None else [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    locks = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    # This process stays as the first of its namespace, with a user and rights that the student's code does not have.
    supervise(["setpriv", *number, *locks, *specification["command"]], specification["lifeline"])


if __name__ == "__main__":
    main()
