"""Permanently takes system calls away from this process and all that it starts: those that namespaces and limits miss.

These are for memory that is not counted for any process (shared and mapped nowhere, or kept only by a pipe or a
socket), keys of the person who grades, sockets that lead out of the process's own network (a virtual machine's to its
host), namespaces, and the parts of the kernel that have been its weakest. The filter is a program for the kernel's own
little machine: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

# By machine: the kernel's name for it, and where its numbers are in the tables below.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
REFUSED = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "ptrace": (101, 117),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "vmsplice": (278, 75),  # with these four, a pipe or a socket keeps whole pages for a byte
    "splice": (275, 76),
    "tee": (276, 77),
    "sendfile": (40, 71),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "setns": (308, 268),
}
SOCKET, MMAP, CLONE, SETSOCKOPT = (41, 198), (9, 222), (56, 220), (54, 208)
CLONE3 = 435  # its arguments cannot be inspected; a program that is told it does not exist uses clone
FAMILIES = (1, 2, 10, 16)  # of sockets: Unix, IPv4, IPv6, and netlink, by which addresses are looked up
MAP_SHARED_ANONYMOUS = 0x21
CLONE_NEW = 0x7E020000  # of namespaces, every kind
SOL_SOCKET = 1
# SO_SNDBUF and SO_RCVBUF: a program that asks for more is told that it worked, and keeps what it had.
SO_BUFFERS = (7, 8)
OTHER_TABLE = 0x40000000  # from here on, the calls of x86_64 have other numbers

LOAD, EQUAL, AT_LEAST, ANY_OF, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, MACHINE, ARGUMENTS = 0, 4, (16, 24, 32, 40)  # their places in what the filter gets
KILL, REFUSE, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
# What remains for a process that reads its input, computes, and answers: memory, its files, its end.
LEFT = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "lseek": (8, 62),
    "fstat": (5, 80),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "brk": (12, 214),
    "madvise": (28, 233),
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "clock_gettime": (228, 113),
    "getrandom": (318, 278),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2


class Program(ctypes.Structure):
    """The kernel's ``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install() -> None:
    """Raises ``KeyError`` on an unknown kind of machine, and ``OSError`` if the kernel does not accept it."""
    _enforce(_program(*MACHINES[platform.machine()]))


def confine() -> None:
    """Leave only ``LEFT``. Raises as ``install`` does."""
    machine, column = MACHINES[platform.machine()]
    steps = _of_machine(machine)
    for numbers in LEFT.values():
        steps += [_step(EQUAL, numbers[column], 0, 1), _step(RETURN, ALLOW)]
    _enforce([*steps, _step(RETURN, REFUSE | errno.EPERM)])


def is_known() -> bool:
    """Whether this is Linux, on a kind of machine whose numbers are known."""
    return sys.platform.startswith("linux") and platform.machine() in MACHINES


def _enforce(instructions: list[bytes]) -> None:
    program = Program(len(instructions), b"".join(instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program))):
        if libc.prctl(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _program(machine: int, column: int) -> list[bytes]:
    """Each comparison is followed by what happens if it is true; if not, that is skipped."""
    steps = _of_machine(machine)
    steps += [_step(AT_LEAST, OTHER_TABLE, 0, 1), _step(RETURN, REFUSE | errno.ENOSYS)]
    steps += [_step(EQUAL, CLONE3, 0, 1), _step(RETURN, REFUSE | errno.ENOSYS)]
    for numbers in REFUSED.values():
        steps += [_step(EQUAL, numbers[column], 0, 1), _step(RETURN, REFUSE | errno.EPERM)]
    steps += _if_called(MMAP[column], _shared_and_anonymous_refused())
    namespaces = [_step(LOAD, ARGUMENTS[0]), _step(ANY_OF, CLONE_NEW, 0, 1), _step(RETURN, REFUSE | errno.EPERM)]
    steps += _if_called(CLONE[column], namespaces)
    steps += _if_called(SETSOCKOPT[column], _buffers_ignored())
    families = [_step(LOAD, ARGUMENTS[0])]
    for family in FAMILIES:
        families += [_step(EQUAL, family, 0, 1), _step(RETURN, ALLOW)]
    return [
        *steps,
        *_if_called(SOCKET[column], [*families, _step(RETURN, REFUSE | errno.EAFNOSUPPORT)]),
        _step(RETURN, ALLOW),
    ]


def _of_machine(machine: int) -> list[bytes]:
    """The end for calls by another machine's table; otherwise the number is checked."""
    return [_step(LOAD, MACHINE), _step(EQUAL, machine, 1, 0), _step(RETURN, KILL), _step(LOAD, NUMBER)]


def _if_called(number: int, steps: list[bytes]) -> list[bytes]:
    """The steps for a call with this number; after them, the number is checked again."""
    steps = [*steps, _step(LOAD, NUMBER)]
    return [_step(EQUAL, number, 0, len(steps)), *steps]


def _shared_and_anonymous_refused() -> list[bytes]:
    both = MAP_SHARED_ANONYMOUS
    return [_step(LOAD, ARGUMENTS[3]), _step(AND, both), _step(EQUAL, both, 0, 1), _step(RETURN, REFUSE | errno.EPERM)]


def _buffers_ignored() -> list[bytes]:
    steps = [_step(LOAD, ARGUMENTS[2])]
    for option in SO_BUFFERS:
        steps += [_step(EQUAL, option, 0, 1), _step(RETURN, REFUSE)]
    return [_step(LOAD, ARGUMENTS[1]), _step(EQUAL, SOL_SOCKET, 0, len(steps)), *steps]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """The kernel's ``struct sock_filter``; the last two fields are how many steps to skip."""
    return struct.pack("HBBI", code, if_true, if_false, value)
