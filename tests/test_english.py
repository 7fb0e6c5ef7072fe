"""The English that CONTRIBUTING asks for, as far as a program can see it: phrases, and what to write instead."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from pathlib import Path

import pytest

from tests.test_house import ROOT, tracked_files

SHARE = "(?:call|class|core|image|layer|line|paragraph|picture|pixel|request|row|stage|student|task|try|worker)"
UNIT = "(?:bias|byte|file|idea|image|layer|line|output|page|process|request|row|score|stage|thread|token|value|worker)"
THING = "(?:archive|array|file|folder|JSON|list|name|number|object|picture|Python|text)"

# What to write instead, the pattern, and a sample that it has to find.
RULES = [
    ("per", rf"\b(?:one {UNIT}|seconds|bits?|bytes?|scores|MB|CPU) an? {SHARE}\b", "It has one output a class."),
    ("again", r"\banew\b", "Store it anew."),
    ("instead of", r"\bin (?:the|its|their) place of\b", "a number in the place of a name"),
    ("release", r"\bbr(?:ing|ings|ought|inging) out\b", "You bring out version 2."),
    ("forever", r"\bfor ever\b", "It waits for ever."),
    ("afterward, downward, upward", r"\b(?:after|down|up)wards\b", "It is gone afterwards."),
    ("many, with the plural", r"\bmany an? \w+", "as in many a university"),
    ("is", r"\b(?:stands?|lies|lay) (?:at|above|below|beside|in(?! for)|on|there|under)\b", "It lies in a folder."),
    ("is not a", rf"(?<![Tt]here )\b(?:is|are) no {THING}\b", "what is no list of rows"),
    ("reversed, the opposite", r"\bturn(?:s|ed)? round\b|\bother way round\b", "the same bug turned round"),
    ("If you …, you …", r"(?:^|[.;] )Who (?!is\b|was\b|has\b)\w+s\b[^.?]*\.", "Who names no signature gets this one."),
    ("the background", r"\bthe ground\b", "It is darker than the ground."),
    ("silently", r"\bin silence\b", "It accepts any name in silence."),
    ("plain words", r"\bto be had\b|\bat one stroke\b|\bslip of the pen\b", "The data is to be had nowhere."),
]  # fmt: skip
WHERE = re.compile(r"(?:CONTRIBUTING|README)\.md|(?:docker|docs|labs|notebooks|pipeline|server|workbook)/.*")
KINDS = {".Dockerfile", ".html", ".ipynb", ".j2", ".js", ".md", ".py", ".toml", ".yaml"}


def prose_of(path: Path) -> str:
    """What people read in a file, in one line: of code its texts and comments, of a notebook its prose."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n\n".join("".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "markdown")
    if path.suffix == ".py":
        constants = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments = "\n".join(token.string for token in tokens if token.type == tokenize.COMMENT)
        text = "\n\n".join([*(one for one in constants if isinstance(one, str)), comments])
    without = re.sub(r"^ *```.*?^ *```|^\| Not \| But \|.*?\n\n", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"\s+(?:(?:#|//) )?", " ", without)


@pytest.mark.parametrize(("instead", "pattern", "sample"), RULES, ids=[rule[0] for rule in RULES])
def test_each_rule_finds_its_sample(instead, pattern, sample):
    assert re.search(pattern, sample), instead


def test_no_prose_has_what_the_rules_find():
    names = {path: path.relative_to(ROOT).as_posix() for path in tracked_files() if path.suffix in KINDS}
    found = []
    for path in (path for path, name in names.items() if WHERE.fullmatch(name)):
        prose = prose_of(path)
        for instead, pattern, _ in RULES:
            hits = [prose[max(0, hit.start() - 30) : hit.end() + 30] for hit in re.finditer(pattern, prose)]
            found += [f"{names[path]}: …{hit}…: {instead}" for hit in hits]
    assert not found, "\n".join(found)
