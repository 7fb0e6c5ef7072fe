"""A report without this machine's paths: it goes to students, who need not see the instructor's folders."""

from __future__ import annotations

import re
import sys
import sysconfig
import tempfile
from dataclasses import fields, replace
from pathlib import Path

from workbook.labs.authoring.manifest import Lab
from workbook.labs.checks.results import Report

# These are on every machine, and in the answers of lab 06: they say nothing about this one.
COMMON = {"/", "/usr", "/usr/local", "/root", "/home", "/tmp"}


def without_places(report: Report, lab: Lab) -> Report:
    """The same report, with paths in its texts that start where they do on every machine."""

    places = _places(lab)  # once for all the texts: each of a result's ten has to be looked through

    def cut(text: str) -> str:
        return places.sub("", text)

    def cut_all(result):
        texts = {one.name: getattr(result, one.name) for one in fields(result)}
        return replace(result, **{name: cut(text) for name, text in texts.items() if type(text) is str})

    results = tuple(cut_all(result) for result in report.results)
    return replace(report, results=results, printed=cut(report.printed), problems=tuple(map(cut, report.problems)))


def text_without_places(text: str, lab: Lab) -> str:
    return _places(lab).sub("", text)


def _places(lab: Lab) -> re.Pattern[str]:
    """The longer ones first, because a folder may be inside another one."""
    places = [lab.course, sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), Path.home()]
    known = {str(form) for place in map(Path, places) for form in (place, place.resolve())} - COMMON
    sandbox = re.escape(tempfile.gettempdir()) + r"[/\\]workbook-lab-\w+"
    here = [rf"{re.escape(place)}(?:[/\\]|(?![\w.-]))" for place in sorted(known, key=len, reverse=True)]
    return re.compile("|".join([rf"{sandbox}(?:[/\\]lab)?(?:[/\\]|\b)", *here]))
