"""What an instructor gets for a graded class: a table, the same as JSON, a page per student, and pairs to look at."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

from jinja2 import Environment, PackageLoader

from workbook.labs.authoring.manifest import Lab
from workbook.labs.grading.grades import Grade
from workbook.labs.grading.mistakes import counted
from workbook.labs.grading.roster import Roster, canvas_table, moodle_table
from workbook.labs.grading.similarity import Pair
from workbook.labs.sandbox.isolation import Level

TABLE, DATA, PAIRS, PAGES = "grades.csv", "grades.json", "similarity.csv", "reports"
OVERVIEW = "overview.html"
MOODLE, CANVAS = "import-moodle.csv", "import-canvas.csv"
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # and as wide as Chinese characters are


def write_gradebook(lab: Lab, grades: list[Grade], pairs: list[Pair], level: Level, out: Path) -> None:
    """Write ``grades.csv``, ``grades.json``, ``similarity.csv``, ``overview.html`` and ``reports/`` into ``out``."""
    # From an earlier run, perhaps of another class: nobody should now import them, or send them.
    for path in (out / MOODLE, out / CANVAS, *(out / PAGES).glob("*.html")):
        path.unlink(missing_ok=True)
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
    _write_pages(lab, grades, most, out)


def write_imports(lab: Lab, roster: Roster, grades: list[Grade], out: Path) -> list[Path]:
    """Write what Moodle and Canvas import; ``grades`` are those that count, for each student of the roster.

    Students whose submission cannot be graded, or was disturbed, get no grade there: that is for a person to decide.
    """
    most = max((grade.report.points for grade in grades), default=0)
    certain = [bool(grade.report.results) and not grade.is_disturbed for grade in grades]
    points = [grade.report.earned if sure else None for grade, sure in zip(grades, certain, strict=True)]
    title = f"Lab {lab.number}"
    tables = {MOODLE: moodle_table(roster, title, points), CANVAS: canvas_table(roster, title, points, most)}
    for name, rows in tables.items():
        with (out / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([list(map(_safe, row)) for row in rows])
    return [out / name for name in tables]


def _row(lab: Lab, grade: Grade, most: int) -> dict[str, object]:
    tasks = {f"task {task.number}": _earned(grade, task.number) for task in lab.tasks}
    about = {"submission": grade.submission.key, "name": grade.submission.name, "id": grade.submission.id}
    told = {"problem": grade.problem, "mistake": str(grade.mistake or "")}
    return {**about, "points": grade.report.earned, "of": most, **tasks, **told}


def _data(lab: Lab, grade: Grade, most: int) -> dict[str, object]:
    checks = json.loads(grade.report.to_json())["results"]
    return {**_row(lab, grade, most), "sha256": grade.submission.digest, "checks": checks}


def _earned(grade: Grade, task: int) -> int:
    return sum(result.earned for result in grade.report.results if result.task == task)


def _safe(value: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front, because names come from
    students."""
    return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(FORMULA) else value


def _write_pages(lab: Lab, grades: list[Grade], most: int, out: Path) -> None:
    folder = out / PAGES
    folder.mkdir(exist_ok=True)
    templates = Environment(loader=PackageLoader(__package__, "."), autoescape=True)
    mistakes = counted(grade.mistake for grade in grades)
    failed = Counter(result.title for grade in grades for result in grade.report.explained)
    overview = templates.get_template("overview.html.j2").render(
        lab=lab, grades=grades, most=most, mistakes=mistakes, failed=failed.most_common(), pages=PAGES
    )
    (out / OVERVIEW).write_text(overview, encoding="utf-8", errors="replace")
    template = templates.get_template("grade.html.j2")
    for grade in grades:
        page = template.render(lab=lab, grade=grade, most=most)
        (folder / f"{grade.submission.page}.html").write_text(page, encoding="utf-8", errors="replace")
