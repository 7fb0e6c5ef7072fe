"""The files of TensorFlow.js in the repository are those that its authors published."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tomllib

import pytest

from tests.conftest import ROOT

VENDOR = ROOT / "docs" / "browser" / "vendor"
SOURCES = tomllib.loads((VENDOR / "sources.toml").read_text(encoding="utf-8"))
FILES = SOURCES["files"]


def test_each_script_has_its_hash_and_its_license():
    assert {path.name for path in VENDOR.glob("*.js")} == {*FILES}
    for name, source in FILES.items():
        content = (VENDOR / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == source["sha256"], name
        assert b"Licensed under the Apache License, Version 2.0" in content[:1000]
    assert "Apache License" in (VENDOR / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: apt-get install npm")
def test_each_script_is_the_one_in_the_registry(tmp_path):
    packages = [f"{source['package']}@{SOURCES['version']}" for source in FILES.values()]
    command = [shutil.which("npm"), "pack", "--silent", "--pack-destination", str(tmp_path), *packages]
    subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    published = {}
    for archive in tmp_path.glob("*.tgz"):
        with tarfile.open(archive) as files:
            for name in FILES.keys() & {member.rpartition("/")[2] for member in files.getnames()}:
                published[name] = files.extractfile(f"package/dist/{name}").read()
    assert published.keys() == FILES.keys()
    for name, content in published.items():
        same = content == (VENDOR / name).read_bytes()
        assert same, f"{name}: copy dist/{name} from {FILES[name]['package']}, and its SHA-256 into sources.toml"
