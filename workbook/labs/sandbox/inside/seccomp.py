"""Takes system calls away from this process and all that it starts, for good: what namespaces and limits do not reach.

That is memory that is counted for no process, keys of the one who grades, sockets that lead out of a network of one's
own (a virtual machine's to its host), and the parts of the kernel that have been its weakest. The filter is a program
for the kernel's own little machine: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# By machine: how the kernel calls it, and where its numbers stand in the tables below.
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
}
SOCKET = (41, 198)
FAMILIES = (1, 2, 10, 16)  # of sockets: Unix, IPv4, IPv6, and netlink, by which addresses are looked up
OTHER_TABLE = 0x40000000  # from here on, the calls of x86_64 have other numbers

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16  # where they stand in what the filter is given
KILL, REFUSE, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2


class Program(ctypes.Structure):
    """The kernel's ``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install() -> None:
    """Raises ``KeyError`` on a machine that it does not know, and ``OSError`` if the kernel does not take it."""
    instructions = _program(*MACHINES[platform.machine()])
    program = Program(len(instructions), b"".join(instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program))):
        if libc.prctl(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _program(machine: int, column: int) -> list[bytes]:
    """Each step that compares is followed by what happens if it holds; if not, that is skipped."""
    steps = [_step(LOAD, MACHINE), _step(EQUAL, machine, 1, 0), _step(RETURN, KILL), _step(LOAD, NUMBER)]
    steps += [_step(AT_LEAST, OTHER_TABLE, 0, 1), _step(RETURN, REFUSE | errno.ENOSYS)]
    for numbers in REFUSED.values():
        steps += [_step(EQUAL, numbers[column], 0, 1), _step(RETURN, REFUSE | errno.EPERM)]
    steps += [_step(EQUAL, SOCKET[column], 1, 0), _step(RETURN, ALLOW), _step(LOAD, FIRST_ARGUMENT)]
    for family in FAMILIES:
        steps += [_step(EQUAL, family, 0, 1), _step(RETURN, ALLOW)]
    return [*steps, _step(RETURN, REFUSE | errno.EAFNOSUPPORT)]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """The kernel's ``struct sock_filter``; the last two are how many steps to skip."""
    return struct.pack("HBBI", code, if_true, if_false, value)
