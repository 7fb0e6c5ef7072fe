"""What an instructor gets of a graded class: a table, the same as JSON, a page a student, and pairs to look at."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from jinja2 import Environment, PackageLoader

from workbook.labs.authoring.manifest import Lab
from workbook.labs.checks.results import State
from workbook.labs.grading.grades import Grade
from workbook.labs.grading.similarity import Pair
from workbook.labs.sandbox.isolation import Level

TABLE, DATA, PAIRS, PAGES = "grades.csv", "grades.json", "similarity.csv", "reports"
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # and as wide as Chinese characters are


def write_gradebook(lab: Lab, grades: list[Grade], pairs: list[Pair], level: Level, out: Path) -> None:
    """Write ``grades.csv``, ``grades.json``, ``similarity.csv`` and ``reports/<key>.html`` into ``out``."""
    most = max((grade.report.points for grade in grades), default=0)
    rows = [_row(lab, grade, most) for grade in grades]
    with (out / TABLE).open("w", newline="", encoding="utf-8-sig") as file:  # with its mark, for Excel
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    content = {"lab": lab.name, "isolation": level, "grades": [_data(lab, grade, most) for grade in grades]}
    (out / DATA).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    with (out / PAIRS).open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["one", "other", "share"])
        writer.writerows([_safe(pair.one), _safe(pair.other), f"{pair.share:.2f}"] for pair in pairs)
    _write_pages(lab, grades, most, out / PAGES)


def _row(lab: Lab, grade: Grade, most: int) -> dict[str, object]:
    tasks = {f"task {task.number}": _earned(grade, task.number) for task in lab.tasks}
    about = {"submission": grade.submission.key, "name": grade.submission.name}
    return {**about, "points": grade.report.earned, "of": most, **tasks, "problem": grade.problem}


def _data(lab: Lab, grade: Grade, most: int) -> dict[str, object]:
    checks = json.loads(grade.report.to_json())["results"]
    return {**_row(lab, grade, most), "sha256": grade.submission.digest, "checks": checks}


def _earned(grade: Grade, task: int) -> int:
    return sum(result.earned for result in grade.report.results if result.task == task)


def _safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it: names come from students."""
    return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(FORMULA) else value


def _write_pages(lab: Lab, grades: list[Grade], most: int, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    template = Environment(loader=PackageLoader(__package__, "."), autoescape=True).get_template("grade.html.j2")
    for grade in grades:
        page = template.render(lab=lab, grade=grade, most=most, State=State)
        (folder / f"{grade.submission.key}.html").write_text(page, encoding="utf-8", errors="replace")
