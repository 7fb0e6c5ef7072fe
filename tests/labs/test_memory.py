"""What keeps a submission's memory: a control group where one can be made, and elsewhere a look at all that is held."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workbook.labs.authoring.manifest import Limits
from workbook.labs.sandbox import cgroup, isolation, memory, process_tree
from workbook.labs.sandbox.isolation import Level

HANG_SECONDS = 120
MOUNT = "31 24 0:27 {root} {mount} rw,nosuid shared:5 - cgroup2 cgroup2 rw,nsdelegate\n"
# Of version 1 with an empty tree of version 2 beside it, as older systems have it.
OLD = "30 24 0:26 / /sys/fs/cgroup/memory rw shared:4 - cgroup cgroup rw,memory\n"
HELD = {
    "memory": "kept = bytearray(b'x' * (200 << 20))",
    "sockets": "import socket; kept = [socket.socketpair() for _ in range(400)]",
}


@pytest.fixture(autouse=True)
def asked_anew():
    cgroup.available.cache_clear()
    yield
    cgroup.available.cache_clear()


def groups(place: Path, monkeypatch, handed_on: dict[str, str], own: str, root: str = "/") -> Path:
    """A tree of groups as files, and this process in one of them; returns where it is mounted."""
    mount = place / "cgroup"
    for name, controllers in handed_on.items():
        (mount / name).mkdir(parents=True, exist_ok=True)
        (mount / name / "cgroup.subtree_control").write_text(controllers, encoding="ascii")
        (mount / name / "cgroup.procs").write_text("", encoding="ascii")
    (place / "mountinfo").write_text(OLD + MOUNT.format(root=root, mount=mount), encoding="utf-8")
    (place / "cgroup-of-process").write_text(f"4:memory:/x\n0::{own}\n", encoding="utf-8")
    (place / "proc").mkdir()
    (place / "proc" / "mountinfo").symlink_to(place / "mountinfo")
    (place / "proc" / "cgroup").symlink_to(place / "cgroup-of-process")
    monkeypatch.setattr(cgroup, "OWN", place / "proc")
    return mount


@pytest.mark.parametrize(
    ("own", "root", "expected"),
    [
        ("/user.slice/user-0.slice/session-1.scope", "/", "user.slice/user-0.slice"),
        ("/user.slice/user-0.slice", "/", "user.slice/user-0.slice"),
        ("/user.slice/other.slice", "/", "user.slice"),
        ("/docker/of-this-container/user.slice", "/docker/of-this-container", "user.slice"),
    ],
)
def test_the_nearest_group_that_hands_memory_on_is_taken(tmp_path, monkeypatch, own, root, expected):
    handed_on = {
        **{"": "cpu memory pids", "user.slice": "memory pids", "user.slice/user-0.slice": "memory"},
        **{"user.slice/user-0.slice/session-1.scope": "", "user.slice/other.slice": "cpu"},
    }
    mount = groups(tmp_path, monkeypatch, handed_on, own, root)
    assert cgroup._parent() == mount / expected


def test_without_one_it_is_said_that_memory_is_looked_at(tmp_path, monkeypatch):
    groups(tmp_path, monkeypatch, {"": "", "mine": "cpu"}, "/mine")
    assert not cgroup.available()
    assert isinstance(memory.bound(Limits(), 96), memory.Watched)
    assert "checked five times a second" in isolation.kept_memory(Level.NAMESPACES)


def test_a_tree_in_which_nothing_can_be_made_is_not_taken(tmp_path, monkeypatch):
    mount = groups(tmp_path, monkeypatch, {"": "memory pids"}, "/")  # files, which no kernel keeps
    assert not cgroup.available()
    assert sorted(path.name for path in mount.iterdir()) == ["cgroup.procs", "cgroup.subtree_control"]


def test_the_kernel_is_told_the_limits_before_the_command_is_there(tmp_path, monkeypatch):
    mount = groups(tmp_path, monkeypatch, {"": "memory pids"}, "/")
    mkdir = Path.mkdir

    def made_by_the_kernel(folder: Path) -> None:
        mkdir(folder)
        for name in ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cgroup.procs"):
            (folder / name).touch()

    monkeypatch.setattr(Path, "mkdir", made_by_the_kernel)
    group = cgroup.Group(64 << 20, 8)
    (folder,) = mount.glob("workbook-*")
    seen = subprocess.run(group.joined(["cat", *map(str, sorted(folder.iterdir()))]), stdout=-1, check=True)
    # In the order of their names: cgroup.procs, memory.max, memory.oom.group, memory.swap.max, pids.max
    assert seen.stdout.split() == [b"0", b"%d" % (64 << 20), b"1", b"0", b"8"]


if cgroup.available():  # where a kernel keeps such groups, it is asked; the limits above hold for every machine

    def test_the_kernel_ends_what_takes_more():
        group = cgroup.Group(64 << 20, 8)
        hoard = (
            "import mmap; kept = []\nwhile True: kept.append(mmap.mmap(-1, 8 << 20)); kept[-1].write(bytes(8 << 20))"
        )
        command = group.joined([sys.executable, "-c", hoard])
        done = subprocess.run(command, check=False, timeout=HANG_SECONDS)
        group.release()
        assert done.returncode == -9
        assert "kept within its limit by the kernel" in isolation.kept_memory(Level.NAMESPACES)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has namespaces")
@pytest.mark.parametrize("what", HELD)
def test_whatever_is_held_is_seen(what):
    code = (
        f"import os\nif os.fork() == 0:\n    {HELD[what].replace(chr(10), chr(10) + '    ')}\n    print(1, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", f"{code}\ninput()"], stdin=-1, stdout=-1) as process:
        assert process.stdout.readline() == b"1\n"
        members = process_tree._descendants(process.pid)
        held = sum(map(process_tree._held, members)) + process_tree._sockets(members) * process_tree._socket_bytes()
        assert held > 190 << 20
