"""What a submission may attempt at the kernel and at what stands above it: each says so if it came through."""

from __future__ import annotations

START = """
import ctypes, errno, fcntl, mmap, os, platform, resource, signal, socket, stat, struct, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = libc.mmap.restype = ctypes.c_long
X86 = platform.machine() == "x86_64"
"""

# Each is the body of a function that is true, or of which a call raises nothing, where it came through.
ATTEMPTS = {
    # Memory that no process is said to have.
    "shared anonymous memory": """
    area = mmap.mmap(-1, 8 << 20)
    area.write(bytes(8 << 20))
    area.madvise(mmap.MADV_DONTNEED)
    return True
""",
    "shared memory of a device": """
    with open("/dev/zero", "r+b", buffering=0) as zero:
        mmap.mmap(zero.fileno(), 8 << 20)
    return True
""",
    "large buffers of a socket": """
    one, other = socket.socketpair()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    one.setblocking(False)
    return sent(one) > 1 << 20
""",
    "large buffers of a connection": """
    server = socket.create_server(("127.0.0.1", 0))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    one = socket.create_connection(server.getsockname())
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    other, _ = server.accept()
    one.setblocking(False)
    return sent(one) > 1 << 20
""",
    "pages in a pipe": """
    reading, writing = os.pipe()
    area = mmap.mmap(-1, 1 << 16, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    vector = struct.pack("PN", ctypes.addressof(ctypes.c_char.from_buffer(area)), 4096)
    return libc.syscall(278 if X86 else 75, writing, vector, 1, 0) > 0
""",
    "pages in a socket": """
    one, other = socket.socketpair()
    with open("page", "w+b") as file:
        file.write(bytes(4096))
        file.flush()
        return os.sendfile(one.fileno(), file.fileno(), 0, 1) > 0
""",
    "a memory of the kernel's rings": "return libc.syscall(425, 8, bytes(120)) >= 0",
    "secret memory": "return libc.syscall(447, 0) >= 0",
    # Rights that were taken away.
    "a new namespace": "return libc.syscall(56 if X86 else 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0) >= 0",
    "a new namespace in the newer way": """
    number = libc.syscall(435, struct.pack("QQQQQQQQ", 0x10000000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64)
    if number == 0:
        os._exit(0)
    return number > 0
""",
    "another's namespace": 'return libc.setns(os.open("/proc/1/ns/mnt", os.O_RDONLY), 0) == 0',
    "a file system of its own": 'return libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None) == 0',
    "the cover off a file system": 'return libc.umount2(b"/usr", 2) == 0',
    "writing where all is read": """
    return libc.mount(None, b"/usr", None, 0x1000 | 0x20, None) == 0 or open(os.__file__, "r+")
""",
    "another root": 'os.chroot("/tmp") or os.chroot(".")\n    return True',
    "a device": 'os.mknod("/tmp/disk", stat.S_IFBLK | 0o600, os.makedev(254, 0))\n    return True',
    "another user": """
    users = [user for user in (0, 1, 1000) if user != os.getuid()]
    return any(libc.setresuid(user, user, user) == 0 for user in users)
""",
    "root's rights by a file": """
    with open("/tmp/id", "wb") as file:
        file.write(open("/usr/bin/id", "rb").read())
    os.chown("/tmp/id", 0, 0) if os.getuid() else os.chown("/tmp/id", 65534, -1)
    os.chmod("/tmp/id", 0o4755)
    return "uid=0" in os.popen("/tmp/id").read()
""",
    "more of its limits": """
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
        low, high = resource.getrlimit(kind)
        resource.setrlimit(kind, (high + 1, high + 1))
    return True
""",
    "precedence": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))\n    return True",
    "the clock": "time.clock_settime(time.CLOCK_REALTIME, 0)\n    return True",
    "the name of the machine": 'socket.sethostname("mine")\n    return True',
    "settings of the kernel": """
    for name in ("kernel/core_pattern", "net/ipv4/tcp_wmem", "vm/overcommit_memory"):
        open(f"/proc/sys/{name}", "w").write("1 1 1")
    return True
""",
    "the network's interface": """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, 0x8914, struct.pack("16sh14x", b"lo", 0))
    return True
""",
    "sockets of other kinds": """
    for family in (17, 38, 40, 44):  # packets, ciphers, a virtual machine's host, XDP
        try:
            socket.socket(family, socket.SOCK_RAW if family == 17 else socket.SOCK_SEQPACKET)
            return True
        except OSError:
            pass
""",
    "control groups": 'os.mkdir("/sys/fs/cgroup/mine")\n    return True',
    # What stands above it.
    "the memory of what is above": 'return open("/proc/1/mem", "r+b")',
    "the descriptors of what is above": """
    found = [f"/proc/1/fd/{number}" for number in os.listdir("/proc/1/fd")]
    return [os.open(path, os.O_RDWR | os.O_NONBLOCK) for path in found]
""",
    "the folder of what is above": 'return os.listdir("/proc/1/cwd/")',
    "a descriptor of what is above": "return libc.syscall(438, os.pidfd_open(1), 0, 0) >= 0",
    "the memory of what is above, by a call": """
    there = ctypes.create_string_buffer(8)
    vector = struct.pack("PN", ctypes.addressof(there), 8)
    return libc.syscall(310 if X86 else 270, 1, vector, 1, vector, 1, 0) > 0
""",
    "the end of what is above": """
    for number in (signal.SIGSTOP, signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        try:
            os.kill(1, number)
        except OSError:
            pass
    time.sleep(0.2)
    return os.getppid() != 1 and os.getpid() != 1
""",
    "a place too deep to be removed": """
    os.chdir("/tmp")
    for _ in range(300):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
""",
}
# Those that do no harm, and come through wherever nothing is in their way.
REAL = ["shared anonymous memory", "shared memory of a device", "pages in a pipe", "pages in a socket"]
# Those that may come through in a container, whose memory the kernel counts as a whole.
COUNTED = {"shared memory of a device"}
SENT = """
def sent(one):
    count = 0
    try:
        while count < 64 << 20:
            count += one.send(bytes(1 << 16))
    except OSError:
        pass
    return count
"""
RUN = """
came_through = []
for name, attempt in attempts.items():
    try:
        if attempt():
            came_through.append(name)
    except (OSError, ValueError, OverflowError):
        pass
os.chdir("/")
print("ATTEMPTED", len(attempts), "CAME THROUGH", came_through, flush=True)
"""


def attempting(names: list[str]) -> str:
    """A program that attempts these one after another."""
    functions = [f"def attempt():{_body(ATTEMPTS[name])}\nattempts[{name!r}] = attempt\n" for name in names]
    return "".join([START, SENT, "attempts = {}\n", *functions, RUN])


def _body(text: str) -> str:
    return text.rstrip() if text.startswith("\n") else f"\n    {text}"


# Six hundred megabytes of what nobody has read, in a process that seems to have none: and then again.
HOARD = """
import os, socket, time
reading, writing = os.pipe()
kept = []
for _ in range(20):
    try:
        if os.fork() == 0:
            break
    except OSError:
        break
else:
    os.close(writing)
    time.sleep(8)
    held = sum(map(int, os.read(reading, 1 << 16).split()))
    print("HOARDED", held, flush=True)
held = 0
try:
    while True:
        kept.append(socket.socketpair())
        kept[-1][0].setblocking(False)
        try:
            while True:
                held += kept[-1][0].send(bytes(1 << 16))
        except BlockingIOError:
            pass
except OSError:
    os.write(writing, b"%d " % held)
    time.sleep(3600)
"""
