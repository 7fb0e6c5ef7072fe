"""What the doctor says where a course is not set up for those who change it, as in a container."""

from __future__ import annotations

import importlib.metadata
import os

import pytest

from tests.conftest import ROOT
from workbook.setup import doctor


def test_packages_that_only_the_courses_makers_need_may_be_missing_all_or_any(monkeypatch):
    there = importlib.metadata.version

    def without_tools(name: str) -> str:
        if name in ("ruff", "sphinx", "playwright"):
            raise importlib.metadata.PackageNotFoundError(name)
        return there(name)

    monkeypatch.setattr(importlib.metadata, "version", without_tools)
    assert doctor._packages(ROOT / doctor.LOCK).well
    locked = len(doctor.pinned_versions(ROOT / doctor.LOCK))
    assert doctor._packages(ROOT / doctor.LOCK).found.startswith(f"{locked - 3} of {locked - 3}")


def test_a_package_that_another_one_needs_must_be_there(monkeypatch):
    there = importlib.metadata.version

    def without_werkzeug(name: str) -> str:
        if name == "werkzeug":
            raise importlib.metadata.PackageNotFoundError(name)
        return there(name)

    monkeypatch.setattr(importlib.metadata, "version", without_werkzeug)
    finding = doctor._packages(ROOT / doctor.LOCK)
    assert not finding.well and "not werkzeug" in finding.found


def test_space_is_looked_for_where_students_write(course, monkeypatch):
    (course / "work").mkdir()
    writable = {str(course): False}  # as in a container, where the course itself is the image's
    monkeypatch.setattr(os, "access", lambda path, mode: writable.get(str(path), True))
    assert doctor._space(course).well
    writable[str(course / "notebooks")] = False
    finding = doctor._space(course)
    assert not finding.well and str(course / "notebooks") in finding.remedy


@pytest.mark.parametrize(("text", "cores"), [("150000 100000", 1.5), ("max 100000", 8), ("1600000 100000", 8)])
def test_cores_are_those_that_a_container_may_use(tmp_path, monkeypatch, text, cores):
    (tmp_path / "cpu.max").write_text(text)
    monkeypatch.setattr(doctor, "CGROUP_2", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(8), raising=False)
    assert doctor._usable_cores() == cores


@pytest.mark.parametrize(("quota", "cores"), [("100000", 1), ("-1", 8)])
def test_cores_of_the_older_kind_of_groups_too(tmp_path, monkeypatch, quota, cores):
    for name, text in (("quota", quota), ("period", "100000")):
        (tmp_path / f"cpu.cfs_{name}_us").write_text(text)
    monkeypatch.setattr(doctor, "CGROUP_2", tmp_path / "none")
    monkeypatch.setattr(doctor, "CGROUP_1", tmp_path / "cpu.cfs_quota_us")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(8), raising=False)
    assert doctor._usable_cores() == cores


NO_PROXY = {"": True, "example.org": True, "localhost": True, "127.0.0.1, localhost": False, "*": False}


@pytest.mark.parametrize(("no_proxy", "told"), NO_PROXY.items())
def test_a_proxy_that_is_asked_for_this_machine_is_told_with_the_cure(monkeypatch, no_proxy, told):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    assert doctor._proxies() == []
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    findings = doctor._proxies()
    assert [finding.found.partition(" ")[0] for finding in findings] == ["http_proxy"] * told
    assert all(finding.well and "no_proxy=127.0.0.1,localhost" in finding.remedy for finding in findings)
