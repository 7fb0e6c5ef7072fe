"""Archives and folders that somebody forged: each is its own problem, and never the class's."""

from __future__ import annotations

import ast
import io
import json
import os
import resource
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.labs.classroom import LAB, REFERENCE, put
from tests.labs.forged import FORGED, NAME, an_entry, zipped
from workbook.labs.checks.results import Report, Result, State
from workbook.labs.grading import gradebook, similarity
from workbook.labs.grading.grades import Grade
from workbook.labs.grading.submissions import FILE_BYTES, Submission, collect
from workbook.labs.sandbox import syntax
from workbook.labs.sandbox.isolation import Level

# Of the processor's time: for the worst of what was forged it is 30 and more without limits.
QUICK_SECONDS = 20
WITHOUT_A_WORD = ("nested without end", "folders without end", "an archive of archives", "a name of nothing and more")


@pytest.mark.parametrize("what", FORGED)
def test_what_is_forged_has_a_problem_of_its_own(tmp_path, what):
    FORGED[what](tmp_path)
    put(tmp_path / "honest", REFERENCE)
    before = spent()
    by_key = {one.key: one for one in collect(tmp_path, [LAB])}
    assert spent() - before < QUICK_SECONDS
    subprocess.run(["rm", "-rf", tmp_path / "x"], check=True)  # Python could not remove what is so deep
    assert by_key["honest"].problem == ""
    assert by_key["x"].files == {} or by_key["x"].problem
    assert what in WITHOUT_A_WORD or "could not be read: " in by_key["x"].problem
    assert "\n" not in by_key["x"].problem


def spent() -> float:
    """Seconds of the processor that this process and those that it waited for have had."""
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in times)


def test_a_way_out_in_a_name_leads_nowhere(tmp_path):
    zipped(tmp_path / "x.zip", {f"../../../{NAME}": b"out", "/etc/payload.py": b"out"})
    (found,) = collect(tmp_path, [LAB])
    assert (found.files, found.problem) == ({NAME: b"out", "payload.py": b"out"}, "")
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


def test_a_file_that_is_too_large_costs_its_own_tasks(tmp_path):
    put(tmp_path / "x", {**REFERENCE, NAME: "#" * (FILE_BYTES + 1)})
    (found,) = collect(tmp_path, [LAB])
    assert found.files.keys() == REFERENCE.keys() - {NAME}
    assert found.problem == f"{NAME} is larger than 1024 kB"


def test_names_that_are_one_where_case_does_not_count(tmp_path):
    for name in ("Ada.zip", "ADA.tar", "ada", "Grace.zip"):
        put(tmp_path / name, REFERENCE) if name == "ada" else zipped(tmp_path / name, {NAME: b"pass"})
    problems = {one.key: one.problem for one in collect(tmp_path, [LAB])}
    assert {key for key, problem in problems.items() if "more than one" in problem} == {"Ada", "ADA", "ada"}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([".zip", ".tar", ".tar.gz"]), st.integers(0, 400))
def test_any_bytes_in_an_archive_are_a_submission(tmp_path, noise, ending, place):
    path = tmp_path / f"x{ending}"
    if ending == ".zip":
        zipped(path, {NAME: b"pass" * 9})
    else:
        with tarfile.open(path, "w:gz" if ending == ".tar.gz" else "w") as archive:
            archive.addfile(an_entry(size=4), io.BytesIO(b"pass"))
    content = bytearray(path.read_bytes())
    content[place : place + len(noise)] = noise
    path.write_bytes(content)
    assert len(collect(tmp_path, [LAB])) == 1
    path.unlink()


def test_a_gradebook_of_names_that_attack_it(tmp_path):
    name = '=cmd|" /C calc"!A0\x1b[2J\r\n<script>alert(1)</script>\ud800'
    zipped(tmp_path / "x.zip", {"submission.json": json.dumps({"name": name, "lab": LAB.name}).encode()})
    bad = os.fsencode(tmp_path) + b"/\xff<img src=x onerror=alert(1)>\x1b[2J.zip"
    Path(os.fsdecode(bad)).write_bytes((tmp_path / "x.zip").read_bytes())
    found = collect(tmp_path, [LAB])
    failed = Result("t", "t", 1, 1, State.FAILED, got="\ud800<script>alert(2)</script>", likely="x", read="y")
    grades = [Grade(one, Report(LAB.name, (failed,), printed="\ud800</pre><script>"), "") for one in found]
    gradebook.write_gradebook(LAB, grades, [similarity.Pair(found[0].key, "=1+1", 1.0)], Level.NAMESPACES, tmp_path)
    table = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")
    assert "\x1b" not in table
    assert "'=cmd" in table
    assert "'=1+1" in (tmp_path / "similarity.csv").read_text(encoding="utf-8-sig")
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "reports").iterdir()]
    assert len(pages) == 2
    assert not [page for page in pages if "<script" in page or "<img" in page]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", " =1", "\uff1dcmd"])
