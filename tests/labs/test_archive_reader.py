"""The process that reads what was handed in has nothing that an archive could take over."""

from __future__ import annotations

import os

import pytest

from workbook.labs.sandbox import reading


def test_what_reads_an_archive_can_do_nothing_else(monkeypatch, tmp_path):
    """As if a library had a hole by which an archive can have it run what it likes."""
    script = reading.SCRIPT.read_text(encoding="utf-8")
    hole = "import ctypes, socket\n\n\ndef files_in(source):\n    exec(source.read())\n    return []\n\n\ndef _other("
    (tmp_path / "seccomp.py").write_bytes(reading.SCRIPT.with_name("seccomp.py").read_bytes())
    (tmp_path / "holed.py").write_text(script.replace("def files_in(", hole), encoding="utf-8")
    monkeypatch.setattr(reading, "CPU_SECONDS", 1)
    monkeypatch.setattr(reading, "SCRIPT", tmp_path / "holed.py")
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    for attack in (
        f"open({str(secret)!r}).read()",
        f"open({str(tmp_path / 'new')!r}, 'w')",
        "os.fork()",
        "os.execv('/bin/sh', ['sh'])",
        "socket.socket()",
        f"os.kill({os.getpid()}, 0)",
        f"os.unlink({str(secret)!r})",
        "os.listdir('/')",
    ):
        with pytest.raises(reading.Unreadable, match="Operation not permitted"):
            reading.Archive(attack.encode())
    with pytest.raises(reading.Unreadable, match="too long or too much memory"):
        reading.Archive(b"while True: pass")
    with pytest.raises(reading.Unreadable, match=r"too much memory|MemoryError"):
        reading.Archive(b"bytearray(4 << 30)")
    for answer in (b"[]", b"{}", b'{"files": [[1]]}', b'{"files": 7}', b"[" * 100_000, b'{"files": [["x", {}]]}'):
        with pytest.raises(reading.Unreadable, match="makes no sense"):
            reading.Archive(b"os.write(1, %r)" % (answer + b"\n"))
    assert secret.read_text(encoding="utf-8") == "secret"
