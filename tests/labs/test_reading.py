"""What students' Dockerfiles and YAML files mean, however they are written; and that none of them does harm."""

from __future__ import annotations

import contextlib
import importlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.labs.answers import LABS, alternative, checked
from workbook.labs.authoring.starter import reference_files
from workbook.labs.checks.results import State
from workbook.labs.sandbox import isolation, namespaces
from workbook.labs.sandbox.inside import config_files

LAB, MANY = (next(lab for lab in LABS if lab.number == number) for number in ("06", "13"))
DOCKERFILE, COMPOSE = reference_files(LAB).values()
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{new}: &{new}\n  <<: [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HARMFUL = {
    "aliases that multiply": BOMB,
    "merges that multiply": MERGE_BOMB,
    "a value that contains itself": "services: &s\n  server: *s\n",
    "a line of 10 MB": "RUN " + "x" * 10_000_000,
    "no text": b"\x00\xff\xfe" * 100,
    "no UTF-8": b"services: \xff\n",
    "brackets without end": "[" * 60_000,
    "an object of Python": "services: !!python/object/apply:os.system [echo]\n",
    "a heredoc without end": "FROM x\nRUN <<EOF\n" + "x\n" * 10_000,
    "quotes without end": "FROM x\nCOPY 'a b\nENV A='\n",
    "a line that never ends": "FROM x\nRUN a \\\n" * 5_000,
    "a stage that is its own base": "FROM a AS a\nFROM a AS a\nCOPY --from=a / /\n",
    "variables in variables": "FROM x\n" + "".join(f"ENV A{n}=$A{n - 1}$A{n - 1}$A{n - 1}\n" for n in range(1, 60)),
}


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes) -> str:
        path = tmp_path / "file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.mark.parametrize("what", HARMFUL)
def test_a_harmful_file_gets_nothing_in_time(what):
    report = checked(LAB, dict.fromkeys(LAB.student_files(), HARMFUL[what]))
    assert report.results
    assert report.earned == 0
    assert {result.state for result in report.results} == {State.FAILED}


def test_one_harmful_file_costs_only_its_own_tasks():
    report = checked(LAB, {"server.Dockerfile": DOCKERFILE, "compose.yaml": BOMB})
    assert {result.task for result in report.results if result.earned} == {1, 2, 3, 4}
    assert {result.task for result in report.failures} == {5, 6}


@pytest.mark.skipif(not namespaces.available(), reason="this machine allows no namespaces")
def test_graded_the_alternative_has_every_point_too():
    report = checked(LAB, alternative(LAB), level=isolation.Level.NAMESPACES)
    assert report.failures == ()
    assert report.earned == report.points > 0


def test_a_manifest_of_another_kind_is_not_taken():
    files = reference_files(MANY)
    report = checked(
        MANY, {**files, "service.yaml": files["service.yaml"].replace("kind: Service", "kind: Services")}, task=3
    )
    assert [one.name for one in report.failures] == ["test_the_api_server_takes_the_service"]
    assert report.failures[0].got == "kind is 'Services', and should be 'Service'"


def test_a_health_command_that_hangs_is_ended():
    hanging = DOCKERFILE.replace("from urllib.request import urlopen;", "import time; time.sleep(3600);")
    assert hanging != DOCKERFILE
    report = checked(LAB, {"server.Dockerfile": hanging, "compose.yaml": COMPOSE}, task=3)
    assert [result.name for result in report.failures] == ["test_it_tells_well_from_unwell"]
    assert "exit status 124" in report.failures[0].got


@given(
    st.text() | st.lists(st.sampled_from(["FROM a", "RUN b \\", "# c", "RUN <<E", "E", 'CMD ["x"]', ""])).map("\n".join)
)
def test_any_text_is_a_dockerfile_or_a_bad_file(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(text.encode(errors="replace"))
    for read in (config_files.dockerfile, config_files.yaml_file):
        with contextlib.suppress(config_files.BadFile):
            assert isinstance(read(str(path), 1), list | dict)


@pytest.mark.parametrize(
    ("line", "value", "flags"),
    [
        ('CMD ["a", "b"]', ["a", "b"], []),
        ("cmd a b", "a b", []),
        ("CMD ['a', 'b']", "['a', 'b']", []),
        ("CMD [1, 2]", "[1, 2]", []),
        ("COPY --from=x --link a b", "a b", [("from", "x"), ("link", "")]),
        ("RUN a && \\\n  # a comment\n  b", "a && b", []),
        ("RUN <<EOF\none\ntwo\nEOF", "one ; two", []),
        ("USER 10001", "10001", []),
    ],
)
def test_an_instruction_by_its_meaning(file, line, value, flags):
    (_, found) = config_files.dockerfile(file(f"FROM x\n{line}\n"), 1)
    got = found["value"] if isinstance(found["value"], list) else " ".join(found["value"].split())
    assert (got, found["flags"]) == (value, flags)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1\nb: 2\na: 3\n", "has `a` twice, again on line 3: keep one"),
        ("a:\n  - {b: 1, b: 2}\n", "has `b` twice, again on line 2: keep one"),
        ("a: 1\n---\nb: 2\n", "has a second document on line 3, after ---: one belongs here"),
        (
            "a:\n\tb: 1\n",
            "is not YAML: line 2: found character that cannot start any token; indent by spaces, not by tabs",
        ),
        ("a: {{ .b }}\n", "is not YAML: line 1: .* what a template fills in at {{ }} has to be filled in"),
        ("a: x\0\n", "is not text"),
    ],
)
def test_what_kubectl_and_docker_refuse_is_refused_in_one_line(file, text, why):
    with pytest.raises(config_files.BadFile, match=rf"^file {why}[^\n]*$"):
        config_files.yaml_file(file(text), 1)


@pytest.mark.parametrize(
    "text", ["---\na: 1\n---\n", "# x\na: 1\n...\n", "b: &b {c: 1}\na:\n  <<: *b\n  <<: *b\n", "'a': 1\n"]
)
def test_what_they_take_is_taken(file, text):
    assert "a" in config_files.yaml_file(file(text), 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-${A}", "1-1"),
        ("${B:-x}${B-y}${A:-z}", "xy1"),
        ("${A:+x}${B:+y}", "x"),
        ("${B:?say it}$$A", "$A"),
        ("$B", ""),
    ],
)
def test_variables_as_both_kinds_of_files_have_them(text, expected):
    assert config_files.substituted(text, {"A": "1"}) == expected


def test_only_the_task_that_is_asked_for_is_to_do(file):
    path = file("TODO Task 1: x\nFROM x\nTODO Task 2: y\n")
    with pytest.raises(NotImplementedError, match="Task 2: y"):
        config_files.dockerfile(path, 2)
    assert [one["name"] for one in config_files.dockerfile(path, 3)] == ["FROM"]


def test_what_the_context_is_said_to_have_is_there_and_is_sent(monkeypatch):
    monkeypatch.setattr(
        sys, "path", [str(LAB.folder), str(ROOT / "workbook" / "labs" / "sandbox" / "inside"), *sys.path]
    )
    context = importlib.import_module("image_driver").CONTEXT
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name in context:
        assert (ROOT / name).is_file(), name
        assert name.partition("/")[0] in sent, name
