"""What students hand in, and the forms in which learning platforms give it to an instructor: all of it has its row."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.labs.answers import LABS
from tests.labs.classroom import LAB, REFERENCE, STARTER
from workbook.labs.grading.submissions import Submission, collect_class, of_lab

HEADER_BYTES = 80_000  # of which reading took 24 s
CONTAINERS = next(lab for lab in LABS if lab.number == "06")
RIGHT = {name: source.encode() for name, source in REFERENCE.items()}
OTHER = {name: source.encode() for name, source in STARTER.items()}


def zipped(files: dict[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, inside in files.items():
            archive.writestr(name, inside)
    return content.getvalue()


def handed_in(name: str, files: dict = RIGHT, lab: str = LAB.name, when: str = "2026-03-05 14:22:10") -> bytes:
    """As `workbook submit` packs it."""
    return zipped({"submission.json": json.dumps({"lab": lab, "name": name, "time": when}), **files})


def laid_out(folder: Path, files: dict[str, bytes | None]) -> Path:
    for name, content in files.items():
        place = folder / name
        (place if content is None else place.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            place.write_bytes(content)
    return folder


def collected(place: Path, lab=LAB) -> dict[str, Submission]:
    return {one.key: of_lab(one, lab) for one in collect_class(place, [lab]).submissions}


def below(folder: str, files: dict[str, bytes] = RIGHT) -> dict[str, bytes]:
    return {f"{folder}{name}": content for name, content in files.items()}


STRAY = {
    "essay.docx": (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), "a Word document"),
    "table.xlsx": (zipped({"[Content_Types].xml": "", "xl/workbook.xml": ""}), "an Excel workbook"),
    "a.7z": (b"7z\xbc\xaf\x27\x1c\0\4", "a 7-Zip archive"),
    "b.rar": (b"Rar!\x1a\x07\1\0", "a RAR archive"),
    "c.zip": (b"Rar!\x1a\x07\1\0", "a RAR archive"),
    "d.pdf": (b"%PDF-1.7", "a PDF"),
    "loose.py": (b"x = 1\n", "loose.py"),
    "notes": (b"", "notes"),
    "nothing": (None, "nothing is in it"),
    "pipe.zip": (b"", "not a file but a link"),
    "notebook.zip": (zipped({"lab.ipynb": "{}"}), "a notebook's cells"),
    "five.zip": (handed_in("Five", {"client.py": b""}, "05_client"), "it is for lab 05_client"),
    "five_loose.zip": (zipped({"client.py": b""}), "client.py"),
}


def test_whatever_is_handed_in_has_a_row_that_says_what_it_is_and_what_to_ask_for(tmp_path):
    laid_out(tmp_path, {name: content for name, (content, _) in STRAY.items()})
    (tmp_path / "pipe.zip").unlink()
    os.mkfifo(tmp_path / "pipe.zip")
    found = collected(tmp_path)
    assert len(found) == len(STRAY)
    for name, (_, what) in STRAY.items():
        one = found[name.removesuffix(".zip")]
        assert one.files == {}
        assert what in one.problem, one.problem
        assert "ask for preprocessing.py, payload.py, routes.py" in one.problem


# What an answer can lie in, and a word that must be said about it, "" if there is nothing to say.
LIKELIEST = {
    "capitals.ZIP": (zipped(RIGHT), ""),
    "capitals_inside": ({f"{name[:-3].upper()}.PY": content for name, content in RIGHT.items()}, ""),
    "browser": ({name.replace(".py", " (1).py"): content for name, content in RIGHT.items()}, "routes (1).py"),
    "as_text": ({name.replace(".py", ".txt"): content for name, content in RIGHT.items()}, "routes.txt"),
    "as_text_twice": (
        {f"{name}.txt": content for name, content in RIGHT.items()} | {"routes.txt": b"x = 1\n"},
        "not routes.txt",
    ),
    "copies": ({name.replace(".py", " copy 2.py"): content for name, content in RIGHT.items()}, "routes copy 2.py"),
    "mac.zip": (zipped({**below("ada/"), **below("__MACOSX/ada/._", OTHER), "ada/.DS_Store": b""}), ""),
    "windows.zip": (zipped(below("ada\\")), ""),
    "twice.zip": (zipped({"04-ines.zip": handed_in("Ines")}), ""),
    "thrice.zip": (zipped({"x/all.zip": zipped({"04-inga.zip": handed_in("Inga")})}), ""),
    "no_ending": (zipped(RIGHT), ""),
    "kept": (
        {**below("work/labs/04_server/"), **below("work/labs/kept/04_server-2026-01-01/", OTHER)},
        "not work/labs/kept",
    ),
    "old.zip": (zipped({**below("lab/old/", OTHER), **below("lab/")}), "not lab/old/"),
    "only_old": (below("old/"), "old/routes.py"),
    "both": ({**below(""), "routes (1).py": b"x = 1\n"}, "not routes (1).py"),
    "submitted": ({**below("work/labs/04_server/"), "work/labs/submissions/04-a.zip": handed_in("A", OTHER)}, ""),
    "repository.zip": (
        zipped({"c/labs/04_server/lab.toml": b"", **below("c/server/", OTHER), **below("c/work/labs/04_server/")}),
        "",
    ),
    "several.zip": (
        zipped({"1.zip": handed_in("A", OTHER), "2.zip": handed_in("A", RIGHT, when="2026-03-06 08:00:00")}),
        "2.zip",
    ),
    "claims_another.zip": (handed_in("Zoe", lab="05_client"), "it says that it is for lab 05_client"),
}


def test_the_likeliest_is_graded_and_it_is_said_which(tmp_path):
    for name, (content, _) in LIKELIEST.items():
        if isinstance(content, dict):
            laid_out(tmp_path / name, content)
        else:
            laid_out(tmp_path, {name: content})
    found = collected(tmp_path)
    assert len(found) == len(LIKELIEST)
    for name, (_, said) in LIKELIEST.items():
        one = found[Path(name).stem]
        assert one.files == RIGHT, name
        assert said in one.problem if said else one.problem == "", (name, one.problem)


def test_the_course_without_an_answer_is_none(tmp_path):
    laid_out(tmp_path / "ada", {"labs/04_server/lab.toml": b"", **below("server/")})
    (one,) = collected(tmp_path).values()
    assert one.files == {}
    assert "it is all of the course" in one.problem


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("docker-compose.yml", "compose.yaml"),
        ("compose.yml", "compose.yaml"),
        ("Dockerfile", "server.Dockerfile"),
        ("Dockerfile.txt", "server.Dockerfile"),
        ("server.dockerfile", "server.Dockerfile"),
        ("tensorflow.Dockerfile", None),
        ("compose.py", None),
    ],
)
def test_what_docker_calls_by_another_name(tmp_path, name, wanted):
    laid_out(tmp_path / "ada", {name: b"x"})
    (one,) = collected(tmp_path, CONTAINERS).values()
    assert set(one.files) == ({wanted} if wanted else set())


def test_a_name_of_many_digits_is_read_at_once(tmp_path):
    laid_out(tmp_path, {"x.zip": zipped({"routes" + "1" * 5000 + "x.py": b"", **RIGHT})})
    started = time.process_time()
    assert collected(tmp_path)["x"].files == RIGHT
    assert time.process_time() - started < 20  # it would be years


def test_a_tar_that_says_too_much_about_a_file_is_refused(tmp_path):
    entry = tarfile.TarInfo("routes.py")
    entry.pax_headers = {"comment": "9" * (HEADER_BYTES + 1)}
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.addfile(entry, io.BytesIO())
    assert "too long" in collected(tmp_path)["x"].problem


BLACKBOARD = "Lab 04_ada7_attempt_2026-03-0"
DOWNLOADS = {
    "Moodle": {
        **below("Ada Lovelace_4711_assignsubmission_file_/"),
        "Inés García_4712_assignsubmission_file_/04-ines.zip": zipped({"x.zip": handed_in("Inés")}),
        "Tom Li_4713_assignsubmission_onlinetext_/onlinetext.html": b"I could not do it",
    },
    "Canvas": {
        **{f"lovelaceada_12_{345 + n}_{name}": RIGHT[name] for n, name in enumerate(RIGHT)},
        "garcíainés_LATE_13_400_04-ines-1.zip": handed_in("Inés"),
        "litom_14_text.html": b"I could not do it",
    },
    "Blackboard": {
        **below(f"{BLACKBOARD}5-14-22-10_", OTHER),
        **below(f"{BLACKBOARD}6-09-00-00_"),
        f"{BLACKBOARD}6-09-00-00.txt": b"Name: Ada Lovelace (ada7)\nAssignment: Lab 04\n",
        "Lab 04_ines_attempt_2026-03-05-14-22-10_a.zip": handed_in("Inés"),
        "Lab 04_tom_attempt_2026-03-05-14-22-10.txt": b"Name: Tom Li (tom)\nAssignment: Lab 04\n",
    },
    "Brightspace": {
        "index.html": b"",
        **below("1234-5678 - Ada Lovelace - Sep 5, 2025 222 PM/", OTHER),
        **below("1234-5678 - Ada Lovelace - Mar 6, 2026 902 AM/"),
        "1235-5678 - Inés García - Mar 6, 2026 1109 AM - 04-ines.zip": handed_in("Inés"),
        "1236-5678 - Tom Li - Mar 6, 2026 1110 AM - notes.txt": b"I could not do it",
    },
    "Google Classroom": {
        **below("Ada Lovelace - "),
        "Inés García - 04-ines.zip": handed_in("Inés"),
        "Tom Li - notes.txt": b"I could not do it",
    },
    "GitHub Classroom": {
        **below("lab-04-ada/"),
        **{f"lab-04-{who}/.git/HEAD": b"x" for who in ("ada", "ines-g", "tom")},
        **below("lab-04-ines-g/"),
        "lab-04-tom/README.md": b"I could not do it",
    },
}


# Google and GitHub give no archive whose names are their own.
WAYS = [(form, how) for form in DOWNLOADS for how in ("unpacked", "as a .zip", "as a .zip in a folder")]
WAYS = [(form, how) for form, how in WAYS if how == "unpacked" or "Classroom" not in form]


@pytest.mark.parametrize(("form", "how"), WAYS)
def test_downloads_of_platforms_are_read_as_they_come(tmp_path, form, how):
    files = DOWNLOADS[form]
    if how == "unpacked":
        place = laid_out(tmp_path / "class", files)
    else:
        place = laid_out(tmp_path / "class", {"CS-101-lab-04.zip": zipped(files)})
    found = collect_class(place / "CS-101-lab-04.zip" if how == "as a .zip" else place, [LAB])
    assert found.form == form
    answers = [one.files for one in found.submissions]
    assert answers.count(RIGHT) == 2, [(one.key, one.problem) for one in found.submissions]
    (nothing,) = [one for one in found.submissions if not one.files]
    assert "ask for" in nothing.problem
    assert len(found.submissions) == 3
    everything = " ".join(one.problem for one in found.submissions)
    assert ("handed in late" in everything) == (form == "Canvas")
    assert ("the latest of 2 attempts counts, of 2026-03-06 09:0" in everything) == (
        form in ("Blackboard", "Brightspace")
    )


def test_files_named_after_students_are_each_ones(tmp_path):
    laid_out(tmp_path, {**below("ada_"), **below("bob-", OTHER)})
    found = collected(tmp_path)
    assert {key: one.files == RIGHT for key, one in found.items()} == {"ada": True, "bob": False}


def test_who_handed_in_twice_is_told(tmp_path):
    laid_out(
        tmp_path,
        {
            "04-ada-1.zip": handed_in("Ada", OTHER),
            "04-ada-2.zip": handed_in("Ada", RIGHT, when="2026-03-06 08:00:00"),
            "04-bob.zip": handed_in("Bob"),
        },
    )
    found = collected(tmp_path)
    assert "the latest, which counts" in found["04-ada-2"].problem
    assert "04-ada-2 counts" in found["04-ada-1"].problem
    assert found["04-bob"].problem == ""


def test_the_guides_folders_are_ignored_by_git():
    command = ["git", "check-ignore", "handed-in/ada.zip", "graded/grades.csv"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == command[2:]
