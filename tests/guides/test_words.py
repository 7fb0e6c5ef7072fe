"""What the guides claim of the rest of the course: minutes, headings, places where a word or a mistake is taught."""

from __future__ import annotations

import re
import tomllib
from itertools import groupby
from pathlib import Path

import nbformat
import pytest

from tests.conftest import ROOT
from tests.guides.test_readme import ELSEWHERE, HERE
from tests.guides.typed import Clone, commands_in

DOCS = ROOT / "docs"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
INSTRUCTOR, DIFFERENCES, GLOSSARY = (
    (DOCS / f"{name}.md").read_text() for name in ("instructor", "differences", "glossary")
)


def prose_of(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text()
    return "\n\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)


def minutes_of_notebooks() -> dict[str, int]:
    first = {path.name[:2]: nbformat.read(path, as_version=4).cells[0].source for path in NOTEBOOKS}
    return {number: int(re.search(r"[Aa]bout (\d+)\s+minutes", text)[1]) for number, text in first.items()}


def minutes_of_labs() -> dict[str, list[int]]:
    manifests = (ROOT / "labs").glob("*/lab.toml")
    return {path.parent.name[:2]: tomllib.loads(path.read_text())["minutes"] for path in manifests}


def rows_of(heading: str) -> list[tuple[str, int]]:
    """What and how many minutes, for each row of the table below a heading; the last row is the sum."""
    section = INSTRUCTOR.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [row.strip("|").split("|") for row in re.findall(r"^\|.*\d \|$", section, re.MULTILINE)]
    return [(cells[-2].strip(), int(cells[-1])) for cells in rows]


TABLES = ["Adopt it in an afternoon", *(f"A syllabus of one {span}" for span in ("day", "week", "term"))]


@pytest.mark.parametrize("heading", TABLES)
def test_the_minutes_add_up(heading):
    *rows, (last, together) = rows_of(heading)
    assert last == "together"
    assert sum(minutes for _, minutes in rows) == together


@pytest.mark.parametrize("heading", TABLES[1:])
def test_a_syllabus_gives_each_lesson_and_lab_its_time(heading):
    notebooks, labs = minutes_of_notebooks(), minutes_of_labs()
    given = {
        match[0]: minutes for what, minutes in rows_of(heading) if (match := re.match(r"(notebook|lab) \d\d:", what))
    }
    for name, minutes in given.items():
        kind, number = name.rstrip(":").split()
        assert minutes == (notebooks[number] if kind == "notebook" else labs[number][1]), name


@pytest.mark.parametrize("heading", TABLES[2:])
def test_a_week_and_a_term_have_all_of_them(heading):
    said = " ".join(what for what, _ in rows_of(heading))
    wanted = [f"notebook {number}:" for number in minutes_of_notebooks()]
    wanted += [f"lab {number}:" for number in minutes_of_labs()]
    assert [name for name in wanted if said.count(name) != 1] == []


def test_no_class_of_the_term_is_longer_than_ninety_minutes():
    rows = re.findall(r"^\| (\d+) \| in class \|.*\| (\d+) \|$", INSTRUCTOR, re.MULTILINE)
    for week, lessons in groupby(rows, key=lambda row: row[0]):
        assert sum(int(minutes) for _, minutes in lessons) <= 90, week


def make_a_lab(clone: Clone, command: str) -> None:
    clone.type(command)
    assert "FILL IN" in (clone.folder / "labs" / "03_cards" / "lab.toml").read_text()


def prove_a_lab(clone: Clone, command: str) -> None:
    """That all tests of a lab take up the new folder; what they say to it is for tests/labs."""
    assert "test_certificate.py::" in clone.type(f"{command} --collect-only --quiet")


TYPED = {
    ".venv/bin/workbook new-lab 03_cards pipeline/export.py:framework": make_a_lab,
    '.venv/bin/python -m pytest -m "" tests/labs -k 03_cards': prove_a_lab,
}
ALL_NOTEBOOKS = {".venv/bin/workbook run", ".venv/bin/workbook verify 04"}  # by tests/test_fresh_clone.py


def test_no_command_of_the_instructors_pages_is_left_out():
    assert set(commands_in(INSTRUCTOR + DIFFERENCES)) == {
        *TYPED,
        *ALL_NOTEBOOKS,
        *(HERE.keys() | ELSEWHERE.keys()) & set(commands_in(INSTRUCTOR)),
    }


@pytest.mark.parametrize("command", TYPED)
def test_it_does_what_the_instructors_guide_says(clone, command):
    TYPED[command](clone, command)


def links_in(text: str) -> list[tuple[str, str, Path]]:
    """The heading that each link names, its anchor, and the file that it leads to."""
    found = re.findall(r"\[[^\]]*?\*([^\]]+)\*\]\(([\w/.]+)#([\w-]+)\)", text)
    return [(" ".join(heading.split()), anchor, real(page)) for heading, page, anchor in found]


def real(page: str) -> Path:
    """The site's notebooks are copies of those in notebooks/."""
    return ROOT / page.replace("_notebooks", "notebooks") if "_notebooks" in page else DOCS / page


@pytest.mark.parametrize("text", [DIFFERENCES, GLOSSARY], ids=["differences", "glossary"])
def test_each_place_is_a_heading_of_that_lesson(text):
    links = links_in(text)
    assert len(links) == len(re.findall(r"\]\([\w/.]+#", text))
    for heading, _, path in links:
        headings = [" ".join(line.split()) for line in re.findall(r"^#+ (.+)$", prose_of(path), re.MULTILINE)]
        assert any(line == heading or line.startswith(f"{heading}:") for line in headings), (heading, path.name)


def sections() -> list[str]:
    return re.split(r"^### \d+\. ", DIFFERENCES.partition("## Done differently")[0], flags=re.MULTILINE)[1:]


def test_each_mistake_says_what_is_true_how_it_was_measured_and_where_it_is_taught():
    assert len(sections()) == 10
    for section in sections():
        assert re.findall(r"^\*\*(.+?)\*\*", section, re.MULTILINE) == [
            "The notes",
            "In fact",
            "Measured by",
            "Taught in",
        ]


# Words of each mistake, which the section that is said to teach it must have.
TAUGHT = [
    r"surer of itself",
    r"88,854|133280",
    r"Why 400 and not 404",
    r"models/1|one level|base path",
    r"\*training\* set|Equally good is not the same",
    r"channel\s+is missing",
    r"/console|127\.0\.0\.1",
    r"55 ms an image",
    r"thirty packages",
    r"Could not find variable",
]


@pytest.mark.parametrize("number", range(10))
def test_each_mistake_is_taught_in_the_first_place_named(number):
    heading, _, path = links_in(sections()[number].partition("**Taught in**")[2])[0]
    prose = prose_of(path)
    found = re.search(rf"^(#+) {re.escape(heading)}.*?(?=^#{{1,3}} (?!#)|\Z)", prose, re.MULTILINE | re.DOTALL)
    assert re.search(TAUGHT[number], found[0]), heading


def entries() -> list[tuple[str, str]]:
    return re.findall(r"^([^\s`#].*)\n  (.+)$", GLOSSARY, re.MULTILINE)


def test_the_glossary_is_in_order_and_each_word_stands_once():
    words = [word.lower() for word, _ in entries()]
    assert len(words) == GLOSSARY.count("](")
    assert words == sorted(set(words))


@pytest.mark.parametrize(("word", "text"), entries())
def test_each_word_is_used_where_the_glossary_says(word, text):
    ((_, _, path),) = links_in(text)
    plain = re.sub(r"[*_`\s]+", " ", prose_of(path)).lower()
    assert re.search(rf"(?<!\w){re.escape(word.lower())}", plain), path.name
    assert 1 <= len(re.findall(r"[.!?](?= |$)", text.partition(" [")[0])) <= 3