def test_a_formula_is_text(text):
    assert gradebook._safe(text) == f"'{text}"


@pytest.mark.parametrize(
    "body", ["0x" + "f" * 5000, "-" * 100_000 + "1", "+".join("1" * 100_000), "(" * 5000, "a" + "()" * 100_000, "\0"]
)
def test_source_that_breaks_its_reader_is_like_no_other(body):
    source = f"def to_model_input(pixels, high):\n    return {body}\n".encode()
    assert similarity.runs_of(LAB, {"preprocessing.py": source}) == set()
    assert similarity.alike(LAB, {"one": {"preprocessing.py": source}, "two": {}}) == []


def test_harmful_source_neither_stops_nor_delays_the_search_for_pairs(monkeypatch):
    """Each is of a megabyte, and none of them is read by this process."""
    bodies = ["(" * 10**6, "a" + "()" * 500_000, "9" * 10**6, "[" * 10**6]
    harmful = {
        f"harmful{number}": {"preprocessing.py": f"def to_model_input(pixels, high):\n    return {body}\n".encode()}
        for number, body in enumerate(bodies)
    }
    copies = {name: {file: source.encode() for file, source in REFERENCE.items()} for name in ("one", "other")}
    parse = ast.parse

    def parse_ours(source: str | bytes, *rest: object) -> ast.Module:
        assert isinstance(source, str), "what was handed in is parsed by the process of who grades"
        return parse(source, *rest)

    before = spent()
    with monkeypatch.context() as patch:
        patch.setattr(ast, "parse", parse_ours)
        found = similarity.alike(LAB, {**harmful, **copies})
    assert spent() - before < QUICK_SECONDS
    assert ("one", "other") in {(pair.one, pair.other) for pair in found}
    assert not [pair for pair in found if "harmful" in pair.one + pair.other]


def test_what_a_file_that_took_the_reader_over_says_is_not_believed(monkeypatch, tmp_path):
    reader = tmp_path / "reader.py"
    monkeypatch.setattr(syntax, "SCRIPT", reader)
    for says in ("'[[1]]'", "'{}'", "'[1'", "'[' * 100_000", "'[\"1\"]'", "'1' * 10**8"):
        reader.write_text(f"print({says})", encoding="utf-8")
        assert similarity.runs_of(LAB, {"preprocessing.py": b"pass"}) == set()
    reader.write_text("print([1, 2])", encoding="utf-8")
    assert similarity.runs_of(LAB, {"preprocessing.py": b"pass"}) == {1, 2}


def test_a_file_that_takes_the_reader_over_can_do_nothing(monkeypatch, tmp_path):
    """As if Python's parser had a hole by which a file can have it run what it likes."""
    holed = syntax.SCRIPT.read_text(encoding="utf-8").replace(
        "found = ast.parse(source)", "exec(source)\n        return []"
    )
    assert "exec(source)" in holed
    for script in ("archive_reader.py", "seccomp.py"):
        (tmp_path / script).write_bytes(syntax.SCRIPT.with_name(script).read_bytes())
    (tmp_path / "holed.py").write_text(holed, encoding="utf-8")
    monkeypatch.setattr(syntax, "SCRIPT", tmp_path / "holed.py")
    says = "print('[7]', flush=True) or __import__('os')._exit(0)"
    assert similarity.runs_of(LAB, {"preprocessing.py": says.encode()}) == {7}
    for attack in ("__import__('os').listdir('/')", f"open({str(tmp_path / 'new')!r}, 'w')", "__import__('os').fork()"):
        source = f"try:\n    {attack}\nexcept PermissionError:\n    {says}\n"
        assert similarity.runs_of(LAB, {"preprocessing.py": source.encode()}) == {7}
    assert not (tmp_path / "new").exists()


def test_a_name_as_long_as_a_file_system_allows(tmp_path):
    zipped(tmp_path / ("\u00e9" * 120 + ".zip"), {NAME: b"pass"})
    (found,) = collect(tmp_path, [LAB])
    assert len(found.key.encode()) + len(".json") < 255
    assert isinstance(found, Submission)
